/** Deploys and windows in a store, of which is known what changed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompareQuery, compareQuerySchema, compareResponseSchema } from '@runlens/protocol/api/compare';
import { bucketMiddle } from '@runlens/protocol/histogram';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalogLimits, defaultRetention } from '../../defaults.ts';
import { exceptionLabel } from '../../store/exception-label.ts';
import { encodeHistogram } from '../../store/histogram-blob.ts';
import type { Batch, Delta, Detail } from '../../store/profile-store.ts';
import { SqliteStore } from '../../store/sqlite/sqlite-store.ts';
import { shop } from '../../testing/batches.ts';
import { type Behaviour, behave, seeded } from '../../testing/simulated.ts';
import { compare } from './compare.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 5, 15, 12, 0, 0);
const clock = { now: noon };
let folder: string;
let store: SqliteStore;
let random: () => number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-compare-'));
  clock.now = noon;
  random = seeded(17);
  store = new SqliteStore({
    folder,
    now: () => clock.now,
    retention: defaultRetention,
    limits: catalogLimits,
    groupCommitMilliseconds: 1,
  });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

type Functions = Readonly<Record<string, Behaviour>>;
/** What each function asks and throws in a minute. */
interface Beside {
  readonly query?: string;
  readonly error?: string;
}

/** Minutes of load, the first of which begins now; the clock is behind them then. */
async function run(
  minutes: number,
  version: string,
  functions: Functions,
  beside: Readonly<Record<string, Beside>> = {},
): Promise<void> {
  for (let i = 0; i < minutes; i += 1) {
    clock.now += minute;
    const time = clock.now - 1;
    const keyOf = (functionName: string) => ({ functionName, filePath: 'src/shop.ts', lineNumber: 1 });
    const deltas = Object.entries(functions).map(([name, behaviour]): Delta => {
      const { calls, errors, histogram } = behave(random, behaviour, 1);
      const samples = histogram.counts.reduce((sum, count) => sum + count, 0);
      const seconds = histogram.indexes.reduce((sum, at, k) => sum + bucketMiddle(at) * (histogram.counts[k] ?? 0), 0);
      const maxSeconds = bucketMiddle(histogram.indexes.at(-1) ?? 0);
      return {
        key: keyOf(name),
        start: time - minute + 2,
        time,
        calls,
        errors,
        seconds,
        maxSeconds,
        samples,
        histogram: encodeHistogram(histogram),
      };
    });
    const details = Object.entries(beside).flatMap(([name, { query, error }]): Detail[] => [
      ...(query === undefined
        ? []
        : [{ key: keyOf(name), time, kind: 'query' as const, label: `sqlite\n${query}`, count: 60, seconds: 0.1 }]),
      ...(error === undefined
        ? []
        : [
            {
              key: keyOf(name),
              time,
              kind: 'thrown' as const,
              label: exceptionLabel({
                type: 'RangeError',
                shape: error,
                cause: '',
                file: 'src/shop.ts',
                function: name,
                line: 3,
                handled: 'no',
              }),
              count: 2,
            },
          ]),
    ]);
    const batch: Batch = {
      instance: { ...shop, version },
      arrival: clock.now,
      sources: [],
      unmeasured: [],
      exemplars: [],
      deltas,
      details,
    };
    await store.append([batch]);
  }
}

async function ask(query: Partial<CompareQuery> = {}) {
  const request = compareQuerySchema.parse({ service: 'shop', environment: 'production', ...query });
  const comparison = await compare(store, request, clock.now);
  if (comparison.kind === 'invalid') throw new Error(comparison.reason);
  return compareResponseSchema.parse(comparison.response);
}
const kinds = ({ functions }: Awaited<ReturnType<typeof ask>>) =>
  Object.fromEntries(functions.map((fn) => [fn.function, fn.changes.map(({ kind }) => kind)]));

const calm: Functions = Object.fromEntries(
  Array.from({ length: 30 }, (_, i) => [`calm${i}`, { rate: 30, errors: i % 5 === 0 ? 0.02 : 0 }]),
);

test('a deploy: what is slower, what fails, what is no longer called, what is new and what is gone', async () => {
  const before: Functions = {
    ...calm,
    price: { rate: 80, median: 0.004 },
    pay: { rate: 60 },
    audit: { rate: 40 },
    old: { rate: 20 },
  };
  const asks = { pay: { query: 'SELECT cards' } };
  await run(45, 'v1', before, asks);
  const { old: _, ...kept } = before;
  const after: Functions = {
    ...kept,
    price: { rate: 80, median: 0.009 },
    pay: { rate: 60, errors: 0.05 },
    audit: { rate: 0 },
    added: { rate: 5 },
  };
  await run(20, 'v2', after, { pay: { query: 'SELECT limits', error: 'no limit for {n}' } });
  const answer = await ask();
  expect(kinds(answer)).toEqual({ price: ['slower'], pay: ['moreErrors'], audit: ['notCalled'] });
  expect(answer.base).toMatchObject({ version: 'v1', batches: 12 });
  expect(answer.now).toMatchObject({ version: 'v2', batches: 12 });
  expect(answer.traffic).toBeCloseTo(1, 1);
  const price = answer.functions.find((fn) => fn.function === 'price');
  expect(price?.changes[0]?.ratio).toBeGreaterThan(2);
  expect(price?.changes[0]?.ratio).toBeLessThan(2.5);
  expect(price?.now.callsPerMinute).toBeGreaterThan(70);
  expect(answer.newErrors).toMatchObject([
    { function: 'pay', exception: { type: 'RangeError', message: 'no limit for {n}' } },
  ]);
  expect(answer.newQueries).toMatchObject([{ function: 'pay', statement: 'SELECT limits', system: 'sqlite' }]);
  expect(answer.removed.map((fn) => fn.function)).toEqual(['old']);
  expect(answer.added).toBe(1);
  expect(answer).toMatchObject({ compared: 33, truncated: false });
});

test('a deploy that changes nothing is told as none, also with a third of the traffic', async () => {
  await run(40, 'v1', calm);
  const third = Object.fromEntries(
    Object.entries(calm).map(([name, each]): [string, Behaviour] => [name, { ...each, rate: each.rate / 3 }]),
  );
  await run(40, 'v2', third);
  const answer = await ask();
  expect(kinds(answer)).toEqual({});
  expect(answer.traffic).toBeCloseTo(1 / 3, 1);
  expect(answer.tested).toBe(30);
});

test('two windows: what began within the newer one, against the one just before', async () => {
  await run(30, 'v1', { ...calm, search: { rate: 50 } }, { search: { error: 'always so' } });
  await run(30, 'v1', { ...calm, search: { rate: 50, median: 0.03 } }, { search: { error: 'index {s} is gone' } });
  const answer = await ask({ of: 'windows', since: '30m' });
  expect(kinds(answer)).toEqual({ search: ['slower'] });
  expect(answer.newErrors.map(({ exception }) => exception.message)).toEqual(['index {s} is gone']);
  expect(answer).toMatchObject({ removed: [], added: 0, base: { version: '' } });
  // Before it began there was nothing of it.
  const earlier = await ask({ of: 'windows', since: '45m', until: '30m' });
  expect(kinds(earlier)).toEqual({});
});

test('a service that was down for a part of the window was not called less, nor more', async () => {
  await run(30, 'v1', calm);
  await run(12, 'v1', calm);
  clock.now += 18 * minute;
  const answer = await ask({ of: 'windows', since: '30m' });
  expect(kinds(answer)).toEqual({});
  expect(answer.traffic).toBeGreaterThan(0.65);
});

test('a window of days by hours, and one function of it', async () => {
  for (let hours = 0; hours < 4; hours += 1) {
    clock.now = noon + hours * 60 * minute;
    await run(2, 'v1', { ...calm, price: { rate: 80 } });
  }
  clock.now = noon + 4 * 60 * minute;
  await store.maintain();
  for (let hours = 4; hours < 8; hours += 1) {
    clock.now = noon + hours * 60 * minute;
    await run(2, 'v1', { ...calm, price: { rate: 80, median: 0.03 } });
  }
  clock.now = noon + 72 * 60 * minute;
  await store.maintain();
  const at = (hours: number): string => new Date(noon + hours * 60 * minute).toISOString();
  const windows = { of: 'windows', since: at(4), until: at(8), baseSince: at(0), baseUntil: at(4) } as const;
  expect(kinds(await ask(windows))).toEqual({ price: ['slower'] });
  const one = await ask({ ...windows, file: 'src/shop.ts', function: 'price' });
  expect(one.functions.map((fn) => fn.function)).toEqual(['price']);
  expect(one.compared).toBe(1);
});

test('too early to tell, or nothing to compare with, is said as such', async () => {
  await run(10, 'v1', calm);
  expect((await ask()).tooEarly).toMatch(/No version was seen before/);
  await run(2, 'v2', calm);
  expect((await ask()).tooEarly).toMatch(/whole minutes/);
  expect((await ask({ of: 'windows', since: '2m' })).tooEarly).toMatch(/from 3 minutes on/);
  expect((await ask({ of: 'windows', since: '11m' })).tooEarly).toMatch(/Nothing was measured yet/);
});

test('what cannot be compared is refused with what to ask instead', async () => {
  await run(5, 'v1', calm);
  await expect(ask({ service: 'shopp' })).rejects.toThrow(/Nothing of service "shopp"/);
  await expect(ask({ version: 'v9' })).rejects.toThrow(/No version "v9"/);
  await expect(ask({ version: 'v1', baseVersion: 'v1' })).rejects.toThrow(/give two/);
  await expect(ask({ of: 'windows', since: 'yesterday' })).rejects.toThrow(/give a length/);
  await expect(ask({ of: 'windows', since: '5m', until: '10m' })).rejects.toThrow(/beginning before its end/);
});
