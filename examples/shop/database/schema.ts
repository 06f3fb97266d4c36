import { DatabaseSync } from 'node:sqlite';

const schema = `
  CREATE TABLE IF NOT EXISTS categories (
    id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, tax_class TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS products (
    id INTEGER PRIMARY KEY, sku TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT NOT NULL,
    category_id INTEGER NOT NULL REFERENCES categories(id), price_cents INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS products_by_category ON products(category_id);
  CREATE TABLE IF NOT EXISTS stock (
    product_id INTEGER PRIMARY KEY REFERENCES products(id), on_hand INTEGER NOT NULL, reserved INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS reviews (
    id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL REFERENCES products(id), stars INTEGER NOT NULL, text TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS reviews_by_product ON reviews(product_id);
  CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL, country TEXT NOT NULL, total_cents INTEGER NOT NULL,
    status TEXT NOT NULL, card TEXT NOT NULL, charge_id TEXT, created_at TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS order_lines (
    order_id INTEGER NOT NULL REFERENCES orders(id), product_id INTEGER NOT NULL REFERENCES products(id),
    quantity INTEGER NOT NULL, gross_cents INTEGER NOT NULL, PRIMARY KEY (order_id, product_id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS order_lines_by_product ON order_lines(product_id);
`;

/** Opens the database, a file or `:memory:`, and makes the tables that are missing. The caller closes it. */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000');
  database.exec(schema);
  return database;
}
