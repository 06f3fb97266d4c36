/** Orders with their items. Faulty: a query for the items of each order. */
import { DatabaseSync } from 'node:sqlite';
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

const database = new DatabaseSync(':memory:');
database.exec(`
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER);
  CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER, name TEXT);
  CREATE INDEX items_of_order ON items (order_id);
`);
for (let id = 1; id <= 500; id += 1) {
  database.prepare('INSERT INTO orders VALUES (?, ?)').run(id, id % 20);
  for (let n = 0; n < 3; n += 1)
    database.prepare('INSERT INTO items (order_id, name) VALUES (?, ?)').run(id, `item ${n}`);
}
const newest = database.prepare('SELECT id, customer FROM orders ORDER BY id DESC LIMIT 25');
const ofOrder = database.prepare('SELECT name FROM items WHERE order_id = ?');
const ofOrders = database.prepare(
  'SELECT order_id, name FROM items WHERE order_id IN (SELECT value FROM json_each(?))',
);

function itemsOf(order: unknown) {
  return ofOrder.all(Number(order)).map(({ name }) => name);
}

function listOrders() {
  const orders = newest.all();
  if (isFaulty) return orders.map((order) => ({ ...order, items: itemsOf(order.id) }));
  const items = new Map<unknown, unknown[]>();
  for (const { order_id: order, name } of ofOrders.all(JSON.stringify(orders.map(({ id }) => id)))) {
    items.set(order, [...(items.get(order) ?? []), name]);
  }
  return orders.map((order) => ({ ...order, items: items.get(order.id) ?? [] }));
}

const app = fastify();
app.get('/orders', async () => listOrders());
await app.ready();
listen(app.server);
