import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { NotFound } from '../errors.ts';
import { type Product, productColumns, productFrom } from './product.ts';
import { shortestWords, type WordIndex } from './word-index.ts';

const pageSize = 24;

/** The products that the shop sells. */
export class Catalog {
  readonly #page: StatementSync;
  readonly #pageOfCategory: StatementSync;
  readonly #byId: StatementSync;
  readonly #matching: StatementSync;
  readonly #sameCategory: StatementSync;
  readonly #count: StatementSync;
  readonly #words: WordIndex | undefined;

  constructor(database: DatabaseSync, words?: WordIndex) {
    this.#words = words;
    const select = `SELECT ${productColumns} FROM products`;
    this.#page = database.prepare(`${select} ORDER BY id LIMIT ? OFFSET ?`);
    this.#pageOfCategory = database.prepare(`${select} WHERE category_id = ? ORDER BY id LIMIT ? OFFSET ?`);
    this.#byId = database.prepare(`${select} WHERE id = ?`);
    this.#matching = database.prepare(
      `${select} WHERE name LIKE ? ESCAPE '!' OR description LIKE ? ESCAPE '!' ORDER BY name LIMIT ?`,
    );
    this.#sameCategory = database.prepare(`${select} WHERE category_id = ? AND id > ? ORDER BY id LIMIT ?`);
    this.#count = database.prepare('SELECT count(*) AS products FROM products');
  }

  get size(): number {
    return Number(this.#count.get()?.products ?? 0);
  }

  /** One page of the list, counted from 1; of one category when that is given. */
  page(number: number, categoryId?: number): Product[] {
    const offset = (number - 1) * pageSize;
    const rows =
      categoryId === undefined
        ? this.#page.all(pageSize, offset)
        : this.#pageOfCategory.all(categoryId, pageSize, offset);
    return rows.map(productFrom);
  }

  /** Throws NotFound. */
  find(id: number): Product {
    const row = this.#byId.get(id);
    if (!row) throw new NotFound(`product ${id}`);
    return productFrom(row);
  }

  /** The products that have the words, as they stand there, in their name or description. */
  search(words: string, limit = pageSize): Product[] {
    if (this.#words && words.length >= shortestWords) return this.#words.find(words, limit);
    const pattern = `%${words.replace(/[!%_]/g, '!$&')}%`;
    return this.#matching.all(pattern, pattern, limit).map(productFrom);
  }

  related(product: Product, limit = 6): Product[] {
    return this.#sameCategory.all(product.categoryId, product.id, limit).map(productFrom);
  }
}
