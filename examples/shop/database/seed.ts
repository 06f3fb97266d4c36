import type { DatabaseSync } from 'node:sqlite';
import { seededRandom } from '../seeded-random.ts';
import { adjectives, categories, materials, reviewTexts, sentences } from './seed-words.ts';
import { transaction } from './transaction.ts';

const productCount = 20_000;

/** Fills an empty database with the same shop each time; leaves one that has products as it is. */
export function seed(database: DatabaseSync): void {
  const found = database.prepare('SELECT 1 FROM products LIMIT 1').get();
  if (found) return;
  transaction(database, () => {
    insertCategories(database);
    insertProducts(database);
  });
}

function insertCategories(database: DatabaseSync): void {
  const insert = database.prepare('INSERT INTO categories (id, slug, name, tax_class) VALUES (?, ?, ?, ?)');
  categories.forEach((category, index) => {
    insert.run(index + 1, category.slug, category.name, category.taxClass);
  });
}

function insertProducts(database: DatabaseSync): void {
  const random = seededRandom(20_190_401);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(items: readonly [T, ...T[]]): T => items[below(items.length)] ?? items[0];

  const product = database.prepare(
    'INSERT INTO products (id, sku, name, description, category_id, price_cents) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const stock = database.prepare('INSERT INTO stock (product_id, on_hand) VALUES (?, ?)');
  const review = database.prepare('INSERT INTO reviews (product_id, stars, text) VALUES (?, ?, ?)');

  for (let id = 1; id <= productCount; id++) {
    const categoryIndex = below(categories.length);
    const category = categories[categoryIndex] ?? categories[0];
    const name = `${pick(adjectives)} ${pick(materials)} ${pick(category.things)}`;
    const description = `${pick(sentences)} ${pick(sentences)} ${pick(sentences)}`;
    const priceCents = 290 + below(180) * 100 + pick([0, 9, 50, 90, 99]);
    product.run(id, `S${String(id).padStart(6, '0')}`, name, description, categoryIndex + 1, priceCents);
    stock.run(id, 25 + below(400));
    for (let reviews = below(5); reviews > 0; reviews--) {
      review.run(id, Math.min(5, 2 + below(5)), pick(reviewTexts));
    }
  }
}
