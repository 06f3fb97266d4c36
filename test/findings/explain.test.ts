/** The plans of PostgreSQL, asked of a real one by a role that may only read. */
import { planOfPostgresql } from '@runlens/collector/findings/explain/postgresql-planner';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Postgresql } from '../sensor/databases/postgresql.ts';
import { eventually } from '../story/eventually.ts';

let server: Postgresql;
/** As a role of the server, which asks for no password. */
const as = (role: string): string => server.url.replace('runlens@', `${role}@`);

beforeAll(async () => {
  server = await Postgresql.start();
  // It listens before it answers.
  const client = await eventually('PostgreSQL answers', async () => {
    const trying = new pg.Client({ connectionString: server.url });
    await trying.connect();
    return trying;
  });
  await client.query(`
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);
    INSERT INTO users SELECT n, 'user' || n FROM generate_series(1, 20000) AS n;
    ANALYZE users;
    CREATE ROLE reader LOGIN;
    GRANT pg_read_all_data TO reader;
    CREATE ROLE stranger LOGIN;
  `);
  await client.end();
});
afterAll(() => server?.[Symbol.asyncDispose]());

describe('PostgreSQL plans a statement without its values', () => {
  it.each([
    ['SELECT id FROM users WHERE email = $1 LIMIT $2', { scans: [{ table: 'users' }], sorts: false }],
    ['SELECT email FROM users WHERE id = $1', { scans: [], indexes: ['users_pkey'] }],
    ['SELECT id FROM users ORDER BY email LIMIT $1', { scans: [{ table: 'users' }], sorts: true }],
  ])('%s', async (statement, plan) => {
    expect(await planOfPostgresql(as('reader'), statement)).toMatchObject({ kind: 'plan', plan });
  });

  it.each([
    ['a role that may not read the table', 'stranger', 'SELECT id FROM users WHERE id = $1', /42501.*may not/],
    ['a role that may do everything', 'runlens', 'SELECT 1', /name one that may only read/],
    ['a table that is not there', 'reader', 'SELECT a FROM nowhere', /42P01.*not in that database/],
  ])('and says why not: %s', async (_, role, statement, reason) => {
    expect(await planOfPostgresql(as(role), statement)).toEqual({
      kind: 'failed',
      reason: expect.stringMatching(reason),
    });
  });

  it('in transactions that may only read, and runs nothing', async () => {
    const asked = (await server.statements()).filter((statement) => statement.includes('runlens_explained'));
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every((statement) => /^(?:PREPARE|EXPLAIN) /.test(statement))).toBe(true);
    const begun = (await server.statements()).filter((statement) => statement.startsWith('BEGIN'));
    expect(new Set(begun)).toEqual(new Set(['BEGIN TRANSACTION READ ONLY']));
  });
});
