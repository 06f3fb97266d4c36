/** The plans of MariaDB, asked of a real one by a role that may only read. */
import { planOfMysql } from '@runlens/collector/findings/explain/mysql-planner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mariadb } from '../sensor/databases/mariadb.ts';
import { eventually } from '../story/eventually.ts';

const rights = `
CREATE DATABASE IF NOT EXISTS shop;
CREATE TABLE shop.users (id INTEGER PRIMARY KEY, email VARCHAR(80), city INTEGER, born DATE, KEY users_by_city (city));
INSERT INTO shop.users SELECT seq, CONCAT('user', seq), seq % 100, '1990-01-01' FROM shop.seq_1_to_5000;
CREATE TABLE shop.orders (id INTEGER PRIMARY KEY, owner VARCHAR(80), UNIQUE KEY orders_by_owner (owner));
INSERT INTO shop.orders SELECT seq, CONCAT('user', seq) FROM shop.seq_1_to_2000;
ANALYZE TABLE shop.users, shop.orders;
CREATE USER reader@'127.0.0.1';
GRANT SELECT ON shop.* TO reader@'127.0.0.1';
CREATE USER stranger@'127.0.0.1';
CREATE USER writer@'127.0.0.1';
GRANT SELECT, INSERT ON shop.* TO writer@'127.0.0.1';
`;
let server: Mariadb;
const as = (role: string, database = 'shop'): string =>
  server.url.replace('runlens@', `${role}@`).replace(/\/test$/, `/${database}`);

beforeAll(async () => {
  server = await Mariadb.start({ rights });
  // It listens before it has done all that it is begun with.
  await eventually('MariaDB has its roles', async () => {
    const outcome = await planOfMysql(as('reader'), 'SELECT id FROM users WHERE id = ?');
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ kind: 'plan' });
  });
});
afterAll(() => server?.[Symbol.asyncDispose]());

describe('MariaDB plans a statement with supposed values', () => {
  it.each([
    ['SELECT id FROM users WHERE email = ? LIMIT ?', { scans: [{ table: 'users' }], sorts: false }],
    ['SELECT email FROM `users` WHERE `city` = ?', { scans: [], indexes: ['users_by_city'] }],
    ['SELECT id FROM users ORDER BY email LIMIT ?', { scans: [{ table: 'users' }], sorts: true }],
    ['SELECT id FROM users AS u WHERE u.born > ? AND u.born < ?', { scans: [{ table: 'u' }] }],
    // A text compared with a number would make the index useless.
    ['SELECT id FROM orders WHERE owner IN (?, ?)', { scans: [], indexes: ['orders_by_owner'] }],
    ['SELECT id FROM orders WHERE owner = ?', { scans: [] }],
  ])('%s', async (statement, plan) => {
    expect(await planOfMysql(as('reader'), statement)).toMatchObject({ kind: 'plan', plan });
  });

  it.each([
    ['a role that may not read the database', 'stranger', 'SELECT id FROM users', /ER_DBACCESS_DENIED_ERROR.*may not/],
    ['a role that may write', 'writer', 'SELECT 1', /name one that may only/],
    ['a table that is not there', 'reader', 'SELECT a FROM nowhere', /ER_NO_SUCH_TABLE.*not in that database/],
  ])('and says why not: %s', async (_, role, statement, reason) => {
    expect(await planOfMysql(as(role), statement)).toEqual({ kind: 'failed', reason: expect.stringMatching(reason) });
  });

  it('in a session that may only read, with a time limit, and runs none of them', async () => {
    const asked = await server.statements();
    const planned = asked.filter((statement) => /FROM (?:users|orders|nowhere|`users`)/.test(statement));
    expect(planned.length).toBeGreaterThan(0);
    expect(planned.every((statement) => statement.startsWith('EXPLAIN FORMAT=JSON SELECT '))).toBe(true);
    const first = asked.indexOf('SET SESSION TRANSACTION READ ONLY');
    expect(first).toBeGreaterThanOrEqual(0);
    expect(asked.findIndex((statement) => statement.startsWith('EXPLAIN'))).toBeGreaterThan(first);
    expect(asked).toContain('SET SESSION max_statement_time = 2');
    expect(asked).toContain('START TRANSACTION READ ONLY');
  });
});
