import { expect, test } from 'vitest';
import { fullestCell, heatCells } from './heat-cells.ts';

const point = (indexes: number[], counts: number[], zeroCount = 0) => ({
  duration: { p50: 1, p90: 1, p99: 1, histogram: { zeroCount, indexes, counts } },
});

test('nothing timed is no map, not an empty one', () => {
  expect(heatCells([])).toBeUndefined();
  expect(heatCells([{ duration: null }, point([], [])])).toBeUndefined();
});

test('each cell is a bucket in its column, with its bounds in seconds', () => {
  const map = heatCells([{ duration: null }, point([0, 4], [3, 9])]);
  expect(map?.cells).toEqual([
    { column: 1, from: 1, to: 2 ** 0.25, calls: 3 },
    { column: 1, from: 2, to: 2 ** 1.25, calls: 9 },
  ]);
  expect(map).toMatchObject({ mostCalls: 9, least: 1, most: 2 ** 1.25 });
});

test('calls too short for the clock are below all others', () => {
  expect(heatCells([point([0], [3], 7)])?.cells[0]).toMatchObject({ to: 1, calls: 7 });
  expect(heatCells([point([], [], 7)])?.mostCalls).toBe(7);
});

test('most calls of a time are in its fullest cell', () => {
  expect(fullestCell(point([0, 4], [3, 9]))).toMatchObject({ from: 2, calls: 9 });
  expect(fullestCell({ duration: null })).toBeUndefined();
});

test('a wide range has few rows, in which no call is lost', () => {
  const indexes = Array.from({ length: 120 }, (_, i) => i - 60);
  const map = heatCells([
    point(
      indexes,
      indexes.map(() => 2),
    ),
  ]);
  expect(map?.cells.length).toBeLessThanOrEqual(32);
  expect(map?.cells.reduce((sum, { calls }) => sum + calls, 0)).toBe(240);
});
