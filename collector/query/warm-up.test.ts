import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalogLimits, defaultRetention } from '../defaults.ts';
import type { MeasuredFunction, Window } from '../store/profile-store.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { batch, shop } from '../testing/batches.ts';
import { warmUp } from './warm-up.ts';

const now = Date.UTC(2026, 10, 22, 12);
let folder: string;
let store: RecordingStore;

class RecordingStore extends SqliteStore {
  readonly asked: string[] = [];
  override read(functions: readonly MeasuredFunction[], window: Window) {
    this.asked.push(`${functions[0]?.source.file} ${(window.until - window.since) / 3_600_000} h`);
    return super.read(functions, window);
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-warm-'));
  store = new RecordingStore({ folder, now: () => now, retention: defaultRetention, limits: catalogLimits });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});
const run = (signal = new AbortController().signal) => warmUp(store, () => now, signal);
const functionsOf = (file: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ name: `f${n}`, file, line: n + 1, seconds: 0.01 }));

describe('answering before anyone asks', () => {
  test('nothing is there: nothing is asked', async () => {
    await run();
    expect(store.asked).toEqual([]);
  });

  test('each file of the version heard last', async () => {
    const old = { instance: { ...shop, service: 'old' } };
    await store.append([batch(now - 60_000, functionsOf('src/old.ts', 1), old)]);
    await store.append([batch(now, [...functionsOf('src/a.ts', 2), ...functionsOf('src/b.ts', 2)])]);
    await run();
    expect(store.asked).toEqual(['src/a.ts 0.25 h', 'src/b.ts 0.25 h']);
  });

  test('no large file, and no more than is enough', async () => {
    const files = Array.from({ length: 12 }, (_, n) => functionsOf(`src/file${n}.ts`, 100));
    await store.append([batch(now, [...functionsOf('src/large.ts', 201), ...files.flat()])]);
    await run();
    expect(store.asked).toEqual(Array.from({ length: 6 }, (_, n) => `src/file${n}.ts 0.25 h`));
  });

  test('it stops when the collector does', async () => {
    await store.append([batch(now, functionsOf('src/a.ts', 2))]);
    const abort = new AbortController();
    abort.abort();
    await run(abort.signal);
    expect(store.asked).toEqual([]);
  });
});
