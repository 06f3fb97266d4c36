/** From what sensors tell to findings, through a store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareQuerySchema } from '@runlens/protocol/api/compare';
import type { FindingEvent } from '@runlens/protocol/api/findings';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogLimits, defaultRetention } from '../defaults.ts';
import { compare } from '../query/comparison/compare.ts';
import { exceptionLabel } from '../store/exception-label.ts';
import type { Detail } from '../store/profile-store.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { batch, type CalledFunction, shop } from '../testing/batches.ts';
import { Evaluator } from './evaluator.ts';
import { FindingBook } from './finding-book.ts';

const minute = 60_000;
let folder: string;
let store: SqliteStore;
let clock: number;
let book: FindingBook;
let evaluator: Evaluator;
let told: FindingEvent[];
let tellsDetails: boolean;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-evaluator-'));
  clock = Date.parse('2026-01-12T12:30:00.000Z');
  store = new SqliteStore({ folder, now: () => clock, retention: defaultRetention, limits: catalogLimits });
  book = new FindingBook({ all: () => [], write: () => undefined });
  told = [];
  tellsDetails = true;
  evaluator = new Evaluator({
    ...{ store, book, now: () => clock, milliseconds: 2 ** 30 },
    onChange: (event) => told.push(event),
    tellsDetails: () => tellsDetails,
    onProblem: (error) => {
      throw error;
    },
  });
});
afterEach(async () => {
  await evaluator.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string) => ({ functionName: name, filePath: 'src/shop.ts', lineNumber: 1 });
const list: CalledFunction = { name: 'list', calls: 100, seconds: 0.03 };

/** In each call of a function the statement `times` times. */
const repeats = (times: number, name = 'list'): Omit<Detail, 'time'>[] => [
  { key: at(name), kind: 'query', label: 'postgresql\nSELECT 1', count: 100 * times, seconds: 0.1 * times },
  {
    key: at(name),
    kind: 'repeats',
    label: `4\nsrc/shop.ts\n${name}\npostgresql\nSELECT 1`,
    count: 100,
    seconds: 100 * times,
  },
];
const thrown = (shape: string, count: number): Omit<Detail, 'time'> => ({
  key: at('list'),
  kind: 'thrown',
  label: exceptionLabel({
    type: 'TypeError',
    shape,
    cause: '',
    file: 'src/shop.ts',
    function: 'list',
    line: 3,
    handled: 'no',
  }),
  count,
});

/** Some minutes in which `list` is called. */
async function run(version: string, minutes: number, details: readonly Omit<Detail, 'time'>[]): Promise<void> {
  for (let i = 0; i < minutes; i += 1) {
    clock += minute;
    const own = details.map((each) => ({ ...each, time: clock }));
    await store.append([batch(clock, [list], { instance: { ...shop, version, instance: version }, details: own })]);
  }
  await store.maintain();
}

/** Minutes of several functions, `list` and others, each in its own time. */
async function runAll(version: string, minutes: number, functions: readonly CalledFunction[], queries: number) {
  for (let i = 0; i < minutes; i += 1) {
    clock += minute;
    const details = [...repeats(queries), ...repeats(6, 'search')];
    const own = details.map((each) => ({ ...each, time: clock }));
    const instance = { ...shop, version, instance: `${version} ${starts}` };
    await store.append([batch(clock, functions, { instance, details: own })]);
  }
  starts += 1;
  await store.maintain();
}
let starts = 0;

async function compared() {
  const request = compareQuerySchema.parse({ service: shop.service, environment: shop.environment });
  const comparison = await compare(store, request, clock);
  if (comparison.kind === 'invalid') throw new Error(comparison.reason);
  return comparison.response;
}

const open = () => book.list({ state: 'open' }).map(({ kind, place }) => `${kind} ${place?.function ?? ''}`);
const changes = () => told.splice(0).flatMap((event) => event.changes.map(({ change }) => change));

describe('the whole loop', () => {
  it('a finding, a version that mends it, how much it helped, and the list without it', async () => {
    const search: CalledFunction = { name: 'search', calls: 100, seconds: 0.01 };
    await runAll('v1', 20, [list, search], 24);
    await evaluator.evaluate();
    expect(open()).toEqual(['repeatedQuery list', 'repeatedQuery search']);
    await runAll('v2', 6, [{ ...list, seconds: 0.005 }, search], 1);
    await evaluator.evaluate();
    await runAll('v2', 12, [{ ...list, seconds: 0.005 }, search], 1);
    await evaluator.evaluate();
    const { functions, base, now } = await compared();
    expect([base.version, now.version]).toEqual(['v1', 'v2']);
    expect(functions.map((fn) => [fn.function, fn.changes.map(({ kind }) => kind)])).toEqual([['list', ['faster']]]);
    expect(functions[0]?.changes[0]?.ratio).toBeCloseTo(1 / 6, 1);
    expect(open()).toEqual(['repeatedQuery search']);
    expect(book.list({ state: 'fixed' })).toMatchObject([{ fixedIn: 'v2', place: { function: 'list' } }]);
  });

  it('a version that makes something slower is told, and its roll-back mends it', async () => {
    const search: CalledFunction = { name: 'search', calls: 100, seconds: 0.01 };
    await runAll('v1', 20, [list, search], 1);
    await runAll('v2', 10, [{ ...list, seconds: 0.09 }, search], 1);
    await evaluator.evaluate();
    expect(open()).toContain('slowerVersion list');
    // The processes of v2 have to be gone for some minutes.
    await runAll('v1', 8, [list, search], 1);
    await evaluator.evaluate();
    expect(await compared()).toMatchObject({ relation: 'back', base: { version: 'v2' }, now: { version: 'v1' } });
    await runAll('v1', 12, [list, search], 1);
    await evaluator.evaluate();
    expect(open()).not.toContain('slowerVersion list');
    expect(book.list({ state: 'fixed' })).toMatchObject([{ kind: 'slowerVersion', fixedIn: 'v1' }]);
  });
});

describe('a look at a service', () => {
  it('finds the loop, tells it once, and that a version mended it', async () => {
    await run('v1', 5, repeats(24));
    await evaluator.evaluate();
    expect(open()).toEqual(['repeatedQuery list']);
    expect(changes()).toEqual(['new']);
    expect(book.list({ state: 'open' })[0]?.impact.queriesPerMinute).toBeGreaterThan(1_000);
    await run('v1', 2, repeats(24));
    await evaluator.evaluate();
    expect(changes(), 'it is known').toEqual([]);
    // The older version has to be gone: while it runs, it shows it.
    await run('v2', 7, repeats(1));
    await evaluator.evaluate();
    expect(open(), 'not yet for long enough').toEqual(['repeatedQuery list']);
    await run('v2', 11, repeats(1));
    await evaluator.evaluate();
    expect(changes()).toEqual(['fixed']);
    expect(book.list({ state: 'fixed' })).toMatchObject([{ fixedIn: 'v2' }]);
  });

  it('takes nothing for mended while the sensors tell no queries', async () => {
    await run('v1', 5, repeats(24));
    await evaluator.evaluate();
    tellsDetails = false;
    for (const minutes of [7, 11, 11]) {
      await run('v2', minutes, []);
      await evaluator.evaluate();
    }
    expect(open()).toEqual(['repeatedQuery list']);
    tellsDetails = true;
    for (const minutes of [1, 11]) {
      await run('v2', minutes, repeats(1));
      await evaluator.evaluate();
    }
    expect(changes()).toEqual(['new', 'fixed']);
  });

  it('tells an error that came with a version, and not one that was there before', async () => {
    await run('v1', 10, [thrown('old', 5)]);
    await evaluator.evaluate();
    expect(open()).toEqual([]);
    await run('v2', 5, [thrown('old', 5), thrown('new', 5)]);
    await evaluator.evaluate();
    expect(book.list({ state: 'open' }).map(({ kind, subject }) => [kind, subject])).toEqual([
      ['newError', 'TypeError: new'],
    ]);
  });

  it('keeps what it knows of a service that is not there, and says how one is measured', async () => {
    await run('v1', 5, repeats(24));
    await evaluator.evaluate();
    clock += 60 * minute;
    await evaluator.evaluate();
    expect(open()).toEqual(['repeatedQuery list']);
    expect(evaluator.measuring({ service: 'shop' })).toMatchObject([
      { version: 'v1', measuredFunctions: 1, calledFunctions: 1, gaps: [expect.stringContaining('No request')] },
    ]);
    expect(evaluator.measuring({ service: 'other' })).toEqual([]);
  });
});
