import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogLimits, defaultRetention } from '../defaults.ts';
import type { Batch, Detail, DetailKind } from '../store/profile-store.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { batch, shop } from '../testing/batches.ts';
import { hot } from './queries.ts';
import { statements } from './statements.ts';

const now = Date.parse('2026-03-04T10:30:00Z');
const window = { since: now - 900_000, until: now };
const time = now - 60_000;
const byTotal = { by: 'total', limit: 50 } as const;
const orders = 'SELECT id FROM orders WHERE id = ?';
const items = 'SELECT id FROM items WHERE order_id = ?';

let folder: string;
let store: SqliteStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-statements-'));
  store = new SqliteStore({ folder, now: () => now, retention: defaultRetention, limits: catalogLimits });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const names = ['load', 'list', 'price', 'Cart.total'];
const lineOf = (name: string, moved = 0): number => names.indexOf(name) * 10 + 1 + moved;
function detail(name: string, kind: DetailKind, label: string, count: number, seconds = 0, moved = 0): Detail {
  return {
    key: { functionName: name, filePath: 'src/shop.ts', lineNumber: lineOf(name, moved) },
    ...{ time, kind, label, count, seconds },
  };
}

async function report(details: readonly Detail[], overrides: Partial<Batch> = {}, moved = 0): Promise<void> {
  const called = names.map((name) => ({ name, line: lineOf(name, moved), calls: 10, seconds: 0.01 }));
  await store.append([batch(time, called, { details, ...overrides })]);
}

describe('statements', () => {
  it('those of several functions and versions are one, with who asks it most first and its newest line', async () => {
    await report([
      detail('load', 'query', `postgresql\n${orders}`, 4, 0.4),
      detail('list', 'query', `postgresql\n${orders}`, 6, 0.2),
      detail('list', 'queryError', `postgresql\n${orders}`, 1, 0.1),
      detail('list', 'query', `postgresql\n${items}`, 60, 3),
    ]);
    const v2 = { ...shop, version: 'v2', instance: 'two' };
    await report([detail('list', 'query', `postgresql\n${orders}`, 10, 0.5, 2)], { instance: v2, arrival: now }, 2);
    const answer = statements(store, { service: 'shop' }, window, byTotal);
    expect(answer).toMatchObject({ found: 2, surveyedFunctions: 4, measuredFunctions: 4 });
    expect(answer.totalSeconds).toBeCloseTo(4.1);
    expect(answer.statements.map(({ statement }) => statement)).toEqual([items, orders]);
    const [, both] = answer.statements;
    expect(both).toMatchObject({
      ...{ service: 'shop', environment: 'production', system: 'postgresql', calls: 20, errors: 1, repeats: null },
      versions: ['v2', 'v1'],
      lastSeen: new Date(time).toISOString(),
      askers: [
        { function: 'list', file: 'src/shop.ts', line: lineOf('list', 2), calls: 16 },
        { function: 'load', file: 'src/shop.ts', line: lineOf('load'), calls: 4 },
      ],
    });
    expect(both?.totalSeconds).toBeCloseTo(1.1);
    expect(both?.meanSeconds).toBeCloseTo(1.1 / 20);
  });

  it('equal texts of two services or systems are not one', async () => {
    await report([
      detail('load', 'query', `postgresql\n${orders}`, 1, 0.1),
      detail('list', 'query', `mysql\n${orders}`, 1, 0.1),
    ]);
    await report([detail('load', 'query', `postgresql\n${orders}`, 1, 0.1)], {
      instance: { ...shop, service: 'mail', instance: 'mail' },
    });
    expect(statements(store, {}, window, byTotal).found).toBe(3);
    expect(statements(store, { service: 'mail' }, window, byTotal).found).toBe(1);
  });

  it('by mean and by repeats others come first; what is cut is counted all the same', async () => {
    await report([
      detail('load', 'query', `postgresql\n${orders}`, 2, 1),
      detail('list', 'query', `postgresql\n${items}`, 240, 3),
      detail('list', 'repeats', `16\nsrc/shop.ts\nlist\npostgresql\n${items}`, 10, 240),
    ]);
    const first = (by: 'total' | 'mean' | 'repeats') => statements(store, {}, window, { by, limit: 1 });
    expect(first('total').statements).toMatchObject([{ statement: items, repeats: 24, repeatedIn: 'list' }]);
    expect(first('mean').statements).toMatchObject([{ statement: orders, meanSeconds: 0.5 }]);
    expect(first('repeats').statements).toMatchObject([{ statement: items }]);
    expect(first('mean')).toMatchObject({ found: 2, totalSeconds: 4 });
  });

  it('functions that ask nothing have none', async () => {
    await report([detail('load', 'caller', 'src/shop.ts\nlist', 3)]);
    expect(statements(store, {}, window, byTotal)).toMatchObject({ found: 0, statements: [], totalSeconds: 0 });
  });
});

describe('functions that are called by one', () => {
  it('are those of it in any version, also where the caller is told without its file, and no others', async () => {
    await report([
      detail('price', 'caller', '\nload', 3),
      detail('Cart.total', 'caller', 'src/shop.ts\nload', 3),
      detail('list', 'caller', 'src/other.ts\nload', 3),
    ]);
    const v2 = { ...shop, version: 'v2', instance: 'two' };
    await report([], { instance: v2, arrival: now });
    const called = hot(store, {}, window, { by: 'calls', limit: 50, caller: 'src/shop.ts\nload' });
    expect(called.functions.map((each) => each.function).sort()).toEqual(['Cart.total', 'price']);
    expect(called.functions.map(({ calls }) => calls)).toEqual([20, 20]);
    expect(called.measuredFunctions).toBe(4);
    expect(hot(store, {}, window, { by: 'calls', limit: 50, caller: 'src/shop.ts\nnobody' }).functions).toEqual([]);
  });
});
