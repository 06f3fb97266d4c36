import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seriesQuerySchema, seriesResponseSchema } from '@runlens/protocol/api/series';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalogLimits, defaultRetention } from '../defaults.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { batch, shop } from '../testing/batches.ts';
import { series, stepOf } from './series.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 22, 12, 0, 30);
let folder: string;
let store: SqliteStore;
let clock: number;

beforeEach(() => {
  clock = now;
  folder = mkdtempSync(join(tmpdir(), 'runlens-series-'));
  store = new SqliteStore({ folder, now: () => clock, retention: defaultRetention, limits: catalogLimits });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A sensor, which says what it runs and that it is there. */
const sources = [{ filePath: 'src/shop.ts', blob: 'a'.repeat(40) }];

function ask(length: number, more: object = {}) {
  const request = seriesQuerySchema.parse({
    ...{ service: 'shop', environment: 'production', file: 'src/shop.ts', function: 'pay' },
    ...more,
  });
  return series(store, request, { since: clock - length, until: clock }, clock);
}
function answered(length: number, more: object = {}) {
  const answer = ask(length, more);
  if (answer.kind !== 'ok') throw new Error(answer.reason);
  return seriesResponseSchema.parse(answer.response);
}

describe('a function over time', () => {
  test('each call is in the point of its minute, whether it was folded or waits', async () => {
    await store.append([batch(now - 5 * minute, [{ name: 'pay', calls: 6, errors: 2, seconds: 0.01 }], { sources })]);
    await store.maintain();
    await store.append([batch(now, [{ name: 'pay', calls: 4, seconds: 0.04 }], { sources })]);
    const { points, stepSeconds } = answered(15 * minute);
    expect(stepSeconds).toBe(60);
    expect(points.filter(({ calls }) => calls > 0).map(({ at, calls, errors }) => [at, calls, errors])).toEqual([
      ['2026-11-22T11:55:00.000Z', 6, 2],
      ['2026-11-22T12:00:00.000Z', 4, 0],
    ]);
    expect(points.at(-1)?.duration?.p50).toBeCloseTo(0.04, 3);
    expect(points.at(-1)?.duration?.histogram.counts).toEqual([4]);
  });

  test('a time in which no process measured it is no zero', async () => {
    await store.append([batch(now - 10 * minute, [{ name: 'pay', calls: 6 }], { sources })]);
    await store.append([batch(now - 2 * minute, [{ name: 'pay', calls: 0 }], { sources })]);
    const { points } = answered(20 * minute);
    const [first] = points;
    expect(first).toMatchObject({ measured: false, callsPerMinute: null, duration: null });
    // Measured, and nobody called.
    expect(points.find(({ at }) => at.includes('11:58'))).toMatchObject({ measured: true, callsPerMinute: 0 });
  });

  test('a window is of few points, without gaps, and all of its calls are in them', async () => {
    for (let ago = 23; ago >= 0; ago -= 1) {
      clock = now - ago * hour;
      await store.append([batch(clock, [{ name: 'pay', calls: 10, seconds: 0.01 }], { arrival: clock })]);
    }
    await store.maintain();
    for (const [length, step] of [
      [day, 1_800],
      [7 * day, 10_800],
    ] as const) {
      const { points, stepSeconds } = answered(length);
      expect(stepSeconds).toBe(step);
      expect(points.length).toBeLessThanOrEqual(61);
      expect(points.reduce((sum, { calls }) => sum + calls, 0)).toBe(240);
      const begins = points.map(({ at }) => Date.parse(at));
      expect(begins.every((at, i) => i === 0 || at - (begins[i - 1] ?? 0) === step * 1_000)).toBe(true);
    }
  });

  test('versions are told with when they were seen first, also where the function was not called', async () => {
    await store.append([batch(now - 9 * minute, [{ name: 'pay' }], { arrival: now - 9 * minute })]);
    await store.append([batch(now, [{ name: 'other' }], { instance: { ...shop, version: 'v2' } })]);
    expect(answered(15 * minute).versions.map(({ version, firstSeen }) => [version, firstSeen])).toEqual([
      ['v1', new Date(now - 9 * minute).toISOString()],
      ['v2', new Date(now).toISOString()],
    ]);
  });

  test('only the version that was asked for is counted', async () => {
    await store.append([batch(now, [{ name: 'pay', calls: 3 }])]);
    await store.append([batch(now, [{ name: 'pay', calls: 5 }], { instance: { ...shop, version: 'v2' } })]);
    const calls = (more: object) => answered(15 * minute, more).points.at(-1)?.calls;
    expect([calls({}), calls({ version: 'v1' }), calls({ version: 'v2' })]).toEqual([8, 3, 5]);
  });

  test('twins are never mixed: without a line that is one of theirs, it is said what to ask', async () => {
    await store.append([
      batch(now, [
        { name: 'pay', line: 10, calls: 3 },
        { name: 'pay', line: 40, calls: 5 },
      ]),
    ]);
    expect(ask(hour)).toEqual({ kind: 'ambiguous', reason: expect.stringContaining('one of 10, 40') });
    expect(ask(hour, { line: 11 }).kind).toBe('ambiguous');
    expect(answered(hour, { line: 40 }).points.at(-1)?.calls).toBe(5);
  });

  test('a function that nobody has loaded is not known', () => {
    expect(ask(hour)).toEqual({ kind: 'unknown', reason: expect.stringContaining('has loaded pay') });
  });

  test('a window of many years is read only as far back as anything is kept', async () => {
    await store.append([batch(now, [{ name: 'pay', calls: 3 }])]);
    const { points } = answered(50 * 365 * day, { points: 200 });
    expect(points.length).toBeLessThanOrEqual(201);
    expect(points.at(-1)?.calls).toBe(3);
  });

  test('minutes are read only as long as they are kept', () => {
    expect(stepOf({ since: now - 60 * hour, until: now - 59 * hour }, 60, now)).toBe(hour);
    expect(stepOf({ since: now - 47 * hour, until: now - 46 * hour }, 60, now)).toBe(minute);
  });
});
