import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AuditEntry } from '@runlens/protocol/audit';
import { type Policy, policySchema } from '@runlens/protocol/policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Explainer } from './explainer.ts';
import { columnsOf } from './plan-evidence.ts';

const folder = mkdtempSync(join(tmpdir(), 'runlens-explain-'));
const file = join(folder, 'shop.sqlite');
beforeAll(() => {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, city INTEGER, born INTEGER);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, owner INTEGER, total INTEGER);
    CREATE INDEX users_by_city ON users (city);
  `);
  database.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function explainerOf(explain: NonNullable<Policy['findings']>['explain'], variables = {}) {
  const records: AuditEntry[] = [];
  const policy = policySchema.parse({ findings: { explain } });
  const audit = {
    append: (entry: AuditEntry) => {
      records.push(entry);
      return { ...entry, number: 1, at: '', previous: '', hash: '' };
    },
  };
  const explainer = new Explainer({ policy: () => policy, variables, audit, now: () => 0 });
  const ask = async (statement: string, system = 'sqlite', service = 'shop') => {
    const asked = { service, environment: 'production', system, statement };
    explainer.evidence(asked);
    await explainer.settled();
    return explainer.evidence(asked);
  };
  return { explainer, records, ask };
}

describe('the plan of a statement', () => {
  const { ask, records } = explainerOf([{ system: 'sqlite', file, services: ['shop'] }]);

  it.each([
    [
      'SELECT id FROM users WHERE email = ?',
      ['EXPLAIN: users is read whole, by no index; an index on users (email) is a candidate'],
    ],
    [
      'SELECT id FROM users ORDER BY born DESC LIMIT ?',
      [
        'EXPLAIN: users is read whole, by no index; an index on users (born) is a candidate',
        'EXPLAIN: the rows are sorted for it, as no index gives them in that order',
      ],
    ],
    [
      'SELECT id FROM users WHERE city = ?',
      ['EXPLAIN: it is found by the index users_by_city: an index is not what is missing'],
    ],
    [
      'SELECT u.id FROM users AS u JOIN orders o ON o.owner = u.id WHERE u.city = ? AND o.total > ?',
      [/orders is read whole.*orders \(total, owner\)/],
    ],
    ['SELECT x FROM nowhere WHERE a = ?', [/no plan: SQLite would not plan it: no such table: nowhere/]],
    ['DELETE FROM users WHERE born < ?', [/users is read whole.*users \(born\)/]],
  ])('of SQLite: %s', async (statement, expected) => {
    const evidence = await ask(statement);
    expect(evidence).toHaveLength(expected.length);
    for (const [i, line] of expected.entries()) expect(evidence[i]).toMatch(line);
  });

  it('is recorded each time that a database is asked, with the statement and no value', () => {
    expect(records.length).toBeGreaterThan(0);
    expect(records[0]).toMatchObject({ action: 'finding.explain', subject: 'shop production', outcome: 'done' });
    expect(records[0]?.details).toContain('SELECT id FROM users WHERE email = ?');
  });

  it('is asked of nothing that is not named for the service and the system', async () => {
    const other = explainerOf([{ system: 'sqlite', file, services: ['shop'] }]);
    expect(await other.ask('SELECT 1', 'sqlite', 'billing')).toEqual([]);
    expect(await other.ask('SELECT 1', 'mysql')).toEqual([]);
    expect(await explainerOf(undefined).ask('SELECT 1')).toEqual([]);
    expect(other.records).toEqual([]);
  });

  it('changes nothing, whatever a service tells', async () => {
    const hostile = explainerOf([{ system: 'sqlite', file }]);
    for (const statement of ['SELECT 1; DELETE FROM users', 'DROP TABLE users', "SELECT load_extension('x')"]) {
      expect((await hostile.ask(statement)).join()).toMatch(/^EXPLAIN: no plan/);
    }
    expect(hostile.records).toEqual([]);
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare("SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table'").get()).toMatchObject({
      tables: 2,
    });
    database.close();
  });

  it('is not had where the file or the variable is missing, and says which', async () => {
    const missing = explainerOf([
      { system: 'sqlite', file: join(folder, 'none.sqlite') },
      { system: 'postgresql', urlFrom: 'SHOP_PLANS' },
    ]);
    expect((await missing.ask('SELECT 1')).join()).toMatch(/file of runlens.yml is not there/);
    expect((await missing.ask('SELECT 1', 'postgresql')).join()).toMatch(/variable SHOP_PLANS is not set/);
  });

  it('tells no address where a server cannot be reached', async () => {
    const url = 'postgresql://reader:hunter2@127.0.0.1:9/shop';
    const away = explainerOf([{ system: 'postgresql', urlFrom: 'SHOP_PLANS' }], { SHOP_PLANS: url });
    const evidence = (await away.ask('SELECT 1', 'postgresql')).join();
    expect(evidence).toMatch(/no plan: PostgreSQL would not plan it \(ECONNREFUSED\): nobody listens there/);
    expect(JSON.stringify([evidence, away.records])).not.toMatch(/hunter2/);
  });
});

it('the columns of an index are those that are compared, then those that rows are sorted by', () => {
  const columns = (statement: string, table: string, tables = 1) => columnsOf(statement, table, tables);
  expect(columns('SELECT * FROM t WHERE a = ? AND b > ? ORDER BY c DESC', 't')).toEqual(['a', 'b', 'c']);
  expect(columns('SELECT * FROM "T" AS x JOIN u ON u.t = x.id WHERE x.a IN (?) AND u.b = ?', 'T')).toEqual(['a', 'id']);
  expect(columns('SELECT * FROM t, u WHERE a = ?', 't', 2)).toEqual([]);
  expect(columns('SELECT * FROM t WHERE lower(a) = ?', 't')).toEqual([]);
});
