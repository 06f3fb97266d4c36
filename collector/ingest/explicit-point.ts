/** A classic (explicit bounds) histogram point, checked and made a duration: the same for both encodings. */
import { fromExplicit, fromMean, highestMiddle } from './duration-histogram.ts';
import type { DurationPoint, ExemplarPoint, PointAttributes } from './metrics-request.ts';

interface ExplicitPoint {
  readonly start: number;
  readonly time: number;
  readonly cumulative: boolean;
  readonly count: number;
  readonly sum: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly unit: number;
  readonly counts: readonly number[];
  readonly bounds: readonly number[];
  readonly exemplars: readonly ExemplarPoint[];
}

/** Why the buckets of a classic histogram cannot be meant; undefined when they can. */
export function explicitProblem(
  count: number,
  counts: readonly number[],
  bounds: readonly number[],
): string | undefined {
  if (counts.length === 0) return bounds.length === 0 ? undefined : 'a histogram has bounds and no buckets';
  if (counts.length !== bounds.length + 1) return 'a histogram has not one bucket more than bounds';
  if (counts.reduce((sum, each) => sum + each, 0) !== count) {
    return 'the buckets of a histogram do not add up to its count';
  }
  for (let i = 1; i < bounds.length; i += 1) {
    if (!((bounds[i - 1] ?? 0) < (bounds[i] ?? 0))) return 'the bounds of a histogram do not ascend';
  }
  return undefined;
}

export function explicitDuration(attributes: PointAttributes, point: ExplicitPoint): DurationPoint {
  const { start, time, cumulative, count, sum, min, max, unit, counts, bounds, exemplars } = point;
  const histogram =
    counts.length === 0
      ? fromMean(count, count === 0 ? 0 : (sum * unit) / count)
      : fromExplicit({ bounds, counts, min, max, unitSeconds: unit });
  return {
    attributes,
    start,
    time,
    cumulative,
    count,
    sumSeconds: sum * unit,
    maxSeconds: max === undefined ? highestMiddle(histogram) : Math.max(0, max * unit),
    histogram,
    exemplars,
  };
}
