import { expect, test } from 'vitest';
import { shop } from '../testing/batches.ts';
import { Catalog } from './catalog.ts';

test('beyond the limit of instances the two seen longest ago become one, and no time is lost', () => {
  const catalog = new Catalog({ scopes: 9, functionsOfScope: 9, functions: 9, instancesOfScope: 2 });
  const { scope } = catalog.scope(shop, 0) ?? {};
  if (scope === undefined) throw new Error('a scope was refused');
  const heard = (id: string, from: number, arrival: number) =>
    catalog.instance(scope, id, { from, arrival, ofSensor: true });
  heard('one', 0, 10);
  heard('two', 20, 30);
  heard('three', 40, 50);
  expect([...scope.instances].map(([id, { firstSeen, lastSeen }]) => [id, firstSeen, lastSeen])).toEqual([
    ['two', 0, 30],
    ['three', 40, 50],
  ]);
});

test('a silence ends where the numbers begin that come after it, and is none where there is no gap between them', () => {
  const catalog = new Catalog({ scopes: 9, functionsOfScope: 9, functions: 9, instancesOfScope: 2 });
  const { scope } = catalog.scope(shop, 0) ?? {};
  if (scope === undefined) throw new Error('a scope was refused');
  const heard = (from: number, arrival: number) =>
    catalog.instance(scope, 'one', { from: from * 1_000, arrival: arrival * 1_000, ofSensor: true }).silences;
  heard(0, 10);
  // Started again: what there is to measure is told before the first numbers, which are of the time before.
  expect(heard(310, 310)).toEqual([[10_000, 310_000]]);
  expect(heard(300, 311)).toEqual([[10_000, 300_000]]);
  // It could not reach the collector for a while.
  expect(heard(600, 600)).toEqual([
    [10_000, 300_000],
    [311_000, 600_000],
  ]);
  expect(heard(310, 601)).toEqual([[10_000, 300_000]]);
});

test('an instance keeps its latest silences only', () => {
  const catalog = new Catalog({ scopes: 9, functionsOfScope: 9, functions: 9, instancesOfScope: 2 });
  const { scope } = catalog.scope(shop, 0) ?? {};
  if (scope === undefined) throw new Error('a scope was refused');
  const hours = Array.from({ length: 100 }, (_, hour) => hour * 3_600_000);
  for (const from of hours) catalog.instance(scope, 'one', { from, arrival: from + 1_000, ofSensor: true });
  const silences = scope.instances.get('one')?.silences ?? [];
  expect(silences.length).toBe(16);
  expect(silences.at(-1)).toEqual([98 * 3_600_000 + 1_000, 99 * 3_600_000]);
});
