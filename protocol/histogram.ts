/**
 * Durations are exponential histograms as in OpenTelemetry (data model, "ExponentialHistogram"), at one fixed scale:
 * bucket i holds values in (base^i, base^(i+1)] with base = 2^(2^-5), so a bucket's geometric middle is at most 1.09 %
 * away from any value in it. One scale everywhere makes merging an addition; finer incoming scales shift down exactly.
 */
export const histogramScale = 5;
const bucketsPerOctave = 2 ** histogramScale;

/** The bucket of a positive duration in seconds. Values that are not positive belong to the zero count. */
export function bucketIndex(seconds: number): number {
  return Math.ceil(Math.log2(seconds) * bucketsPerOctave) - 1;
}

/** The exclusive lower bound of a bucket, in seconds. */
export function bucketLowerBound(index: number): number {
  return 2 ** (index / bucketsPerOctave);
}

/** The inclusive upper bound of a bucket, in seconds. */
export function bucketUpperBound(index: number): number {
  return 2 ** ((index + 1) / bucketsPerOctave);
}

/** The geometric middle of a bucket, in seconds: the value that stands for all of it. */
export function bucketMiddle(index: number): number {
  return 2 ** ((index + 0.5) / bucketsPerOctave);
}

/** The bucket at our scale that holds the whole of a bucket of a finer (or equal) scale. */
export function fromFinerScale(index: number, scale: number): number {
  if (scale < histogramScale) throw new RangeError(`scale ${scale} is coarser than ${histogramScale}`);
  return index >> (scale - histogramScale);
}

/** What is told by conditions and entries, which are many: a bucket's middle is at most 4.4 % away from what is in it. */
export const conditionScale = 3;

/** Of series over time: four buckets an octave, so that bounds of neighbours are 19 % apart. */
export const seriesScale = 2;

/** The bucket of a coarser (or the same) scale that holds the whole of a bucket of ours. */
export const coarserIndex = (index: number, scale: number): number => index >> (histogramScale - scale);

/** A histogram in transit: bucket indexes ascending, with their counts. */
export interface SparseHistogram {
  readonly zeroCount: number;
  readonly indexes: readonly number[];
  readonly counts: readonly number[];
}

/** How many values a histogram holds. */
export function histogramCount(histogram: SparseHistogram): number {
  return histogram.counts.reduce((sum, count) => sum + count, histogram.zeroCount);
}

/**
 * The value in seconds below which a share `q` (0 to 1) of the values lie, by the nearest-rank rule, or undefined for an
 * empty histogram. Error at most 1.09 % of the true value. `min` and `max`, where known, bound the answer.
 */
export function quantile(
  histogram: SparseHistogram,
  q: number,
  bounds: { readonly min?: number; readonly max?: number } = {},
): number | undefined {
  const total = histogramCount(histogram);
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil(q * total));
  let seen = histogram.zeroCount;
  let value = 0;
  for (let i = 0; seen < rank && i < histogram.indexes.length; i += 1) {
    seen += histogram.counts[i] ?? 0;
    value = bucketMiddle(histogram.indexes[i] ?? 0);
  }
  if (bounds.max !== undefined) value = Math.min(value, bounds.max);
  if (bounds.min !== undefined) value = Math.max(value, bounds.min);
  return value;
}
