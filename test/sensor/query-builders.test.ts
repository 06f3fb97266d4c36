/** Query builders and mappers upon their real drivers and databases: who asks, how often, held against the database's own log. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderWith } from './beside-service.ts';
import { Mariadb } from './databases/mariadb.ts';
import { runWithOperations } from './databases/operations-told.ts';
import { Postgresql } from './databases/postgresql.ts';
import { nodeMajors, type ServiceFolder } from './service-process.ts';

/**
 * Each has the same three ways to ask: within a loop and waited for, a query that is returned to who waits for it, and one
 * that fails. The log is divided by what the program says there.
 */
const usage = `
async function page() {
  const names = [];
  for (const id of [1, 2, 3]) names.push(await nameOf(id));
  return names;
}
async function named() { return (await returned()).length; }
await open();
await setUp();
await mark('begin');
const told = [await page(), await page(), await named()];
try { await fails(); } catch (error) { told.push(error.code ?? error.cause?.code ?? error.parent?.code); }
await mark('end');
await close();
console.log(JSON.stringify(told));
`;

const pg = `
import pg from 'pg';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2 });
const open = async () => {};
const mark = (text) => pool.query("SELECT 'mark " + text + "'");
async function nameOf(id) { return (await pool.query('SELECT name FROM stock WHERE id = $1', [id])).rows[0].name; }
async function returned() { return (await pool.query({ text: "SELECT id FROM stock WHERE name = 's3cret1'" })).rows; }
async function fails() { await pool.query('SELECT nothing FROM stock'); }
async function setUp() {
  await pool.query("DROP TABLE IF EXISTS stock; CREATE TABLE stock (id INTEGER, name TEXT)");
  await pool.query("INSERT INTO stock VALUES (1, 's3cret1'), (2, 's3cret2'), (3, 's3cret3')");
}
const close = () => pool.end();
`;

const mysql2 = `
import mysql from 'mysql2/promise';
const pool = mysql.createPool(process.env.DATABASE_URL);
const open = async () => {};
const mark = (text) => pool.query("SELECT 'mark " + text + "'");
async function nameOf(id) { return (await pool.execute('SELECT name FROM stock WHERE id = ?', [id]))[0][0].name; }
async function returned() { return (await pool.query("SELECT id FROM stock WHERE name = 's3cret1'"))[0]; }
async function fails() { await pool.query('SELECT nothing FROM stock'); }
async function setUp() {
  await pool.query('DROP TABLE IF EXISTS stock');
  await pool.query('CREATE TABLE stock (id INTEGER, name TEXT)');
  await pool.query("INSERT INTO stock VALUES (1, 's3cret1'), (2, 's3cret2'), (3, 's3cret3')");
}
const close = () => pool.end();
`;

const knexOf = (client: string) => `
import knex from 'knex';
const db = knex({ client: '${client}', connection: process.env.DATABASE_URL, pool: { min: 0, max: 2 } });
const open = async () => {};
const mark = (text) => db.raw("SELECT 'mark " + text + "'");
async function nameOf(id) { const row = await db('stock').where({ id }).first('name'); return row.name; }
async function returned() { return db('stock').where({ name: 's3cret1' }).select('id'); }
async function fails() { await db('stock').select('nothing'); }
async function setUp() {
  await db.schema.dropTableIfExists('stock');
  await db.schema.createTable('stock', (table) => { table.integer('id'); table.string('name'); });
  await db('stock').insert([{ id: 1, name: 's3cret1' }, { id: 2, name: 's3cret2' }, { id: 3, name: 's3cret3' }]);
}
const close = () => db.destroy();
`;

const drizzleOf = (system: 'pg' | 'mysql') =>
  `
import { drizzle } from 'drizzle-orm/${system === 'pg' ? 'node-postgres' : 'mysql2'}';
import { eq, sql } from 'drizzle-orm';
import { integer, text, ${system}Table as table } from 'drizzle-orm/${system === 'pg' ? 'pg-core' : 'mysql-core'}';
const db = drizzle(process.env.DATABASE_URL);
const stock = table('stock', { id: integer('id'), name: text('name') });
const open = async () => {};
const mark = (said) => db.execute(sql.raw("SELECT 'mark " + said + "'"));
async function nameOf(id) { const [row] = await db.select({ name: stock.name }).from(stock).where(eq(stock.id, id)); return row.name; }
async function returned() { return db.select({ id: stock.id }).from(stock).where(eq(stock.name, 's3cret1')); }
async function fails() { await db.execute(sql.raw('SELECT nothing FROM stock')); }
async function setUp() {
  await db.execute(sql.raw('DROP TABLE IF EXISTS stock'));
  await db.execute(sql.raw('CREATE TABLE stock (id INTEGER, name TEXT)'));
  await db.insert(stock).values([{ id: 1, name: 's3cret1' }, { id: 2, name: 's3cret2' }, { id: 3, name: 's3cret3' }]);
}
const close = () => db.$client.end();
`.replace('integer, text', system === 'pg' ? 'integer, text' : 'int as integer, text');

const typeormOf = (type: string) => `
import 'reflect-metadata';
import { DataSource, EntitySchema } from 'typeorm';
const Stock = new EntitySchema({
  name: 'Stock', tableName: 'stock',
  columns: { id: { type: Number, primary: true }, name: { type: String } },
});
const db = new DataSource({ type: '${type}', url: process.env.DATABASE_URL, entities: [Stock], synchronize: false });
const open = () => db.initialize();
const mark = (said) => db.query("SELECT 'mark " + said + "'");
async function nameOf(id) { return (await db.getRepository(Stock).findOneBy({ id })).name; }
async function returned() { return db.getRepository(Stock).createQueryBuilder('s').where('s.name = :name', { name: 's3cret1' }).getMany(); }
async function fails() { await db.query('SELECT nothing FROM stock'); }
async function setUp() {
  await db.query('DROP TABLE IF EXISTS stock');
  await db.query('CREATE TABLE stock (id INTEGER PRIMARY KEY, name TEXT)');
  await db.getRepository(Stock).insert([{ id: 1, name: 's3cret1' }, { id: 2, name: 's3cret2' }, { id: 3, name: 's3cret3' }]);
}
const close = () => db.destroy();
`;

const sequelize = `
import { DataTypes, Sequelize } from 'sequelize';
const db = new Sequelize(process.env.DATABASE_URL, { logging: false });
const Stock = db.define('Stock', { id: { type: DataTypes.INTEGER, primaryKey: true }, name: DataTypes.TEXT }, { tableName: 'stock', timestamps: false });
const open = async () => {};
const mark = (said) => db.query("SELECT 'mark " + said + "'");
async function nameOf(id) { return (await Stock.findByPk(id)).name; }
async function returned() { return Stock.findAll({ where: { name: 's3cret1' } }); }
async function fails() { await db.query('SELECT nothing FROM stock'); }
async function setUp() { await Stock.sync({ force: true }); await Stock.bulkCreate([{ id: 1, name: 's3cret1' }, { id: 2, name: 's3cret2' }, { id: 3, name: 's3cret3' }]); }
const close = () => db.close();
`;

/**
 * Who is told to have asked where `returned` gives back a query without `await`: V8 remembers only who waits for it. Of drizzle
 * nobody is told, since it asks in a turn of its own before anything is waited for.
 */
const ofReturned: Readonly<Record<string, string | undefined>> = {
  pg: 'returned',
  mysql2: 'returned',
  knex: 'returned',
  typeorm: 'returned',
};
const knownAsking = (name: string): boolean => name !== 'drizzle';

const programs = {
  PostgreSQL: { pg, knex: knexOf('pg'), drizzle: drizzleOf('pg'), typeorm: typeormOf('postgres'), sequelize },
  MariaDB: { mysql2, knex: knexOf('mysql2'), drizzle: drizzleOf('mysql'), typeorm: typeormOf('mysql'), sequelize },
} as const;

let folder: ServiceFolder;
beforeAll(async () => {
  const packages = ['pg', 'mysql2', 'knex', 'drizzle-orm', 'typeorm', 'reflect-metadata', 'sequelize'];
  const files = Object.entries(programs).flatMap(([database, of]) =>
    Object.entries(of).map(([name, text]) => [`${database}-${name}.mjs`, text + usage]),
  );
  folder = await folderWith(packages, Object.fromEntries(files));
});
afterAll(() => folder[Symbol.asyncDispose]());

const servers = { PostgreSQL: Postgresql, MariaDB: Mariadb } as const;

describe.each(['PostgreSQL', 'MariaDB'] as const)('%s', (database) => {
  let server: Postgresql | Mariadb;
  beforeAll(async () => {
    server = await servers[database].start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describe.each(Object.keys(programs[database]))('by %s', (name) => {
    it.each(nodeMajors)('is told by the functions that ask, as often as the database says (Node %i)', async (node) => {
      const before = (await server.statements()).length;
      const ran = await runWithOperations({ node, folder, arguments: [`${database}-${name}.mjs`] }, server.url);
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      const names = ['s3cret1', 's3cret2', 's3cret3'];
      const code = database === 'PostgreSQL' ? '42703' : 'ER_BAD_FIELD_ERROR';
      expect(JSON.parse(ran.stdout)).toEqual([names, names, 1, code]);
      const log = (await server.statements()).slice(before);
      const marked = (text: string) => log.findIndex((statement) => statement.includes(`mark ${text}`));
      const asked = log.slice(marked('begin') + 1, marked('end'));
      expect(asked).toHaveLength(8);
      const counts = Object.entries(ran.counts('db.client.operation.duration'));
      const of = (asking: string | undefined, statement: RegExp) =>
        counts.filter(([key]) => statement.test(key) && (asking === undefined || key.startsWith(`${asking} | `)));
      const ask = knownAsking(name);
      const byId = of(ask ? 'nameOf' : undefined, /\bid\W* = /);
      expect(
        byId.map(([, count]) => count),
        JSON.stringify(counts),
      ).toEqual([6]);
      expect(
        of(ofReturned[name], /\bname\W* = /).map(([, count]) => count),
        JSON.stringify(counts),
      ).toEqual([1]);
      const failed = of(ask ? 'fails' : undefined, /nothing/).map(([key, count]) => [key.split(' | ').at(-1), count]);
      expect(failed).toEqual([[code, 1]]);
      const repeats = Object.entries(ran.sums('runlens.query.repeats')).filter(([key]) => key.endsWith(' | page'));
      expect(repeats).toEqual(ask ? [[expect.stringMatching(/^nameOf \| /), 6]] : []);
      const rows = ran.sums('db.client.response.returned_rows');
      expect(rows[String(byId[0]?.[0])]).toBe(6);
      expect(
        counts.reduce((sum, [, count]) => sum + count, 0),
        'all queries',
      ).toBe(log.length);
      expect(ran.sent).not.toContain('s3cret');
    });
  });
});
