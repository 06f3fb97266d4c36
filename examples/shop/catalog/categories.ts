import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Row } from '../database/row.ts';
import { NotFound } from '../errors.ts';
import { type TaxClass, taxClassSchema } from '../pricing/rules.ts';

export interface Category {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly taxClass: TaxClass;
}

export class Categories {
  readonly #byId: StatementSync;
  readonly #bySlug: StatementSync;
  readonly #all: StatementSync;

  constructor(database: DatabaseSync) {
    this.#byId = database.prepare('SELECT id, slug, name, tax_class FROM categories WHERE id = ?');
    this.#bySlug = database.prepare('SELECT id, slug, name, tax_class FROM categories WHERE slug = ?');
    this.#all = database.prepare('SELECT id, slug, name, tax_class FROM categories');
  }

  get all(): Category[] {
    return this.#all.all().map((row) => Categories.#read(row, 'category'));
  }

  /** Throws NotFound. */
  find(id: number): Category {
    return Categories.#read(this.#byId.get(id), `category ${id}`);
  }

  /** Throws NotFound. */
  named(slug: string): Category {
    return Categories.#read(this.#bySlug.get(slug), `category ${slug}`);
  }

  static #read(row: Row | undefined, what: string): Category {
    if (!row) throw new NotFound(what);
    return {
      id: Number(row.id),
      slug: String(row.slug),
      name: String(row.name),
      taxClass: taxClassSchema.parse(row.tax_class),
    };
  }
}
