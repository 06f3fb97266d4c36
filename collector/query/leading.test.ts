import { expect, test } from 'vitest';
import type { MeasuredFunction, Ranking } from '../store/profile-store.ts';
import { leading } from './leading.ts';

/** Two functions a group, so that members come along; ids are positions. */
function ranked(values: readonly number[]): Ranking {
  const functions = values.flatMap((_, cell) => [{ id: 2 * cell }, { id: 2 * cell + 1 }]);
  const none = values.map(() => 0);
  return {
    functions: functions as unknown as MeasuredFunction[], // only the identity is looked at here
    cellOf: functions.map((_, i) => i >> 1),
    cells: values.length,
    calls: none,
    errors: none,
    seconds: none,
    maxSeconds: none,
  };
}
const groups = (values: readonly number[], limit: number): number[] => [
  ...new Set(leading(ranked(values), values, limit).map(({ id }) => id >> 1)),
];

test('the highest are found, whatever the order they come in', () => {
  const random = Array.from({ length: 1_000 }, (_, i) => (i * 7_919) % 1_009);
  const exact = random.toSorted((one, other) => other - one).slice(0, 37);
  for (const values of [random, random.toSorted((a, b) => a - b), random.toSorted((a, b) => b - a)]) {
    expect(
      groups(values, 37)
        .map((cell) => values[cell])
        .sort((a, b) => Number(b) - Number(a)),
    ).toEqual(exact);
  }
});
test('all members of a group come with it', () => {
  expect(leading(ranked([1, 9, 5]), [1, 9, 5], 1).map(({ id }) => id)).toEqual([2, 3]);
});
test('of equal ones at the edge no more come than were asked for', () => {
  expect(groups([3, 1, 1, 1, 7], 3)).toEqual([0, 1, 4]);
  expect(groups([0, 0, 0], 2)).toEqual([0, 1]);
});
test('fewer than asked for are all', () => {
  expect(groups([1, 2], 5)).toEqual([0, 1]);
});
