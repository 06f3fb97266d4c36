import { expect, test } from 'vitest';
import { twoSidedT } from './distributions.ts';

// Abramowitz & Stegun, Handbook of Mathematical Functions, table 26.10; the last ones have closed forms.
test.each([
  [12.706, 1, 0.05],
  [4.303, 2, 0.05],
  [2.228, 10, 0.05],
  [3.169, 10, 0.01],
  [2.042, 30, 0.05],
  [1, 1, 0.5],
  [0, 7, 1],
])('t = %f of %i degrees leaves %f in both tails', (t, degrees, p) => {
  expect(twoSidedT(t, degrees)).toBeCloseTo(p, 4);
  expect(twoSidedT(-t, degrees)).toBeCloseTo(p, 4);
});

test('far tails keep their digits: with two degrees the chance has a closed form', () => {
  for (const t of [5, 50, 5_000]) {
    const exact = 1 - t / Math.sqrt(t * t + 2);
    expect(twoSidedT(t, 2) / exact).toBeCloseTo(1, 6);
  }
});

test('with many degrees it is the normal distribution', () => {
  expect(twoSidedT(1.959964, 1e7)).toBeCloseTo(0.05, 6);
  expect(twoSidedT(4.891638, 1e7)).toBeCloseTo(1e-6, 9);
});
