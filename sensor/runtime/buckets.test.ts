import { describe, expect, it } from 'vitest';
import { Buckets } from './buckets.ts';

describe('the buckets of a histogram', () => {
  it.each([
    ['ascending', [-3, 0, 0, 7]],
    ['descending', [7, 0, 0, -3]],
    ['in no order', [0, 7, -3, 0]],
  ])('are in order, each once, when filled %s', (_title, added) => {
    const buckets = new Buckets();
    added.forEach((index, at) => {
      buckets.add(index, 10 ** at);
    });
    const expected = new Map<number, number>();
    added.forEach((index, at) => {
      expected.set(index, (expected.get(index) ?? 0) + 10 ** at);
    });
    expect(buckets.indexes).toEqual([-3, 0, 7]);
    expect(buckets.weights).toEqual([-3, 0, 7].map((index) => expected.get(index)));
  });

  it('are none at first', () => {
    expect(new Buckets()).toEqual({ indexes: [], weights: [] });
  });
});
