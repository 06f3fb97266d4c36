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
import { bucketUpperBound, histogramCount } from '@runlens/protocol/histogram';
import { twoSidedT } from './distributions.ts';

/** How often something happened in a batch, of so many chances: errors of calls, calls of minutes. */
export interface Counted {
  readonly count: number;
  /** 0: the batch says nothing. */
  readonly exposure: number;
}

/** Fewer batches with data on a side say nothing of how much it varies. */
export const leastBatches = 3;

/** How far apart two sides are. */
export interface Difference {
  /** In standard errors, as far as the batches tell: of Student's t. */
  readonly statistic: number;
  readonly degrees: number;
  /** Of the logarithm of the ratio of both sides: of their rates, or of their durations. */
  readonly variance: number;
}

/**
 * How different two rates are: the signed root of the likelihood-ratio statistic of two Poisson rates, its dispersion estimated
 * from the batches of each side by Pearson's χ² and never taken below 1 (P. McCullagh, J. A. Nelder, Generalized Linear Models, 2nd ed.
 * 1989, sections 4.5 and 9). undefined: too little is known.
 */
export function ratesDiffer(base: readonly Counted[], other: readonly Counted[]): Difference | undefined {
  const [one, two] = [sumOf(base), sumOf(other)];
  if (one.batches < leastBatches || two.batches < leastBatches) return undefined;
  const total = one.count + two.count;
  const degrees = one.batches + two.batches - 2;
  if (total === 0) return { statistic: 0, degrees, variance: 1 };
  const share = two.exposure / (one.exposure + two.exposure);
  const deviance = 2 * (surprise(two.count, total * share) + surprise(one.count, total * (1 - share)));
  // That of the side that varies more: what is rare on the other is too little there to show how it varies.
  const dispersion = Math.max(1, pearson(base, one) / (one.batches - 1), pearson(other, two) / (two.batches - 1));
  return {
    statistic: Math.sign(two.count - total * share) * Math.sqrt(Math.max(0, deviance) / dispersion),
    degrees,
    variance: dispersion * (1 / (one.count + 0.5) + 1 / (two.count + 0.5)),
  };
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
 * How different the ranks of durations are: each batch's mean rank among all calls of both sides (ridit: I. D. J. Bross, How to
 * use ridit analysis, Biometrics 14, 1958; with two sides it is the statistic of Wilcoxon's rank-sum test), as ratio
 * estimates (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, section 6.4) whose dispersion is that of the batches of both
 * sides. No shape of the distribution is assumed. `explained`: the part of the difference that the mix of entries makes
 * (`mix.ts`). undefined: too little is known.
 */
export function durationsDiffer(
  base: readonly SparseHistogram[],
  other: readonly SparseHistogram[],
  ridits: Ridits,
  explained = 0,
): Difference | undefined {
  const [one, two] = [meanOf(base, ridits), meanOf(other, ridits)];
  if (one === undefined || two === undefined) return undefined;
  const degrees = one.batches + two.batches - 2;
  const pooled = ((one.batches - 1) * one.dispersion + (two.batches - 1) * two.dispersion) / degrees;
  const variance = Math.max(1, pooled) * riditVariance * (1 / one.count + 1 / two.count);
  return {
    statistic: (two.mean - one.mean - explained) / Math.sqrt(variance),
    degrees,
    variance: variance / ((slopeOf(base) + slopeOf(other)) / 2) ** 2,
  };
}

/**
 * By how much the mean ridit grows when all durations grow by a factor of e: the integral of the squared density of their logarithm
 * (E. L. Lehmann, Nonparametrics, 1975, section 2.4, on the efficacy of Wilcoxon's test).
 */
function slopeOf(batches: readonly SparseHistogram[]): number {
  const counts = new Map<number, number>();
  let total = 0;
  for (const histogram of batches) {
    for (const [i, index] of histogram.indexes.entries()) {
      const wide = Math.floor(index / slopeBuckets);
      counts.set(wide, (counts.get(wide) ?? 0) + (histogram.counts[i] ?? 0));
      total += histogram.counts[i] ?? 0;
    }
  }
  const squares = [...counts.values()].reduce((sum, count) => sum + (count / total) ** 2, 0);
  return Math.max(leastSlope, squares / (slopeBuckets * Math.log(bucketUpperBound(0))));
}
/** So many buckets make one in which there are enough calls to tell a density. */
const slopeBuckets = 4;
/** That of durations that are spread over many powers of ten. */
const leastSlope = 0.02;

/** The share of all calls that are shorter than a bucket, plus half of those in it. */
export class Ridits {
  readonly #indexes: readonly number[];
  readonly #values: readonly number[];
  readonly #below: readonly number[];
  readonly #zero: number;

  constructor(histograms: readonly SparseHistogram[]) {
    const counts = new Map<number, number>();
    let zeros = 0;
    for (const { zeroCount, indexes, counts: own } of histograms) {
      zeros += zeroCount;
      for (const [i, index] of indexes.entries()) counts.set(index, (counts.get(index) ?? 0) + (own[i] ?? 0));
    }
    const sorted = [...counts].sort(([a], [b]) => a - b);
    const total = Math.max(
      1,
      sorted.reduce((sum, [, count]) => sum + count, zeros),
    );
    let below = zeros;
    const belows: number[] = [];
    this.#indexes = sorted.map(([index]) => index);
    this.#values = sorted.map(([, count]) => {
      belows.push(below / total);
      below += count;
      return (below - count / 2) / total;
    });
    this.#below = belows;
    this.#zero = zeros / 2 / total;
  }

  /** Also of a bucket in which no call is: of a coarser histogram. */
  of(index: number): number {
    let [low, high] = [0, this.#indexes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#indexes[middle] ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    return (this.#indexes[low] === index ? this.#values[low] : this.#below[low]) ?? 1;
  }

  /** The sum over all calls of a histogram. */
  sum({ zeroCount, indexes, counts }: SparseHistogram): number {
    return indexes.reduce((all, index, i) => all + this.of(index) * (counts[i] ?? 0), zeroCount * this.#zero);
  }
}

/** The variance of all calls' ridits: that of the uniform distribution, above which ties only take away. */
const riditVariance = 1 / 12;

/** The mean ridit of a side, and how many times as much its batches vary as those of independent calls. */
function meanOf(
  batches: readonly SparseHistogram[],
  ridits: Ridits,
):
  | { readonly mean: number; readonly count: number; readonly dispersion: number; readonly batches: number }
  | undefined {
  const known = batches.flatMap((histogram) => {
    const count = histogramCount(histogram);
    return count === 0 ? [] : [{ count, sum: ridits.sum(histogram) }];
  });
  if (known.length < leastBatches) return undefined;
  const count = known.reduce((all, each) => all + each.count, 0);
  const mean = known.reduce((all, each) => all + each.sum, 0) / count;
  const squares = known.reduce((all, each) => all + (each.sum - mean * each.count) ** 2, 0);
  const between = (known.length / (known.length - 1)) * (squares / count ** 2);
  return { mean, count, dispersion: (between * count) / riditVariance, batches: known.length };
}

/** The calls of each batch that took longer than the bucket of `above`, of all its calls. */
export function longerThan(batches: readonly SparseHistogram[], above: number): readonly Counted[] {
  return batches.map((histogram) => ({
    count: histogram.indexes.reduce((sum, index, i) => (index > above ? sum + (histogram.counts[i] ?? 0) : sum), 0),
    exposure: histogramCount(histogram),
  }));
}

/**
 * The chance of a difference at least as large where nothing has changed, two-sided. `usual`: how much differs by itself. What is usual
 * is known from many functions, and only the rest of the variance from the few batches of this one: the degrees of freedom of the sum
 * (F. E. Satterthwaite, An approximate distribution of estimates of variance components, Biometrics Bulletin 2, 1946).
 */
export function chanceOf(
  { statistic, degrees, variance }: Difference,
  usual: Usual = { center: 0, variance: 0 },
): number {
  const both = variance + usual.variance;
  const ofBoth = Math.min(mostDegrees, degrees * (both / variance) ** 2);
  return twoSidedT((statistic * Math.sqrt(variance) - usual.center) / Math.sqrt(both), ofBoth);
}
/** With as many Student's t is the normal distribution, and with far more its computation loses digits. */
const mostDegrees = 10_000;

/** How functions in which nothing has changed differ between two sides, by the logarithm of their ratio. */
export interface Usual {
  /** What they have in common: other machines, another hour. */
  readonly center: number;
  /** How far each is from it beyond what its batches show. */
  readonly variance: number;
}

/**
 * What is usual between two sides, so that the middle one of differences is as large as it should be and a few that did change
 * do not count (the median of χ² with one degree of freedom; the idea is that of the empirical null: B. Efron, Large-scale
 * simultaneous hypothesis testing, JASA 99, 2004). `differences`: of functions that were not chosen for how they differ.
 * `least`: the variance is not below that, as it is where they are few.
 */
export function usualOf(differences: readonly Difference[], least: number): Usual {
  if (differences.length < leastForUsual) return { center: 0, variance: least };
  const estimates = differences.map(({ statistic, variance }) => statistic * Math.sqrt(variance));
  const center = middleOf(estimates);
  const squares = estimates.map((estimate) => (estimate - center) ** 2);
  const excess = (between: number): number =>
    middleOf(squares.map((square, i) => square / ((differences[i]?.variance ?? 1) + between))) - medianOfSquare;
  if (excess(least) <= 0) return { center, variance: least };
  let [low, high] = [least, least + Math.max(...squares) / medianOfSquare];
  for (let step = 0; step < 50; step += 1) {
    const between = (low + high) / 2;
    if (excess(between) > 0) low = between;
    else high = between;
  }
  return { center, variance: high };
}
const leastForUsual = 30;
/** The median of χ² with one degree of freedom. */
const medianOfSquare = 0.4549;

const middleOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

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
