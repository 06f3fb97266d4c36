import { describe, expect, it } from 'vitest';
import {
  bucketIndex,
  bucketLowerBound,
  bucketMiddle,
  bucketUpperBound,
  fromFinerScale,
  quantile,
  type SparseHistogram,
} from './histogram.ts';

function histogramOf(values: readonly number[]): SparseHistogram {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketIndex(value), (counts.get(bucketIndex(value)) ?? 0) + 1);
  const indexes = [...counts.keys()].sort((a, b) => a - b);
  return { zeroCount: 0, indexes, counts: indexes.map((index) => counts.get(index) ?? 0) };
}

describe('the exponential histogram', () => {
  it('puts each value between the bounds of its bucket, and its middle within 1.09 % of it', () => {
    for (let exponent = -9; exponent < 5; exponent += 0.0137) {
      const value = 10 ** exponent;
      const index = bucketIndex(value);
      expect(bucketLowerBound(index)).toBeLessThanOrEqual(value * (1 + 1e-12));
      expect(bucketUpperBound(index)).toBeGreaterThanOrEqual(value * (1 - 1e-12));
      expect(Math.abs(bucketMiddle(index) / value - 1)).toBeLessThan(0.0109);
    }
  });

  it('puts an exact power of two into the bucket that it closes, as OpenTelemetry says', () => {
    expect(bucketIndex(1)).toBe(-1);
    expect(bucketIndex(2)).toBe(31);
    expect(bucketUpperBound(bucketIndex(0.25))).toBe(0.25);
  });

  it('shifts buckets of a finer scale into the one that holds them whole', () => {
    for (const index of [-4_099, -33, -1, 0, 1, 4_095]) {
      const finer = 2 ** (1 / 2 ** 8);
      const middle = finer ** (index + 0.5);
      expect(fromFinerScale(index, 8)).toBe(bucketIndex(middle));
    }
    expect(() => fromFinerScale(0, 4)).toThrow(RangeError);
  });

  it('answers percentiles within the bucket error of the nearest rank', () => {
    const values = Array.from({ length: 1_000 }, (_, i) => (i + 1) / 1_000);
    const histogram = histogramOf(values);
    for (const q of [0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = values[Math.ceil(q * values.length) - 1] ?? Number.NaN;
      expect(Math.abs((quantile(histogram, q) ?? Number.NaN) / exact - 1)).toBeLessThan(0.0109);
    }
  });

  it('never answers beyond the known minimum and maximum', () => {
    const histogram = histogramOf([0.1]);
    expect(quantile(histogram, 0.5, { min: 0.1, max: 0.1 })).toBe(0.1);
  });

  it('knows nothing of an empty histogram, and counts zeros as zero', () => {
    expect(quantile({ zeroCount: 0, indexes: [], counts: [] }, 0.5)).toBeUndefined();
    expect(quantile({ zeroCount: 3, indexes: [0], counts: [1] }, 0.5)).toBe(0);
  });
});
