import { expect, test } from 'vitest';
import { facts, now, plainText, services } from '../testing.ts';
import { query } from './query.ts';

const rows = {
  columns: ['function', 'seconds', 'p99'],
  rows: [
    ['price', 12.34567, 0.004],
    ['a|b', 3, null],
  ],
};

async function ask(known: Parameters<typeof facts>[0], input: object = {}) {
  const result = await query.call({ sql: 'SELECT 1', ...input }, { facts: facts(known) });
  if (result.kind === 'invalidInput') throw new Error(result.message);
  return result;
}

test('rows are told with their columns, a cell never looking like two', async () => {
  const { data, verdict, scope } = (await ask({ rows })).model(now);
  expect(verdict).toBe('2 rows');
  expect(scope).toBe('shop · production · last 15 min');
  expect(data?.split('\n').slice(1, -1)).toEqual(['function|seconds|p99', 'price|12.35|0.004', 'a¦b|3|–']);
});

test('what is missing is told: rows beyond the limit, functions of some files', async () => {
  const answer = (await ask({ rows: { ...rows, truncated: true, functions: 20_000, filesLeftOut: 7 } })).model(now);
  expect(answer.verdict).toBe('2 rows, and more');
  expect(answer.cut).toContain('higher limit');
  expect(answer.unknown).toContain('The functions of 7 files are left out');
});

test('no rows are an answer; an unknown service is none', async () => {
  expect((await ask({})).model(now).verdict).toBe('0 rows');
  const unknown = await ask({ services: services('shop') }, { service: 'shp' });
  expect(unknown).toMatchObject({ kind: 'nothing', message: expect.stringContaining('these have: shop') });
});

test('a terminal gets a table', async () => {
  const answer = await ask({ rows });
  if (answer.kind !== 'answer') throw new Error(answer.kind);
  expect(answer.text(plainText).split('\n')).toEqual([
    'function  seconds    p99',
    'price       12.35  0.004',
    'a|b             3      –',
    '2 rows · last 15 min',
  ]);
});
