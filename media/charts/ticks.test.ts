import { expect, test } from 'vitest';
import { logarithmicTicks } from './ticks.ts';

test('marks of an axis are round numbers within it, and few', () => {
  expect(logarithmicTicks(0.0015, 0.06)).toEqual([0.002, 0.005, 0.01, 0.02, 0.05]);
  expect(logarithmicTicks(1e-6, 1e-3)).toEqual(
    [1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3].filter((_, i) => i % 2 === 0),
  );
  expect(logarithmicTicks(1e-9, 1e3).length).toBeLessThanOrEqual(7);
});
