/**
 * What a change of the traffic's mix makes of a function, so that it is not taken for a change of the function: by entry (route
 * or job), how often the function runs for it and how long it takes then.
 */
import type { SparseHistogram } from '@runlens/protocol/histogram';
import { bucketMiddle, histogramCount } from '@runlens/protocol/histogram';
import type { Ridits } from './tests.ts';

/** Of a function for one entry, by whole hours that touch the side. */
export interface EntryShare {
  readonly calls: number;
  /** Of timed calls; undefined: not told. */
  readonly durations: SparseHistogram | undefined;
}

/** How often each entry ran. */
export interface EntryCounts {
  /** By whole hours that touch the side: what function's counts by entry are of. */
  readonly hours: ReadonlyMap<string, number>;
  /** By batch of the side. */
  readonly batches: readonly ReadonlyMap<string, number>[];
}

export interface MixSide {
  /** Of the function, in the whole hours. */
  readonly calls: number;
  readonly entries: ReadonlyMap<string, EntryShare>;
  readonly requests: EntryCounts;
  /** Of the function, by batch. */
  readonly batches: readonly { readonly minutes: number; readonly calls: number }[];
}

export interface Stratum {
  /** Of the function's calls. */
  readonly share: { readonly base: number; readonly now: number };
  /** undefined: not known on both sides. */
  readonly durations: { readonly base: SparseHistogram; readonly now: SparseHistogram } | undefined;
  /** Standard error of the logarithm of the ratio of its shares. */
  readonly error: number;
}

export interface Mix {
  /** The calls that are to be expected in each batch if the function does for each entry what it did on the base side. */
  readonly expected: { readonly base: readonly number[]; readonly now: readonly number[] };
  readonly strata: readonly Stratum[];
}

/** An entry that ran less often on a side says nothing of what is usual there. */
const leastRequests = 20;
/** Timed calls of an entry on each side. */
const leastDurations = 10;

/** `traffic`: calls a minute of the whole service, now over base: for what belongs to no entry. */
export function mixOf(base: MixSide, now: MixSide, traffic: number): Mix {
  const names = new Set([...base.entries.keys(), ...now.entries.keys()]);
  const perRequest = new Map<string, number>();
  const strata: (Omit<Stratum, 'share'> & { weights: [number, number] })[] = [];
  const [rateBase, rateNow] = [base, now].map(rateOf) as [number, number];
  const minutes = [base, now].map(minutesOf) as [number, number];
  let jobs = 0;
  for (const name of names) {
    const [one, two] = [base.entries.get(name), now.entries.get(name)];
    const [before, after] = [base.requests.hours.get(name) ?? 0, now.requests.hours.get(name) ?? 0];
    const calls = [one?.calls ?? 0, two?.calls ?? 0] as const;
    const shares = [shareOf(base, calls[0]), shareOf(now, calls[1])] as const;
    const isCounted = before + after > 0;
    // A job that is not counted runs by the clock and not by the traffic.
    if (!isCounted) jobs += base.calls > 0 ? shares[0] * rateBase : shares[1] * rateNow;
    else if (before >= leastRequests) perRequest.set(name, calls[0] / before);
    // One that was not there before says nothing of the function.
    else if (after > 0) perRequest.set(name, calls[1] / after);
    const requests = [requestsOf(base, name), requestsOf(now, name)] as const;
    const usual = isCounted
      ? (calls[0] + calls[1]) / (before + after)
      : (shares[0] * rateBase + shares[1] * rateNow) / 2;
    strata.push({
      weights: isCounted ? [(usual * requests[0]) / minutes[0], (usual * requests[1]) / minutes[1]] : [usual, usual],
      error: isCounted ? Math.sqrt(1 / (requests[0] + 0.5) + 1 / (requests[1] + 0.5)) : 0,
      durations: bothOf(one?.durations, two?.durations),
    });
  }
  const unknown = Math.max(0, 1 - [...base.entries.values()].reduce((sum, { calls }) => sum + shareOf(base, calls), 0));
  const usual = unknown * rateBase;
  strata.push({ weights: [usual, usual * traffic], error: 0, durations: undefined });
  const expected = (side: MixSide, factor: number): readonly number[] =>
    side.batches.map(({ minutes: length }, i) => {
      let sum = (jobs + usual * factor) * length;
      for (const [name, each] of perRequest) sum += each * (side.requests.batches[i]?.get(name) ?? 0);
      return sum;
    });
  const totals = [0, 1].map((side) => strata.reduce((sum, { weights }) => sum + (weights[side] ?? 0), 0));
  return {
    expected: { base: expected(base, 1), now: expected(now, traffic) },
    strata: strata.map(({ weights: [one, two], error, durations }) => ({
      share: { base: one / (totals[0] || 1), now: two / (totals[1] || 1) },
      error,
      durations,
    })),
  };
}

const minutesOf = ({ batches }: MixSide): number =>
  Math.max(
    1e-9,
    batches.reduce((sum, { minutes }) => sum + minutes, 0),
  );
const rateOf = (side: MixSide): number => side.batches.reduce((sum, { calls }) => sum + calls, 0) / minutesOf(side);
const shareOf = ({ calls: all }: MixSide, calls: number): number => (all > 0 ? Math.min(1, calls / all) : 0);
const requestsOf = ({ requests }: MixSide, name: string): number =>
  requests.batches.reduce((sum, batch) => sum + (batch.get(name) ?? 0), 0);

const bothOf = (base: SparseHistogram | undefined, now: SparseHistogram | undefined): Stratum['durations'] =>
  base !== undefined && now !== undefined && Math.min(histogramCount(base), histogramCount(now)) >= leastDurations
    ? { base, now }
    : undefined;

/**
 * The part of a difference of means that the mix makes: of each stratum, the change of its share times what it is on average of both
 * sides (E. M. Kitagawa, Components of a difference between two rates, JASA 50, 1955). A stratum of which nothing is known counts
 * as the mean of the others.
 */
function explained(strata: readonly Stratum[], of: (histogram: SparseHistogram) => number): number {
  const known = strata.flatMap(({ share, durations }) =>
    durations === undefined ? [] : [{ share, value: (of(durations.base) + of(durations.now)) / 2 }],
  );
  const weight = known.reduce((sum, { share }) => sum + share.base + share.now, 0);
  if (weight === 0) return 0;
  const mean = known.reduce((sum, { share, value }) => sum + (share.base + share.now) * value, 0) / weight;
  return known.reduce((sum, { share, value }) => sum + (share.now - share.base) * (value - mean), 0);
}

/** Of the difference of mean ridits. */
export const explainedRidit = (strata: readonly Stratum[], ridits: Ridits): number =>
  explained(strata, (histogram) => ridits.sum(histogram) / histogramCount(histogram));

/** Of the difference of the shares of calls that take longer than a bucket. */
export const explainedShare = (strata: readonly Stratum[], above: number): number =>
  explained(
    strata,
    ({ indexes, counts, ...rest }) =>
      indexes.reduce((sum, index, i) => sum + (index > above ? (counts[i] ?? 0) : 0), 0) /
      histogramCount({ indexes, counts, ...rest }),
  );

/** How many times as long as on the base side a percentile would be by the mix alone. */
export function explainedRatio(strata: readonly Stratum[], q: number): number {
  const known = strata.flatMap(({ share, durations }) => (durations === undefined ? [] : [{ share, durations }]));
  if (known.length < 2) return 1;
  const [before, after] = (['base', 'now'] as const).map((side) =>
    interpolatedQuantile(
      known.flatMap(({ share, durations }) =>
        [durations.base, durations.now].map((histogram) => ({
          histogram,
          weight: share[side] / 2 / histogramCount(histogram),
        })),
      ),
      q,
    ),
  );
  return before === undefined || after === undefined ? 1 : after / before;
}

/**
 * Of how errors are spread over entries nothing is told. All of them may come from the entry that has grown most, or from those
 * that have shrunk most: `most` and `least` bound the ratio of error rates that the mix alone can make, beyond chance.
 */
export function explainedErrors(strata: readonly Stratum[]): { readonly least: number; readonly most: number } {
  let [least, most] = [1, 1];
  for (const { share, error } of strata) {
    if (share.base === 0 || Math.max(share.base, share.now) < leastShare) continue;
    const beyond = Math.exp(2 * error);
    most = Math.max(most, share.now / share.base / beyond);
    least = Math.min(least, (share.now / share.base) * beyond);
  }
  return { least, most };
}
const leastShare = 0.05;

/**
 * A percentile of weighted histograms in seconds, on the line between the middles of their buckets: without the steps that
 * the nearest rank has. Undefined: there is nothing.
 */
export function interpolatedQuantile(
  parts: readonly { readonly histogram: SparseHistogram; readonly weight: number }[],
  q: number,
): number | undefined {
  const weights = new Map<number, number>();
  let [total, below] = [0, 0];
  for (const { histogram, weight } of parts) {
    below += histogram.zeroCount * weight;
    for (const [i, index] of histogram.indexes.entries()) {
      weights.set(index, (weights.get(index) ?? 0) + (histogram.counts[i] ?? 0) * weight);
    }
    total += histogramCount(histogram) * weight;
  }
  if (total <= 0) return undefined;
  let last: { readonly index: number; readonly at: number } | undefined;
  for (const [index, weight] of [...weights].sort(([a], [b]) => a - b)) {
    const at = (below + weight / 2) / total;
    if (at >= q) {
      const part = last === undefined || at === last.at ? 1 : (q - last.at) / (at - last.at);
      return bucketMiddle(last === undefined ? index : last.index + part * (index - last.index));
    }
    last = { index, at };
    below += weight;
  }
  return last === undefined ? 0 : bucketMiddle(last.index);
}
