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

/** At most `most` bars of equal width on a logarithmic axis; empty for an empty histogram. */
export function bars(histogram: SparseHistogram, most: number): readonly Bar[] {
  const first = histogram.indexes[0];
  const last = histogram.indexes.at(-1);
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
