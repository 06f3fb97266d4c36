import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { overviewQuerySchema, overviewResponseSchema } from '@runlens/protocol/api/overview';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalogLimits, defaultRetention } from '../defaults.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { batch, shop } from '../testing/batches.ts';
import { overview } from './overview.ts';

const now = Date.UTC(2026, 10, 22, 12, 0, 30);
let folder: string;
let store: SqliteStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-overview-'));
  store = new SqliteStore({ folder, now: () => now, retention: defaultRetention, limits: catalogLimits });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function ask(more: object = {}) {
  const request = overviewQuerySchema.parse({ service: 'shop', environment: 'production', ...more });
  const answer = overviewResponseSchema.parse(overview(store, request, { since: now - 900_000, until: now }));
  const { name, file, line, calls, errors, seconds } = answer.functions;
  const rows = name.map((each, i) => [
    `${answer.files[file[i] ?? -1]}:${line[i]} ${each}`,
    ...[calls[i], errors[i], seconds[i]],
  ]);
  return { ...answer, rows };
}

describe('the overview of a service', () => {
  test('each function is there once, over its versions, at its line in the newest', async () => {
    await store.append([
      batch(now - 60_000, [{ name: 'pay', line: 3, calls: 2, errors: 1, seconds: 0.5 }], { arrival: now - 60_000 }),
    ]);
    await store.append([
      batch(
        now,
        [
          { name: 'pay', line: 5, calls: 4, seconds: 0.25 },
          { name: 'ship', file: 'src/ship.ts', calls: 0 },
        ],
        { instance: { ...shop, version: 'v2' } },
      ),
    ]);
    expect(ask().rows).toEqual([
      ['src/shop.ts:5 pay', 6, 1, 2],
      ['src/ship.ts:1 ship', 0, 0, 0],
    ]);
    expect(ask({ version: 'v1' }).rows).toEqual([['src/shop.ts:3 pay', 2, 1, 1]]);
  });

  test('other services and environments are left out', async () => {
    await store.append([
      batch(now, [{ name: 'one' }], { instance: { ...shop, service: 'other' } }),
      batch(now, [{ name: 'two' }], { instance: { ...shop, environment: 'staging' } }),
    ]);
    expect(ask()).toMatchObject({ rows: [], files: [], measuredFunctions: 0, truncated: false });
  });

  test('beyond the limit those with the least time are left out, and it is said', async () => {
    const functions = Array.from({ length: 6 }, (_, i) => ({ name: `f${i}`, line: i + 1, calls: 1, seconds: 1 + i }));
    await store.append([batch(now, functions)]);
    const { rows, truncated, measuredFunctions } = ask({ limit: 2 });
    expect(rows.map(([name]) => name)).toEqual(['src/shop.ts:5 f4', 'src/shop.ts:6 f5']);
    expect({ truncated, measuredFunctions }).toEqual({ truncated: true, measuredFunctions: 6 });
  });
});
