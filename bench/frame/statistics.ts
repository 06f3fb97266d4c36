/** The q-quantile of the values by nearest rank; NaN when there are none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** The middle value; between two middle ones, their mean. NaN when there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

/** Where the middle lies and how far the values reach. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), count: values.length };
}

/**
 * The spread of `values[i] / baseline[i]`. Each pair was run one right after the other, so that what else the machine
 * did in that minute falls on both.
 */
export function ratios(values: readonly number[], baseline: readonly number[]): Spread {
  return spread(quotients(values, baseline));
}

/** The same as an estimate of the median. */
export function estimateOfRatios(values: readonly number[], baseline: readonly number[]): Estimate {
  return estimate(quotients(values, baseline));
}

function quotients(values: readonly number[], baseline: readonly number[]): readonly number[] {
  const pairs = Math.min(values.length, baseline.length);
  return Array.from({ length: pairs }, (_, at) => (values[at] ?? Number.NaN) / (baseline[at] ?? Number.NaN));
}

/** A median, and the interval that holds 95 of 100 medians of samples drawn again from the same values. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

const resamples = 2_000;

/**
 * The median with its bootstrap interval (Efron's percentile method). The draw is seeded, so that the same samples
 * always give the same interval. With fewer than five values the interval is little more than their least and most.
 */
export function estimate(values: readonly number[]): Estimate {
  const random = xorshift(0x2f6e2b1);
  const medians = Array.from({ length: values.length === 0 ? 0 : resamples }, () =>
    median(values.map(() => values[random() % values.length] ?? Number.NaN)),
  );
  return {
    median: median(values),
    low: quantile(medians, 0.025),
    high: quantile(medians, 0.975),
    count: values.length,
  };
}

/** Whole numbers from 0 to 2^32 - 1, the same ones for the same seed, which must not be 0. */
export function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
