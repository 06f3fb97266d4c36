/** Whether the requests of a service fail more or take longer than they may, or than is usual: rules, without clock and store. */
import type { EventSeverity } from '@runlens/protocol/api/events';
import { formatCount, formatSeconds, formatShare } from '@runlens/protocol/format';
import { histogramCount, quantile, type SparseHistogram } from '@runlens/protocol/histogram';
import type { EventThreshold } from '@runlens/protocol/policy';
import { chanceOf, durationsDiffer, Ridits, ratesDiffer } from '../../query/comparison/tests.ts';
import { HistogramSum } from '../../store/histogram-blob.ts';

/** The requests of a stretch of time. */
export interface Requests {
  readonly calls: number;
  readonly errors: number;
  readonly histogram: SparseHistogram;
}

export interface Judged {
  /** `between`: worse than it should be to be over, and not bad enough to begin. */
  readonly verdict: 'bad' | 'between' | 'calm';
  readonly severity: EventSeverity;
  /** What was measured, and by what it is judged. */
  readonly why: string;
}

/** Fewer say nothing. */
const leastErrors = 10;
const leastTimed = 50;
/** So small a chance is not met by looking twice a minute at some services for a year. */
const surprising = 1e-5;
/** Beside being surprising it must matter. */
const matters = { errorTimes: 2, errorShare: 0.01, latencyTimes: 2, latencySeconds: 0.01 };
/** What has begun is over below this part of what it takes to begin. */
const overBelow = 0.8;
const critical = { errorRate: 0.25, thresholdTimes: 5 };
const slow = 0.95;

/** `recent`: minutes; `usual`: what was before, in stretches of five. */
export function judgeErrors(recent: readonly Requests[], usual: readonly Requests[], rule: EventThreshold): Judged {
  const [now, before] = [sumOf(recent), sumOf(usual)];
  const rate = shareOf(now);
  const usually = shareOf(before);
  const told = `${formatShare(rate)} of ${formatCount(now.calls)} requests failed in 5 minutes`;
  const fixed = rule.errorRate;
  const isCritical = rate >= critical.errorRate || (fixed !== undefined && rate >= fixed * critical.thresholdTimes);
  const severity = isCritical ? 'critical' : 'warning';
  const least = now.errors >= leastErrors;
  if (fixed !== undefined && rate >= fixed && least)
    return { verdict: 'bad', severity, why: `${told}; the threshold is ${formatShare(fixed)}` };
  const bound = Math.max(usually * matters.errorTimes, usually + matters.errorShare);
  const isUnusual = rule.unusual !== false && before.calls > 0;
  if (isUnusual && rate >= bound && least) {
    const counted = (each: Requests) => ({ count: each.errors, exposure: each.calls });
    const difference = ratesDiffer(usual.map(counted), recent.map(counted));
    if (difference !== undefined && chanceOf(difference) <= surprising)
      return { verdict: 'bad', severity, why: `${told}; usually ${formatShare(usually)}` };
  }
  const isCalm =
    (fixed === undefined || rate < fixed * overBelow) && (!isUnusual || rate < Math.max(bound * overBelow, usually));
  return { verdict: isCalm || !least ? 'calm' : 'between', severity, why: told };
}

export function judgeLatency(recent: readonly Requests[], usual: readonly Requests[], rule: EventThreshold): Judged {
  const [now, before] = [sumOf(recent), sumOf(usual)];
  const took = quantile(now.histogram, slow) ?? 0;
  const usually = quantile(before.histogram, slow) ?? 0;
  const told = `p95 of requests is ${formatSeconds(took)}`;
  const severity = 'warning';
  if (histogramCount(now.histogram) < leastTimed) return { verdict: 'calm', severity, why: told };
  const fixed = rule.p95Seconds;
  if (fixed !== undefined && took >= fixed)
    return { verdict: 'bad', severity, why: `${told}; the threshold is ${formatSeconds(fixed)}` };
  const bound = Math.max(usually * matters.latencyTimes, usually + matters.latencySeconds);
  const isUnusual = rule.unusual !== false && histogramCount(before.histogram) >= leastTimed;
  if (isUnusual && took >= bound) {
    const histograms = (requests: readonly Requests[]) => requests.map(({ histogram }) => histogram);
    const ridits = new Ridits([before.histogram, now.histogram]);
    const difference = durationsDiffer(histograms(usual), histograms(recent), ridits);
    if (difference !== undefined && chanceOf(difference) <= surprising)
      return { verdict: 'bad', severity, why: `${told}; usually ${formatSeconds(usually)}` };
  }
  const isCalm = (fixed === undefined || took < fixed * overBelow) && (!isUnusual || took < bound * overBelow);
  return { verdict: isCalm ? 'calm' : 'between', severity, why: told };
}

const shareOf = ({ calls, errors }: Requests): number => (calls === 0 ? 0 : errors / calls);

export function sumOf(all: readonly Requests[]): Requests {
  const sum = new HistogramSum();
  let [calls, errors] = [0, 0];
  for (const each of all) {
    calls += each.calls;
    errors += each.errors;
    sum.addZeros(each.histogram.zeroCount);
    for (const [i, index] of each.histogram.indexes.entries()) sum.addBucket(index, each.histogram.counts[i] ?? 0);
  }
  return { calls, errors, histogram: sum.take() };
}
