/**
 * Cumulative points as deltas (OpenTelemetry metrics data model, "Resets and Gaps"). Per series the last value is kept;
 * a new start time or a smaller value is a reset. What a request would change is staged until the store has taken it,
 * so that a refused request can be sent again.
 */
import { LRUCache } from 'lru-cache';
import { emptyBlob, encodeHistogram, HistogramSum } from '../store/histogram-blob.ts';
import type { DurationPoint, NumberPoint } from './metrics-request.ts';

/** Series kept, the longest unseen forgotten first: the next point of a forgotten one only sets its base line. */
const keptSeries = 200_000;

interface Seen {
  readonly start: number;
  readonly time: number;
  readonly value: number;
  readonly sumSeconds: number;
  readonly histogram: Uint8Array;
}

const sum = new HistogramSum();

export class CumulativeSeries {
  readonly #seen = new LRUCache<string, Seen>({ max: keptSeries });
  /** A series that began after this has no unseen past: its first point counts whole. */
  readonly #runningSince: number;

  constructor(runningSince: number) {
    this.#runningSince = runningSince;
  }

  stage(): StagedSeries {
    return new StagedSeries(this.#seen, this.#runningSince);
  }
}

export class StagedSeries {
  readonly #seen: LRUCache<string, Seen>;
  readonly #staged = new Map<string, Seen>();
  readonly #runningSince: number;

  constructor(seen: LRUCache<string, Seen>, runningSince: number) {
    this.#seen = seen;
    this.#runningSince = runningSince;
  }

  /** What the point adds; undefined when it adds nothing that is known. */
  number(series: string, point: NumberPoint): NumberPoint | undefined {
    const before = this.#step(series, point, point.value, 0, emptyBlob);
    if (before === 'none') return undefined;
    return { ...point, cumulative: false, value: before === 'whole' ? point.value : point.value - before.value };
  }

  duration(series: string, point: DurationPoint): DurationPoint | undefined {
    const before = this.#step(series, point, point.count, point.sumSeconds, point.histogram);
    if (before === 'none') return undefined;
    if (before === 'whole') return { ...point, cumulative: false };
    return {
      ...point,
      cumulative: false,
      count: point.count - before.value,
      sumSeconds: Math.max(0, point.sumSeconds - before.sumSeconds),
      histogram: difference(point.histogram, before.histogram),
    };
  }

  /** Makes what was staged the base line of the next points. Call when the store has taken the deltas. */
  commit(): void {
    for (const [series, seen] of this.#staged) {
      const known = this.#seen.get(series);
      if (known === undefined || known.time <= seen.time) this.#seen.set(series, seen);
    }
  }

  #step(
    series: string,
    point: { readonly start: number; readonly time: number },
    value: number,
    sumSeconds: number,
    histogram: Uint8Array,
  ): Seen | 'whole' | 'none' {
    const before = this.#staged.get(series) ?? this.#seen.get(series);
    if (before !== undefined && point.time <= before.time) return 'none';
    // A copy: the point's bytes lie in a larger piece of memory (`duration-histogram.ts`).
    this.#staged.set(series, { start: point.start, time: point.time, value, sumSeconds, histogram: histogram.slice() });
    if (before === undefined) return point.start > this.#runningSince ? 'whole' : 'none';
    const reset = value < before.value || (point.start > before.start && point.start >= before.time);
    return reset ? 'whole' : before;
  }
}

function difference(now: Uint8Array, before: Uint8Array): Uint8Array {
  sum.add(before);
  const earlier = sum.take();
  const earlierAt = new Map(earlier.indexes.map((index, i) => [index, earlier.counts[i] ?? 0]));
  sum.add(now);
  const { zeroCount, indexes, counts } = sum.take();
  // A sender that changed its scale in between may have moved calls between neighbours: never below none.
  const rest = indexes.map((index, i) => [index, Math.max(0, (counts[i] ?? 0) - (earlierAt.get(index) ?? 0))] as const);
  const kept = rest.filter(([, count]) => count > 0);
  return encodeHistogram({
    zeroCount: Math.max(0, zeroCount - earlier.zeroCount),
    indexes: kept.map(([index]) => index),
    counts: kept.map(([, count]) => count),
  });
}
