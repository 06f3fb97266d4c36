/** How long a function takes under which condition and for which entry, from what is counted beside its plain numbers. */
import type { ConditionsProfile, DurationSummary, Profile } from '@runlens/protocol/api/profile';
import {
  bucketUpperBound,
  coarserIndex,
  conditionScale,
  histogramCount,
  histogramScale,
  quantile,
  type SparseHistogram,
} from '@runlens/protocol/histogram';
import { type Condition, conditions } from '@runlens/protocol/telemetry';
import { HistogramSum } from '../store/histogram-blob.ts';
import type { DetailCount, StepNumbers } from '../store/profile-store.ts';

/** What some calls add up to. */
export interface Durations {
  readonly histogram: SparseHistogram;
  readonly seconds: number;
  readonly maxSeconds: number;
}

const loads: readonly (readonly [Condition, string])[] = [
  [conditions.requests1, '1'],
  [conditions.requests2, '2-4'],
  [conditions.requests5, '5-16'],
  [conditions.requests17, '17+'],
];

/** `all`: of the same whole hours; undefined where it is not known. `hours`: of the weeks before. */
export function conditionsOf(
  details: readonly DetailCount[],
  all: Durations | undefined,
  hours: readonly StepNumbers[],
): ConditionsProfile | null {
  const told = durationsBy(details, 'condition');
  if (told.size === 0 && hours.length === 0) return null;
  const of = (condition: Condition) => summaryOf(told.get(condition));
  const others = (condition: Condition) => {
    const some = told.get(condition);
    return some && all ? summaryOf(without(all, some)) : null;
  };
  return {
    cold: of(conditions.cold),
    warm: others(conditions.cold),
    failed: of(conditions.failed),
    fine: others(conditions.failed),
    concurrency: loads.flatMap(([condition, requests]) => {
      const duration = of(condition);
      return duration ? [{ requests, duration }] : [];
    }),
    hours: hoursOfWeek(hours),
  };
}

const hourMilliseconds = 3_600_000;
const hoursInWeek = 168;
/** 1970 began on a Thursday: so many hours after Monday. */
const hoursFromMonday = 72;

function hoursOfWeek(hours: readonly StepNumbers[]): ConditionsProfile['hours'] {
  const byHour = Map.groupBy(
    hours.filter(({ histogram }) => histogramCount(histogram) > 0),
    ({ at }) => (at / hourMilliseconds + hoursFromMonday) % hoursInWeek,
  );
  return [...byHour]
    .map(([hour, all]) => {
      for (const { histogram } of all) addTo(sum, histogram);
      const histogram = sum.take();
      const calls = all.reduce((total, each) => total + each.calls, 0);
      return { hour, calls, p50: quantile(histogram, 0.5) ?? 0, p99: quantile(histogram, 0.99) ?? 0 };
    })
    .sort((one, other) => one.hour - other.hour);
}

/** Calls are of the counts of callers, durations of the calls of which there are some. */
export function entriesOf(details: readonly DetailCount[]): Profile['entries'] {
  const calls = new Map<string, number>();
  for (const { kind, label, count } of details) {
    if (kind === 'entry') calls.set(label, (calls.get(label) ?? 0) + count);
  }
  const durations = durationsBy(details, 'entryDuration');
  return [...calls]
    .map(([name, count]) => ({ name, calls: count, duration: summaryOf(durations.get(name)) }))
    .sort((one, other) => other.calls - one.calls);
}

function durationsBy(
  details: readonly DetailCount[],
  kind: 'condition' | 'entryDuration',
): ReadonlyMap<string, Durations> {
  const byLabel = new Map<string, Durations>();
  for (const { kind: detailKind, label, seconds, maxSeconds, histogram } of details) {
    if (detailKind !== kind || histogram === undefined) continue;
    const known = byLabel.get(label);
    byLabel.set(label, known ? added(known, { histogram, seconds, maxSeconds }) : { histogram, seconds, maxSeconds });
  }
  return byLabel;
}

const sum = new HistogramSum();
const perBucket = 2 ** (histogramScale - conditionScale);
const middle = (perBucket - 1) / 2;

function addTo(into: HistogramSum, { zeroCount, indexes, counts }: SparseHistogram): void {
  into.addZeros(zeroCount);
  for (const [i, index] of indexes.entries()) into.addBucket(index, counts[i] ?? 0);
}

function added(one: Durations, other: Durations): Durations {
  addTo(sum, one.histogram);
  addTo(sum, other.histogram);
  return {
    histogram: sum.take(),
    seconds: one.seconds + other.seconds,
    maxSeconds: Math.max(one.maxSeconds, other.maxSeconds),
  };
}

/**
 * The calls of `all` but for `some`, bucket by bucket of the coarser scale that conditions are told at: at the finer one
 * it is not known where in its bucket a call was. Where some were told and their own whole was not, none are left.
 */
function without(all: Durations, some: Durations): Durations {
  const [minuend, subtrahend] = [coarse(all.histogram), coarse(some.histogram)];
  const indexes: number[] = [];
  const counts: number[] = [];
  for (const [index, count] of [...minuend].sort(([one], [other]) => one - other)) {
    const left = Math.round(count - (subtrahend.get(index) ?? 0));
    if (left <= 0) continue;
    // So that its middle is that of the buckets that it covers.
    indexes.push(index * perBucket + middle);
    counts.push(left);
  }
  const zeroCount = Math.max(0, all.histogram.zeroCount - some.histogram.zeroCount);
  const last = indexes.at(-1);
  return {
    histogram: { zeroCount, indexes, counts },
    seconds: Math.max(0, all.seconds - some.seconds),
    maxSeconds: last === undefined ? 0 : Math.min(all.maxSeconds, bucketUpperBound(last + middle)),
  };
}

function coarse({ indexes, counts }: SparseHistogram): Map<number, number> {
  const buckets = new Map<number, number>();
  for (const [i, index] of indexes.entries()) {
    const at = coarserIndex(index, conditionScale);
    buckets.set(at, (buckets.get(at) ?? 0) + (counts[i] ?? 0));
  }
  return buckets;
}

function summaryOf(durations: Durations | undefined): DurationSummary | null {
  if (durations === undefined) return null;
  const { histogram, seconds, maxSeconds: max } = durations;
  const samples = histogramCount(histogram);
  if (samples === 0) return null;
  const at = (q: number): number => quantile(histogram, q, { max }) ?? 0;
  return {
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max,
    mean: seconds / samples,
    total: seconds,
    samples,
  };
}
