/**
 * Whether two stretches of production differ by more than production differs from itself.
 *
 * Calls do not come one by one and do not fail independently: load comes in waves, failures in bursts, and a timed call
 * stands for many (docs/sampling.md) without saying for how many. A test that takes calls for independent would therefore
 * call every wave a change. So each side is cut into batches of time, and what is taken for chance is how much the
 * batches of one side differ: the method of batch means (B. Schmeiser, Batch size effects in the analysis of simulation
 * output, Operations Research 30, 1982).
 */
import type { SparseHistogram } from '@runlens/protocol/histogram';
import { histogramCount } from '@runlens/protocol/histogram';
import { twoSidedT } from './distributions.ts';

/** How often something happened in a batch, of so many chances: errors of calls, calls of minutes. */
export interface Counted {
  readonly count: number;
  /** 0: the batch says nothing. */
  readonly exposure: number;
}

/** Fewer batches with data on a side say nothing of how much it varies. */
export const leastBatches = 3;

/**
 * The chance of rates at least this different when they are the same, two-sided: the likelihood-ratio test of two Poisson
 * rates, its dispersion estimated from the batches by Pearson's χ² and never taken below 1 (P. McCullagh, J. A. Nelder,
 * Generalized Linear Models, 2nd ed. 1989, sections 4.5 and 9). undefined: too little is known.
 */
export function ratesDiffer(base: readonly Counted[], other: readonly Counted[]): number | undefined {
  const [one, two] = [sumOf(base), sumOf(other)];
  if (one.batches < leastBatches || two.batches < leastBatches) return undefined;
  const total = one.count + two.count;
  if (total === 0) return 1;
  const share = two.exposure / (one.exposure + two.exposure);
  const deviance = 2 * (surprise(two.count, total * share) + surprise(one.count, total * (1 - share)));
  const degrees = one.batches + two.batches - 2;
  const dispersion = Math.max(1, (pearson(base, one) + pearson(other, two)) / degrees);
  return twoSidedT(Math.sqrt(Math.max(0, deviance) / dispersion), degrees);
}

interface Sum {
  readonly count: number;
  readonly exposure: number;
  readonly batches: number;
}

function sumOf(batches: readonly Counted[]): Sum {
  const known = batches.filter(({ exposure }) => exposure > 0);
  return {
    count: known.reduce((sum, { count }) => sum + count, 0),
    exposure: known.reduce((sum, { exposure }) => sum + exposure, 0),
    batches: known.length,
  };
}

const surprise = (count: number, expected: number): number => (count === 0 ? 0 : count * Math.log(count / expected));

function pearson(batches: readonly Counted[], { count, exposure }: Sum): number {
  if (count === 0) return 0;
  return batches.reduce((sum, batch) => {
    const expected = (count * batch.exposure) / exposure;
    return batch.exposure > 0 ? sum + (batch.count - expected) ** 2 / expected : sum;
  }, 0);
}

/**
 * The chance of durations that rank at least this different when they are the same, two-sided: each batch's mean rank
 * among all calls of both sides (ridit: I. D. J. Bross, How to use ridit analysis, Biometrics 14, 1958; with two
 * sides it is the statistic of Wilcoxon's rank-sum test), compared by Welch's t of the sides' ratio estimates (B. L. Welch,
 * Biometrika 34, 1947; W. G. Cochran, Sampling Techniques, 3rd ed. 1977, section 6.4). No shape of the distribution is
 * assumed. undefined: too little is known.
 */
export function durationsDiffer(
  base: readonly SparseHistogram[],
  other: readonly SparseHistogram[],
): number | undefined {
  const ridits = riditsOf([...base, ...other]);
  const [one, two] = [meanOf(base, ridits), meanOf(other, ridits)];
  if (one === undefined || two === undefined) return undefined;
  const variance = one.variance + two.variance;
  if (variance === 0) return one.mean === two.mean ? 1 : 0;
  const degrees = variance ** 2 / (one.variance ** 2 / (one.batches - 1) + two.variance ** 2 / (two.batches - 1));
  return twoSidedT((two.mean - one.mean) / Math.sqrt(variance), degrees);
}

/** The share of all calls that are shorter than those of a bucket, plus half of the equal ones; by bucket. */
function riditsOf(histograms: readonly SparseHistogram[]): { readonly of: (index: number) => number; zero: number } {
  const counts = new Map<number, number>();
  let zeros = 0;
  let total = 0;
  for (const { zeroCount, indexes, counts: own } of histograms) {
    zeros += zeroCount;
    total += zeroCount;
    for (const [i, index] of indexes.entries()) {
      counts.set(index, (counts.get(index) ?? 0) + (own[i] ?? 0));
      total += own[i] ?? 0;
    }
  }
  const ridits = new Map<number, number>();
  let below = zeros;
  for (const [index, count] of [...counts].sort(([a], [b]) => a - b)) {
    ridits.set(index, (below + count / 2) / total);
    below += count;
  }
  return { of: (index) => ridits.get(index) ?? 0, zero: total === 0 ? 0 : zeros / 2 / total };
}

/** The variance of all calls' ridits: that of the uniform distribution, above which ties only take away. */
const riditVariance = 1 / 12;

/** The mean ridit of a side and its variance, which is not below that of as many independent calls. */
function meanOf(
  batches: readonly SparseHistogram[],
  ridits: ReturnType<typeof riditsOf>,
): { readonly mean: number; readonly variance: number; readonly batches: number } | undefined {
  const known = batches.flatMap((histogram) => {
    const count = histogramCount(histogram);
    if (count === 0) return [];
    const sum = histogram.indexes.reduce(
      (all, index, i) => all + ridits.of(index) * (histogram.counts[i] ?? 0),
      histogram.zeroCount * ridits.zero,
    );
    return [{ count, sum }];
  });
  if (known.length < leastBatches) return undefined;
  const count = known.reduce((all, each) => all + each.count, 0);
  const mean = known.reduce((all, each) => all + each.sum, 0) / count;
  const squares = known.reduce((all, each) => all + (each.sum - mean * each.count) ** 2, 0);
  const between = (known.length / (known.length - 1)) * (squares / count ** 2);
  return { mean, variance: Math.max(between, riditVariance / count), batches: known.length };
}

/** The calls of each batch that took longer than the bucket of `above`, of all its calls. */
export function longerThan(batches: readonly SparseHistogram[], above: number): readonly Counted[] {
  return batches.map((histogram) => ({
    count: histogram.indexes.reduce((sum, index, i) => (index > above ? sum + (histogram.counts[i] ?? 0) : sum), 0),
    exposure: histogramCount(histogram),
  }));
}

/**
 * For each chance, the share of false ones among all tests at most as surprising as it: Y. Benjamini, Y. Hochberg,
 * Controlling the false discovery rate, J. Royal Stat. Soc. B 57, 1995. `tests`: how many were made, also those whose
 * chances are not given as they are large.
 */
export function falseDiscoveryRates(chances: readonly number[], tests = chances.length): readonly number[] {
  const order = chances.map((_, i) => i).sort((one, other) => (chances[other] ?? 0) - (chances[one] ?? 0));
  const rates = new Array<number>(chances.length).fill(1);
  let least = 1;
  for (const [place, i] of order.entries()) {
    least = Math.min(least, ((chances[i] ?? 1) * Math.max(tests, chances.length)) / (chances.length - place));
    rates[i] = least;
  }
  return rates;
}
