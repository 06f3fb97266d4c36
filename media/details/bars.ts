/** The bars of a latency histogram: buckets of scale 5 put together, so that few enough are left to see. */
import { bucketLowerBound, bucketUpperBound, type SparseHistogram } from '@runlens/protocol/histogram';

export interface Bar {
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  /** Estimated calls. */
  readonly count: number;
  /** Share of the highest bar, 0 to 1. */
  readonly height: number;
}

/** Buckets, both in it. */
export interface BucketRange {
  readonly first: number;
  readonly last: number;
}

/** That of all of them; undefined: they are empty. */
export function rangeOf(histograms: readonly SparseHistogram[]): BucketRange | undefined {
  const firsts = histograms.flatMap(({ indexes }) => indexes.slice(0, 1));
  const lasts = histograms.flatMap(({ indexes }) => indexes.slice(-1));
  return firsts.length === 0 ? undefined : { first: Math.min(...firsts), last: Math.max(...lasts) };
}

/**
 * At most `most` bars of equal width on a logarithmic axis; empty for an empty histogram. `range`: what the axis is of,
 * so that several can be compared; absent: the histogram's own.
 */
export function bars(histogram: SparseHistogram, most: number, range = rangeOf([histogram])): readonly Bar[] {
  const { first, last } = range ?? {};
  const zero: Bar[] = histogram.zeroCount > 0 ? [{ from: 0, to: 0, count: histogram.zeroCount, height: 0 }] : [];
  const counts: number[] = [];
  let width = 1;
  if (first !== undefined && last !== undefined) {
    width = Math.ceil((last - first + 1) / most);
    for (let i = 0; i < histogram.indexes.length; i += 1) {
      const at = Math.floor(((histogram.indexes[i] ?? first) - first) / width);
      counts[at] = (counts[at] ?? 0) + (histogram.counts[i] ?? 0);
    }
  }
  const start = first ?? 0;
  if (last !== undefined) counts.length = Math.ceil((last - start + 1) / width);
  const drawn = Array.from(counts, (count = 0, at) => ({
    from: bucketLowerBound(start + at * width),
    to: bucketUpperBound(start + at * width + width - 1),
    count,
    height: 0,
  }));
  const all = [...zero, ...drawn];
  const highest = Math.max(...all.map((bar) => bar.count));
  return all.map((bar) => ({ ...bar, height: bar.count / highest }));
}
