/** What becomes of findings over evaluations, versions and restarts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Actor } from '@runlens/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Draft } from './draft.ts';
import { type Evaluated, FindingBook } from './finding-book.ts';
import { FindingFile } from './finding-file.ts';
import { graceMilliseconds, unknownMilliseconds } from './life-cycle.ts';
import { now as start } from './testing.ts';

const anna: Actor = { name: 'anna', kind: 'person', role: 'prober' };
const impact = { score: 100, secondsPerDay: 100, errorsPerDay: 0, queriesPerMinute: 5, callsPerDay: 1_000 };
const draft = (overrides: Partial<Draft> = {}): Draft => ({
  kind: 'repeatedQuery',
  key: ['src/shop.ts', 'list'],
  place: { file: 'src/shop.ts', function: 'list', line: 10 },
  ...{ title: 'list asks for each item', evidence: ['24 times'], remedy: 'Ask once.', confidence: 'certain', impact },
  entries: [],
  ...overrides,
});

let folder: string;
let file: FindingFile;
let book: FindingBook;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-findings-'));
  now = start;
  file = new FindingFile(folder, now);
  book = new FindingBook(file);
});
afterEach(() => {
  file.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An evaluation, some time after the one before; what changed, in words. */
function evaluate(drafts: readonly Draft[], overrides: Partial<Evaluated> & { after?: number; version?: string } = {}) {
  const { after = 30_000, version = 'v1', ...rest } = overrides;
  now += after;
  const versions = [{ version, drafts }];
  return book
    .take({ service: 'shop', environment: 'production', versions, exercised: () => true, now, ...rest })
    .map(({ change }) => change);
}
const open = () => book.list({ state: 'open' });
const all = () => book.list({ state: 'all' });
const restart = (): void => {
  file.close();
  file = new FindingFile(folder, now);
  book = new FindingBook(file);
};

describe('a finding', () => {
  it('is new once, and listed once, however often it is found', () => {
    expect(evaluate([draft()])).toEqual(['new']);
    expect(evaluate([draft({ title: 'said in other words' }), draft()])).toEqual([]);
    expect(open()).toHaveLength(1);
    expect(open()[0]).toMatchObject({ state: 'new', firstSeen: new Date(start + 30_000).toISOString() });
  });

  it('keeps its id over restarts, versions and lines, and has another in another service', () => {
    evaluate([draft()]);
    const id = open()[0]?.id;
    restart();
    expect(
      evaluate([draft({ place: { file: 'src/shop.ts', function: 'list', line: 99 } })], { version: 'v2' }),
    ).toEqual([]);
    expect(open().map((each) => each.id)).toEqual([id]);
    expect(evaluate([draft()], { service: 'other' })).toEqual(['new']);
    expect(new Set(open().map((each) => each.id)).size).toBe(2);
  });

  it('of two versions that run is one, and costs what it costs in both', () => {
    const versions = ['v2', 'v1'].map((version) => ({ version, drafts: [draft()] }));
    evaluate([], { versions });
    expect(open()).toMatchObject([{ versions: ['v2', 'v1'], impact: { score: 200 } }]);
  });

  it('is fixed by the version that runs without it, for long enough, and back when it is found again', () => {
    evaluate([draft()]);
    expect(evaluate([], { version: 'v2' })).toEqual([]);
    expect(open(), 'one look without it proves little').toHaveLength(1);
    expect(evaluate([], { version: 'v2', after: graceMilliseconds })).toEqual(['fixed']);
    expect(open()).toEqual([]);
    expect(all()).toMatchObject([{ state: 'fixed', fixedIn: 'v2' }]);
    restart();
    expect(evaluate([draft()], { version: 'v3' })).toEqual(['back']);
    expect(open()).toMatchObject([{ state: 'back', versions: ['v3'] }]);
  });

  it('goes away with its evidence where no version did it, and comes again as what it was', () => {
    evaluate([draft()]);
    book.set(open()[0]?.id ?? '', { state: 'accepted' }, anna, now);
    evaluate([]);
    expect(evaluate([], { after: graceMilliseconds })).toEqual(['gone']);
    expect(all()).toEqual([]);
    expect(evaluate([draft()])).toEqual(['accepted']);
    expect(open()).toMatchObject([{ state: 'accepted' }]);
  });

  it('stays while its function is not called: nothing speaks against it', () => {
    evaluate([draft()]);
    const quiet = { exercised: () => false, version: 'v2' };
    evaluate([], quiet);
    expect(evaluate([], { ...quiet, after: graceMilliseconds * 6 })).toEqual([]);
    expect(open()).toMatchObject([{ state: 'new', lastSeen: new Date(start + 30_000).toISOString() }]);
    expect(evaluate([], { ...quiet, after: unknownMilliseconds })).toEqual(['gone']);
  });

  it('that is muted stays muted, also when it went and came, with who did it and why', () => {
    evaluate([draft()]);
    const id = open()[0]?.id ?? '';
    book.set(id, { state: 'muted', reason: 'it is a report' }, anna, now);
    restart();
    expect(open()).toEqual([]);
    evaluate([], { version: 'v2' });
    evaluate([], { version: 'v2', after: graceMilliseconds });
    expect(evaluate([draft()], { version: 'v3' })).toEqual(['muted']);
    expect(open()).toEqual([]);
    expect(book.list({ state: 'muted' })).toMatchObject([{ id, setBy: { actor: anna, reason: 'it is a report' } }]);
  });
});

it('another service is not judged by the evaluation of one', () => {
  evaluate([draft()]);
  evaluate([], { service: 'other', after: graceMilliseconds });
  evaluate([], { service: 'other', after: graceMilliseconds });
  expect(open()).toHaveLength(1);
});

it('lists by cost, service, folder and kind', () => {
  const costly = draft({
    kind: 'slowQuery',
    key: ['q'],
    place: { file: 'lib/db.ts', function: 'q', line: 1 },
    impact: { ...impact, score: 900 },
  });
  evaluate([draft(), costly]);
  expect(open().map(({ kind }) => kind)).toEqual(['slowQuery', 'repeatedQuery']);
  expect(book.list({ state: 'open', under: 'src/' }).map(({ kind }) => kind)).toEqual(['repeatedQuery']);
  expect(book.list({ state: 'open', file: 'lib/db.ts' })).toHaveLength(1);
  expect(book.list({ state: 'open', kind: 'slowQuery' })).toHaveLength(1);
  expect(book.list({ state: 'open', service: 'other' })).toEqual([]);
});

it('a file that is none is set aside, and a record that is none is left out', () => {
  evaluate([draft()]);
  file.close();
  writeFileSync(join(folder, 'findings.sqlite'), 'no database');
  rmSync(join(folder, 'findings.sqlite-wal'), { force: true });
  file = new FindingFile(folder, now);
  expect(file.all()).toEqual([]);
  expect(file.problems()[0]).toContain('was damaged and was moved to');
});

it('what cannot be written has not happened', () => {
  const broken = new FindingBook({
    all: () => [],
    write: () => {
      throw new Error('disk');
    },
  });
  const versions = [{ version: 'v1', drafts: [draft()] }];
  expect(() => broken.take({ service: 's', environment: 'e', versions, exercised: () => true, now })).toThrow('disk');
  expect(broken.list({ state: 'all' })).toEqual([]);
});
