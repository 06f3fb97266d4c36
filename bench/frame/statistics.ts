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
  const pairs = Math.min(values.length, baseline.length);
  return spread(Array.from({ length: pairs }, (_, at) => (values[at] ?? Number.NaN) / (baseline[at] ?? Number.NaN)));
}
