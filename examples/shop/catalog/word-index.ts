import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Product, productColumns, productFrom } from './product.ts';

/** Runs of three characters are what the index knows. */
export const shortestWords = 3;

/** The names and descriptions of all products by their runs of three characters, in the order of the names. */
export class WordIndex {
  readonly #matching: StatementSync;

  /** Makes the index where it is missing. */
  constructor(database: DatabaseSync) {
    const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'product_words'").get();
    if (!table) {
      database.exec(`
        CREATE VIRTUAL TABLE product_words USING fts5(name, description, product_id UNINDEXED, tokenize = 'trigram');
        INSERT INTO product_words (name, description, product_id) SELECT name, description, id FROM products ORDER BY name;
      `);
    }
    const columns = productColumns.replace(/\w+/g, 'products.$&');
    this.#matching = database.prepare(`
      SELECT ${columns} FROM product_words JOIN products ON products.id = product_words.product_id
      WHERE product_words MATCH ? ORDER BY product_words.rowid LIMIT ?`);
  }

  /** The first products, by name, that have the words as they stand there; at least `shortestWords` characters. */
  find(words: string, limit: number): Product[] {
    return this.#matching.all(`"${words.replaceAll('"', '""')}"`, limit).map(productFrom);
  }
}
