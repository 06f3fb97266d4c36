/** SQL through the collector's API, over what it was told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problemSchema } from '@runlens/protocol/api/problem';
import { queryTables, sqlResponseSchema } from '@runlens/protocol/api/query';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, startCollector } from '../../index.ts';
import { otlpRequest } from '../../testing/batches.ts';

let home: string;
let collector: Collector;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'runlens-sql-'));
  collector = await startCollector({ home, port: 0, logLevel: 'silent' });
  const report = (functions: Parameters<typeof otlpRequest>[1], resource: Record<string, string>) =>
    fetch(`${collector.url}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(otlpRequest(Date.now() - 20_000, functions, resource)),
    });
  await report(
    [
      { name: 'pay', calls: 40, errors: 4, seconds: 0.01 },
      { name: 'idle', calls: 0 },
    ],
    {},
  );
  await report([{ name: 'send', file: 'src/mail.ts', calls: 7, seconds: 0.2 }], { 'service.name': 'mail' });
});
afterAll(async () => {
  await collector.close();
  rmSync(home, { recursive: true, force: true });
});

const get = (sql: string, query: Record<string, string> = {}) =>
  fetch(`${collector.url}/api/v1/query?${new URLSearchParams({ sql, ...query })}`, {
    headers: { authorization: `Bearer ${collector.token}` },
  });
async function ask(sql: string, query: Record<string, string> = {}) {
  const answer = await get(sql, query);
  if (answer.status !== 200) throw new Error(problemSchema.parse(await answer.json()).detail);
  return sqlResponseSchema.parse(await answer.json());
}

test('functions, what was not called as zero and what was not timed as unknown', async () => {
  const answer = await ask(
    'SELECT service, function, calls, errors, round(p50, 2) AS p50 FROM functions ORDER BY calls',
  );
  expect(answer.rows).toEqual([
    ['shop', 'idle', 0, 0, null],
    ['mail', 'send', 7, 0, 0.2],
    ['shop', 'pay', 40, 4, 0.01],
  ]);
  expect(answer).toMatchObject({ functions: 3, filesLeftOut: 0, truncated: false });
});

test('a service, and a join', async () => {
  const { rows } = await ask(
    'SELECT f.function, v.version, v.calls FROM functions f JOIN versions v USING (service, environment, file, function)',
    { service: 'mail' },
  );
  expect(rows).toEqual([['send', 'v1', 7]]);
});

test('every table that is told of is there, with its columns', async () => {
  for (const [table, columns] of Object.entries(queryTables)) {
    const answer = await ask(`SELECT * FROM ${table}`);
    expect(answer.columns, table).toEqual(columns);
  }
});

test('what cannot be run is a problem that says what to do', async () => {
  await expect(ask('DROP TABLE functions')).rejects.toThrow('Only SELECT is possible');
  await expect(ask('SELECT nope FROM functions')).rejects.toThrow('no such column: nope');
  await expect(ask(`SELECT '${'x'.repeat(5_000)}'`)).rejects.toThrow('sql');
  await expect(ask('SELECT 1', { limit: '0' })).rejects.toThrow('limit');
  expect((await get('')).status).toBe(400);
  const anonymous = await fetch(`${collector.url}/api/v1/query?sql=SELECT+1`);
  expect(anonymous.status).toBe(401);
});
