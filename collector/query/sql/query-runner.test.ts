/** The real process, and statements that try to break out of it or to keep it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QueryRunner, queryLimits, type TableSet } from './query-runner.ts';

let runner: QueryRunner;
let folder: string;
beforeAll(() => {
  runner = new QueryRunner({ ...queryLimits, runMilliseconds: 4_000 });
  folder = mkdtempSync(join(tmpdir(), 'runlens-sql-'));
});
afterAll(() => {
  runner.close();
  rmSync(folder, { recursive: true, force: true });
});

function alive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

let made = 0;
const functions: TableSet = {
  key: 'one',
  tables: async () => {
    made += 1;
    const rows = Array.from({ length: 1_000 }, (_, i) => [`f${i}`, i, i % 2 === 0 ? null : i / 2]);
    return [{ name: 'functions', columns: ['function', 'calls', 'p50'], rows }];
  },
};
const ask = (sql: string, rows = 100) => runner.run(functions, sql, rows);

test('a statement is answered from the tables, which are handed over once', async () => {
  const answer = await ask('SELECT function, calls, p50 FROM functions WHERE calls >= 998 ORDER BY calls');
  expect(answer).toEqual({
    kind: 'rows',
    columns: ['function', 'calls', 'p50'],
    rows: [
      ['f998', 998, null],
      ['f999', 999, 499.5],
    ],
    truncated: false,
  });
  expect(await ask('SELECT count(*) AS n, sum(calls) FROM functions')).toMatchObject({ rows: [[1_000, 499_500]] });
  expect(made).toBe(1);
});

test('rows, bytes and cells are bounded, and what is left out is told', async () => {
  expect(await ask('SELECT * FROM functions', 3)).toMatchObject({ rows: { length: 3 }, truncated: true });
  const wide = await ask("SELECT replace(hex(zeroblob(5000)), '0', 'x') FROM functions");
  if (wide.kind !== 'rows') throw new Error(wide.reason);
  expect(String(wide.rows[0]?.[0])).toHaveLength(queryLimits.cellCharacters);
  const much = await ask("SELECT replace(hex(zeroblob(5000)), '0', 'x') FROM functions", 1_000);
  expect(much).toMatchObject({
    truncated: true,
    rows: { length: Math.ceil(queryLimits.bytes / queryLimits.cellCharacters) },
  });
  expect(await ask('SELECT 9007199254740993, 1e999, zeroblob(9)')).toMatchObject({
    rows: [['9007199254740993', 'Infinity', '(9 bytes)']],
  });
});

test('what SQLite does not understand is told in its words', async () => {
  expect(await ask('SELECT nope FROM functions')).toMatchObject({ kind: 'refused', reason: /no such column: nope/ });
  expect(await ask('SELECT "nope" FROM functions')).toMatchObject({ kind: 'refused', reason: /no such column/ });
  expect(await ask('SELECT * FROM nowhere')).toMatchObject({ kind: 'refused', reason: /no such table/ });
  expect(await ask('SELECT (')).toMatchObject({ kind: 'refused', reason: /incomplete input/ });
});

test.each([
  "ATTACH '{}/out.db' AS x",
  "VACUUM INTO '{}/out.db'",
  "SELECT 1; ATTACH '{}/out.db' AS x",
  'WITH x AS (SELECT 1) INSERT INTO functions SELECT 1, 2, 3',
  "SELECT writefile('{}/out.db', 'x')",
  "SELECT readfile('/etc/passwd')",
  "SELECT load_extension('{}/out.db')",
  "SELECT fts3_tokenizer('simple', x'00')",
  'SELECT * FROM pragma_database_list',
  'PRAGMA writable_schema = ON',
])('there is no way out, and nothing is written: %s', async (sql) => {
  expect(await ask(sql.replace('{}', folder))).toMatchObject({ kind: 'refused' });
  expect(readdirSync(folder)).toEqual([]);
  expect(await ask('SELECT count(*) FROM functions')).toMatchObject({ rows: [[1_000]] });
});

test('a statement that does not end is stopped with its process, and the next one is answered by another', async () => {
  await ask('SELECT 1');
  const before = runner.pid;
  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
  const [stopped, next] = await Promise.all([ask(endless), ask('SELECT count(*) FROM functions')]);
  expect(stopped).toMatchObject({ kind: 'refused', reason: /longer than 4 s and was stopped/ });
  expect(next).toMatchObject({ kind: 'rows', rows: [[1_000]] });
  expect(runner.pid).not.toBe(before);
  await expect.poll(() => alive(before)).toBe(false);
});

test('a statement that wants all memory is refused, and the next one is answered', async () => {
  for (const sql of [
    'SELECT length(group_concat(hex(zeroblob(100000)))) FROM functions, functions AS more',
    'SELECT hex(zeroblob(400000000))',
    'SELECT count(DISTINCT hex(randomblob(50000))) FROM functions, functions AS more',
    'SELECT length(randomblob(999999999))',
  ]) {
    expect(await ask(sql), sql).toMatchObject({ kind: 'refused' });
    expect(await ask('SELECT count(*) FROM functions')).toMatchObject({ rows: [[1_000]] });
  }
});

test('a statement that takes memory bit by bit is stopped long before its time is up', async () => {
  const patient = new QueryRunner({ ...queryLimits, runMilliseconds: 120_000, memoryBytes: 200 * 2 ** 20 });
  try {
    const greedy = 'SELECT count(DISTINCT hex(randomblob(50000))) FROM functions, functions AS more';
    expect(await patient.run(functions, greedy, 1)).toMatchObject({ kind: 'refused', reason: /too much memory/ });
    expect(await patient.run(functions, 'SELECT count(*) FROM functions', 1)).toMatchObject({ rows: [[1_000]] });
  } finally {
    patient.close();
  }
});

test('more than may wait are told to come again; all others are answered, each with its own', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(`SELECT ${i}`)));
  const rows = answers.flatMap((answer) => (answer.kind === 'rows' ? answer.rows : []));
  expect(rows).toEqual(Array.from({ length: queryLimits.waiting }, (_, i) => [i]));
  expect(answers.filter(({ kind }) => kind === 'busy')).toHaveLength(20 - queryLimits.waiting);
});

test('the process ends when it is not needed', async () => {
  const short = new QueryRunner({ ...queryLimits, idleMilliseconds: 50 });
  try {
    await short.run(functions, 'SELECT 1', 1);
    const { pid } = short;
    expect(pid).toBeGreaterThan(0);
    await expect.poll(() => short.pid).toBeUndefined();
    await expect.poll(() => alive(pid)).toBe(false);
    expect(await short.run(functions, 'SELECT 2', 1)).toMatchObject({ rows: [[2]] });
  } finally {
    short.close();
  }
  expect(await short.run(functions, 'SELECT 1', 1)).toMatchObject({ kind: 'busy' });
});
