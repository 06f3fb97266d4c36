/** Parcels of an order, with what is in them. Faulty: the rows of a parcel are found by no index. */
import { DatabaseSync } from 'node:sqlite';
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

const database = new DatabaseSync(':memory:');
database.exec(
  'CREATE TABLE parcel (id INTEGER PRIMARY KEY, order_id INTEGER); CREATE TABLE content (id INTEGER PRIMARY KEY, parcel INTEGER, item TEXT); CREATE TABLE hall (id INTEGER PRIMARY KEY, name TEXT);',
);
database.exec('BEGIN');
for (let id = 1; id <= 30_000; id += 1) {
  database.prepare('INSERT INTO parcel VALUES (?, ?)').run(id, id % 12_000);
  for (let n = 0; n < 2; n += 1)
    database.prepare('INSERT INTO content (parcel, item) VALUES (?, ?)').run(id, `item ${n}`);
}
for (let id = 1; id <= 9; id += 1) database.prepare('INSERT INTO hall VALUES (?, ?)').run(id, `hall ${id}`);
database.exec('COMMIT; CREATE INDEX parcel_of_order ON parcel (order_id);');
if (!isFaulty) database.exec('CREATE INDEX content_of_parcel ON content (parcel)');

const firstParcel = database.prepare('SELECT id FROM parcel WHERE order_id = ? LIMIT 1');
const contents = database.prepare('SELECT item FROM content WHERE parcel = ? ORDER BY item');
const hall = database.prepare('SELECT name FROM hall WHERE id = ?');
const halls = database.prepare('SELECT id, name FROM hall ORDER BY id');
const newest = database.prepare('SELECT id FROM parcel ORDER BY id DESC LIMIT 3');

const parcelOf = (order: number): number => Number(firstParcel.get(order)?.id);
const contentsOf = (parcel: number) => contents.all(parcel).map(({ item }) => item);
const hallOf = (id: number) => hall.get(id)?.name;

let order = 0;
const app = fastify();
app.get('/order', async () => {
  order = (order + 1) % 12_000;
  const parcel = parcelOf(order);
  return { parcel, contents: contentsOf(parcel) };
});
app.get('/hall', async () => ({ name: hallOf(1 + (order % 9)) }));
app.get('/overview', async () => ({ halls: halls.all(), newest: newest.all() }));
await app.ready();
listen(app.server);
