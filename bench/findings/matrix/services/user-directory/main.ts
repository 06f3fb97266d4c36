/** Customers by their address. Faulty: the column has no index. */
import { DatabaseSync } from 'node:sqlite';
import fastify from 'fastify';
import { isFaulty, listen } from '../../listen.ts';

const database = new DatabaseSync(':memory:');
database.exec(
  'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, name TEXT, city INTEGER); CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT)',
);
database.exec('BEGIN');
const insert = database.prepare('INSERT INTO users (email, name, city) VALUES (?, ?, ?)');
for (let n = 0; n < 80_000; n += 1) insert.run(`user${n}@mail.test`, `User ${n}`, n % 100);
for (let n = 0; n < 100; n += 1) database.prepare('INSERT INTO cities VALUES (?, ?)').run(n, `City ${n}`);
database.exec('COMMIT');
if (!isFaulty) database.exec('CREATE UNIQUE INDEX users_by_email ON users (email)');

const byEmail = database.prepare('SELECT id, name, city FROM users WHERE email = ?');
const cityById = database.prepare('SELECT name FROM cities WHERE id = ?');
const userById = database.prepare('SELECT name FROM users WHERE id = ?');
const usersCount = database.prepare('SELECT max(id) AS users FROM users');
const someCities = database.prepare('SELECT name FROM cities LIMIT 5');

const findByEmail = (email: string) => byEmail.get(email);
const cityOf = (id: number) => cityById.get(id)?.name;
const nameOf = (id: number) => userById.get(id)?.name;
const statistics = () => ({ ...usersCount.get(), cities: someCities.all() });

const app = fastify();
let next = 0;
app.get('/login', async () => {
  next = (next + 7_919) % 80_000;
  const user = findByEmail(`user${next}@mail.test`);
  return { ...user, city: cityOf(Number(user?.city)) };
});
app.get('/user', async () => ({ name: nameOf(1 + (next % 80_000)) }));
app.get('/statistics', async () => statistics());
await app.ready();
listen(app.server);
