/** What the collector notices by itself, from what sensors tell, through a store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Policy } from '@runlens/protocol/policy';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SensorReadings } from '../../control/sensor-readings.ts';
import { catalogLimits, defaultRetention } from '../../defaults.ts';
import { entryKey } from '../../store/entries.ts';
import { SqliteStore } from '../../store/sqlite/sqlite-store.ts';
import { batch, delta, shop } from '../../testing/batches.ts';
import { EventBook } from '../event-book.ts';
import { EventFile } from '../event-file.ts';
import { EventIntake } from '../event-intake.ts';
import { ProductionWatch } from './production-watch.ts';

const minute = 60_000;
let folder: string;
let store: SqliteStore;
let file: EventFile;
let book: EventBook;
let intake: EventIntake;
let watch: ProductionWatch;
let readings: SensorReadings;
let policy: Policy;
let clock: number;

function startWatch(): void {
  const redactor = new Redactor();
  const onProblem = (error: unknown): void => {
    throw error;
  };
  book = new EventBook(file);
  intake = new EventIntake({ book, redactor: () => redactor, now: () => clock, onChange: () => undefined, onProblem });
  watch = new ProductionWatch({
    ...{ store, readings, book, intake, now: () => clock, onProblem, milliseconds: 2 ** 30 },
    policy: () => policy,
  });
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-watch-'));
  clock = Date.parse('2026-01-12T12:30:00.000Z');
  policy = {};
  store = new SqliteStore({ folder, now: () => clock, retention: defaultRetention, limits: catalogLimits });
  file = new EventFile(folder, clock);
  readings = new SensorReadings();
  startWatch();
});
afterEach(async () => {
  await watch.close();
  intake.close();
  file.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Traffic {
  readonly calls?: number;
  readonly errors?: number;
  readonly seconds?: number;
  readonly version?: string;
}

/** Requests of so many minutes in steps of half a minute, with a look after each, of a process of its own. */
async function run(minutes: number, { calls = 300, errors = 0, seconds = 0.02, version = 'v1' }: Traffic = {}) {
  const instance = { ...shop, version, instance: `${version} at ${clock}` };
  const sources = [{ filePath: 'src/shop.ts', blob: 'a'.repeat(40) }];
  for (let i = 0; i < minutes * 2; i += 1) {
    clock += 30_000;
    const own = { ...delta(clock, { name: '', calls, errors, seconds }), key: entryKey('GET /orders') };
    await store.append([batch(clock, [], { instance, sources, deltas: [own] })]);
    await watch.look();
    if (i % 10 === 9) await store.maintain();
  }
}
const events = (state?: 'firing' | 'resolved') =>
  [...book.records]
    .filter((each) => state === undefined || each.state === state)
    .map(({ message }) => `${message.kind} ${message.severity}`);

describe('requests', () => {
  it('that fail more than is usual fire, and end when they do not', async () => {
    await run(20, { errors: 3 });
    expect(events()).toEqual([]);
    await run(8, { errors: 27 });
    expect(events('firing')).toEqual(['errorRate warning']);
    expect([...book.records][0]?.message.detail).toBe('9 % of 3k requests failed in 5 minutes; usually 1 %');
    await run(12, { errors: 3 });
    expect(events()).toEqual(['errorRate warning']);
    expect(events('resolved')).toEqual(['errorRate warning']);
  });

  it('that fail as usual are no event, however often that is', async () => {
    await run(40, { errors: 36 });
    expect(events()).toEqual([]);
  });

  it('that are slower than usual fire', async () => {
    await run(20);
    await run(8, { seconds: 0.2 });
    expect(events('firing')).toEqual(['latency warning']);
    await run(12);
    expect(events('firing')).toEqual([]);
  });

  it('are judged by the thresholds of runlens.yml, from the first minute on', async () => {
    policy = { events: { thresholds: [{ services: ['sh*'], errorRate: 0.05, p95Seconds: 0.1, unusual: false }] } };
    await run(3, { errors: 90, seconds: 0.3 });
    expect(events('firing').sort()).toEqual(['errorRate critical', 'latency warning']);
    policy = { events: { thresholds: [{ services: ['other'], errorRate: 0.05 }] } };
    await run(3, { errors: 90, seconds: 0.3 });
    expect(events('firing')).toEqual([]);
  });

  it('end also after a restart', async () => {
    await run(20);
    await run(8, { errors: 100 });
    expect(events('firing')).toEqual(['errorRate critical']);
    await watch.close();
    intake.close();
    startWatch();
    await run(8);
    expect(events('firing')).toEqual([]);
    expect(events()).toEqual(['errorRate critical']);
  });
});

describe('versions', () => {
  it('that are new, and one that comes back, are told once', async () => {
    await run(10);
    expect(events()).toEqual([]);
    await run(10, { version: 'v2' });
    expect(events()).toEqual(['newVersion info']);
    await run(10, { version: 'v1' });
    expect(events()).toEqual(['newVersion info', 'rollback warning']);
    expect([...book.records][1]).toMatchObject({
      message: { title: 'shop went back from v2 to v1', version: 'v1' },
      messages: 1,
    });
  });
});

describe('services', () => {
  it('that say no more that they are there fire until they do', async () => {
    await run(5);
    clock += 6 * minute;
    await watch.look();
    expect(events('firing')).toEqual(['silent warning']);
    expect([...book.records][0]).toMatchObject({ startedAt: clock - 6 * minute });
    await run(1);
    expect(events('firing')).toEqual([]);
    clock += 30 * 60 * minute;
    await watch.look();
    // A day later nobody waits for it.
    expect(events('firing')).toEqual([]);
  });
});

describe('circuit breakers', () => {
  const ofInstance = (instance: string, ...breakers: readonly object[]) => ({
    ...{ service: 'shop', environment: 'production', instance, level: undefined, cpuShare: undefined, dropped: [] },
    breakers: breakers.map((each) => ({
      name: 'gateway',
      isOpen: true,
      file: 'pay.ts',
      function: 'charge',
      line: 7,
      ...each,
    })),
  });

  it('fire while one is open in any instance, with the function that asks by it', async () => {
    await run(1);
    readings.take([ofInstance('a', {}), ofInstance('b', {})], clock);
    await run(1);
    expect(events()).toEqual(['breaker warning']);
    expect([...book.records][0]?.message).toMatchObject({
      title: 'The circuit breaker gateway of shop is open',
      detail: 'The circuit breaker gateway by which charge asks in 2 instances',
      functions: [{ file: 'pay.ts', function: 'charge', line: 7 }],
    });
    readings.take([ofInstance('a', { isOpen: false })], clock);
    await run(3);
    expect(events('firing')).toEqual(['breaker warning']);
    readings.take([ofInstance('b', { isOpen: false })], clock);
    await run(1);
    expect(events('firing')).toEqual([]);
  });

  it('end with the instance that tells no more of them', async () => {
    await run(1);
    readings.take([ofInstance('a', { name: '', function: '', file: '' }), ofInstance('a2', { name: 'tax' })], clock);
    await run(1);
    expect([...book.records][0]?.message).toMatchObject({
      title: '2 circuit breakers of shop are open',
      functions: [{ function: 'charge' }],
    });
    await run(6);
    expect(events('firing')).toEqual([]);
  });
});

describe('sensors', () => {
  it('that measure less are told while they do', async () => {
    const reading = { service: 'shop', environment: 'production', instance: 'v1', cpuShare: undefined, dropped: [] };
    await run(1);
    readings.take([{ ...reading, level: 'no-details' }], clock);
    await run(1);
    expect(events('firing')).toEqual(['sensor info']);
    readings.take([{ ...reading, level: 'full' }], clock);
    await run(1);
    expect(events()).toEqual(['sensor info']);
    expect(events('firing')).toEqual([]);
  });
});
