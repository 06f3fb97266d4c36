/** Deploys and windows in a store, of which is known what changed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompareQuery, compareQuerySchema, compareResponseSchema } from '@runlens/protocol/api/compare';
import { bucketMiddle } from '@runlens/protocol/histogram';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalogLimits, defaultRetention } from '../../defaults.ts';
import { entryKey } from '../../store/entries.ts';
import { exceptionLabel } from '../../store/exception-label.ts';
import { encodeHistogram, HistogramSum } from '../../store/histogram-blob.ts';
import type { Batch, Delta, Detail, FunctionKey } from '../../store/profile-store.ts';
import { SqliteStore } from '../../store/sqlite/sqlite-store.ts';
import { shop } from '../../testing/batches.ts';
import { type Behaviour, behave, type Stretch, seeded } from '../../testing/simulated.ts';
import { compare } from './compare.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 5, 15, 12, 0, 0);
const clock = { now: noon };
let folder: string;
let store: SqliteStore;
let random: () => number;
/** When the processes that run were started. */
let started = 0;
let ran = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-compare-'));
  clock.now = noon;
  ran = '';
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

/** What a version does in the minute that is over now, by one instance. */
function batchOf(version: string, functions: Functions, beside: Readonly<Record<string, Beside>> = {}): Batch {
  const time = clock.now - 1;
  const keyOf = (functionName: string) => ({ functionName, filePath: 'src/shop.ts', lineNumber: 1 });
  const deltas = Object.entries(functions).map(
    ([name, behaviour]): Delta => deltaOf(keyOf(name), time, behave(random, behaviour, 1)),
  );
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
  return {
    instance: { ...shop, version, instance: `${version} started at ${started}` },
    arrival: clock.now,
    sources: [],
    unmeasured: [],
    exemplars: [],
    deltas,
    details,
  };
}

function deltaOf(key: FunctionKey, time: number, { calls, errors, histogram }: Stretch): Delta {
  const samples = histogram.counts.reduce((sum, count) => sum + count, 0);
  const seconds = histogram.indexes.reduce((sum, at, k) => sum + bucketMiddle(at) * (histogram.counts[k] ?? 0), 0);
  const maxSeconds = bucketMiddle(histogram.indexes.at(-1) ?? 0);
  return {
    ...{ key, start: time - minute + 2, time, calls, errors, seconds, maxSeconds, samples },
    histogram: encodeHistogram(histogram),
  };
}

/** Minutes of load, the first of which begins now; the clock is behind them then. */
async function run(
  minutes: number,
  version: string,
  functions: Functions,
  beside: Readonly<Record<string, Beside>> = {},
): Promise<void> {
  if (version !== ran) started = clock.now;
  ran = version;
  for (let i = 0; i < minutes; i += 1) {
    clock.now += minute;
    await store.append([batchOf(version, functions, beside)]);
  }
}

/** Several versions at once. */
async function runTogether(minutes: number, versions: Readonly<Record<string, Functions>>): Promise<void> {
  for (let i = 0; i < minutes; i += 1) {
    clock.now += minute;
    await store.append(Object.entries(versions).map(([version, functions]) => batchOf(version, functions)));
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
  expect(answer.base).toMatchObject({ version: 'v1', batches: 30 });
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

const waves = (at: number): Functions =>
  Object.fromEntries(
    Object.entries(calm).map(([name, each]): [string, Behaviour] => [name, { ...each, median: 0.01 * at }]),
  );

test('a canary is compared with what runs beside it, by the same minutes: the day goes on for both', async () => {
  await run(50, 'v1', { ...waves(1), price: { rate: 80, median: 0.004 } });
  // From here on all takes twice as long, whatever the version.
  await runTogether(20, {
    v1: { ...waves(2), price: { rate: 80, median: 0.008 } },
    v2: { ...waves(2), price: { rate: 80, median: 0.016 } },
  });
  const answer = await ask();
  expect(answer).toMatchObject({ relation: 'beside', base: { version: 'v1' }, now: { version: 'v2' } });
  expect(answer.base.window).toEqual(answer.now.window);
  expect(kinds(answer)).toEqual({ price: ['slower'] });
});

test('of a version that replaced another within minutes, what it did first is compared with what the other did last', async () => {
  await run(40, 'v1', { ...calm, price: { rate: 80 } });
  await runTogether(4, { v1: calm, v2: calm });
  await run(30, 'v2', { ...calm, price: { rate: 80, median: 0.03 } });
  // Hours later, with other load, the answer is still about the deploy.
  await run(120, 'v2', { ...waves(3), price: { rate: 80, median: 0.03 } });
  const answer = await ask({ since: '30m' });
  expect(answer.relation).toBe('after');
  expect(kinds(answer)).toEqual({ price: ['slower'] });
});

test('a roll-back is compared with what it took back', async () => {
  await run(30, 'v1', { ...calm, price: { rate: 80 } });
  await run(20, 'v2', { ...calm, price: { rate: 80, median: 0.03 } });
  await run(15, 'v1', { ...calm, price: { rate: 80 } });
  const answer = await ask();
  expect(answer).toMatchObject({ relation: 'back', base: { version: 'v2' }, now: { version: 'v1' } });
  expect(kinds(answer)).toEqual({ price: ['faster'] });
  // The deploy before is still there to be asked for.
  const deploy = await ask({ version: 'v2' });
  expect(deploy).toMatchObject({ relation: 'after', base: { version: 'v1' } });
  expect(kinds(deploy)).toEqual({ price: ['slower'] });
});

/** A function of two routes, one of which takes ten times as long; `share`: of the requests that go to that one. */
async function runMixed(minutes: number, version: string, share: number, factor = 1): Promise<void> {
  const key = { functionName: 'load', filePath: 'src/shop.ts', lineNumber: 1 };
  for (let i = 0; i < minutes; i += 1) {
    clock.now += minute;
    const time = clock.now - 1;
    const plain = batchOf(version, calm);
    const routes = [
      ['GET /item', behave(random, { rate: 120 * (1 - share), median: 0.004 * factor }, 1)],
      ['GET /list', behave(random, { rate: 120 * share, median: 0.04 * factor }, 1)],
    ] as const;
    const sum = new HistogramSum();
    for (const [, { histogram }] of routes) sum.add(encodeHistogram(histogram));
    const calls = routes.reduce((all, [, each]) => all + each.calls, 0);
    await store.append([
      {
        ...plain,
        deltas: [
          ...plain.deltas,
          deltaOf(key, time, { minutes: 1, calls, errors: 0, histogram: sum.take() }),
          ...routes.map(([route, each]) => deltaOf(entryKey(route), time, each)),
        ],
        details: routes.flatMap(([label, { calls: count, histogram }]): Detail[] => [
          { key, time, kind: 'entry', label, count },
          {
            ...{ key, time, kind: 'entryDuration', label, count, seconds: 0, maxSeconds: 0 },
            histogram: encodeHistogram(histogram),
          },
        ]),
      },
    ]);
  }
}

test('another mix of routes is no change of a function, in how long it takes nor in how often it is called', async () => {
  await runMixed(40, 'v1', 0.2);
  await runMixed(20, 'v2', 0.7);
  const answer = await ask();
  expect(kinds(answer)).toEqual({});
  expect(answer.tested).toBe(31);
});

test('a function that is faster is told as faster, though more of its calls come from the route that takes long', async () => {
  await runMixed(40, 'v1', 0.3);
  await runMixed(20, 'v2', 0.6, 0.5);
  const answer = await ask();
  expect(kinds(answer)).toEqual({ load: ['faster'] });
  const ratio = answer.functions[0]?.changes[0]?.ratio ?? 0;
  expect(ratio).toBeGreaterThan(0.35);
  expect(ratio).toBeLessThan(0.7);
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
