import { bucketIndex } from '@runlens/protocol/histogram';
import { expect, test } from 'vitest';
import { bars } from './bars.ts';

test('an empty histogram has no bars', () => {
  expect(bars({ zeroCount: 0, indexes: [], counts: [] }, 40)).toEqual([]);
});

test('bars hold every call, are few enough, and cover the whole range', () => {
  const indexes = [0.001, 0.002, 0.5, 30].map(bucketIndex);
  const drawn = bars({ zeroCount: 2, indexes, counts: [5, 6, 7, 8] }, 40);
  expect(drawn.length).toBeLessThanOrEqual(41);
  expect(drawn.reduce((sum, bar) => sum + bar.count, 0)).toBe(28);
  expect(drawn[1]?.from).toBeLessThan(0.001);
  expect(drawn.at(-1)?.to).toBeGreaterThanOrEqual(30);
});

test('the highest bar is the measure of all, and gaps are kept as gaps', () => {
  const drawn = bars({ zeroCount: 0, indexes: [0, 3], counts: [10, 5] }, 40);
  expect(drawn.map((bar) => bar.height)).toEqual([1, 0, 0, 0.5]);
});
