/**
 * A service of many functions over weeks, of which is known what its deploys changed: with a day's cycle, load and latency in waves,
 * noise between instances, failures in bursts, and a mix of entries that shifts. Each deploy is a stretch of minutes before and
 * after; what a function does in it is drawn from a seed of its own, so that it can be drawn again where it is looked at closely.
 */
import type { FunctionBatch } from '@runlens/collector/query/comparison/function-change';
import type { EntryShare } from '@runlens/collector/query/comparison/mix';
import { HistogramSum } from '@runlens/collector/store/histogram-blob';
import { seeded } from '@runlens/collector/testing/simulated';
import { bucketIndex, coarserIndex, conditionScale, histogramScale } from '@runlens/protocol/histogram';

export const minutesBefore = 60;
export const minutesAfter = 61;
const minutes = minutesBefore + minutesAfter;
const entryCount = 60;
const instances = 4;
/** More calls of a minute are timed one in some, as the sensor does. */
const mostTimed = 120;

/** σ of log-normal factors. */
const noise = {
  /** Of the load of the service, from minute to minute; each remembers most of the minute before. */
  load: 0.15,
  entry: 0.15,
  /** Of an entry's share of the traffic between one deploy and the next. */
  mix: 0.15,
  /** Of all latencies on one machine, and of one function on it. */
  machine: 0.03,
  functionOfMachine: 0.02,
} as const;
/** One deploy in three falls together with a campaign: an entry that is called three times as often. */
const campaigns = 1 / 3;
const memory = 0.8;

export interface HistoryFunction {
  readonly index: number;
  /** Calls for one request of each of its entries. */
  readonly entries: readonly { readonly entry: number; readonly calls: number; readonly factor: number }[];
  readonly median: number;
  readonly sigma: number;
  /** Share of calls that take eight times as long. */
  readonly slow: number;
  /** σ of its latency from minute to minute. */
  readonly waves: number;
  /** How much longer it takes at the day's peak. */
  readonly underLoad: number;
  readonly errors: number;
}

/** What a deploy changed, by the index of a function. */
export type Injected = ReadonlyMap<
  number,
  { readonly latency?: number; readonly errors?: number; readonly calls?: number }
>;

/** Pre-drawn standard normal values: drawing them anew would be most of the work. */
const normals = (() => {
  const random = seeded(1);
  return Float64Array.from(
    { length: 2 ** 16 },
    () => Math.sqrt(-2 * Math.log(random() || 1e-12)) * Math.cos(2 * Math.PI * random()),
  );
})();
const normal = (random: () => number): number => normals[Math.floor(random() * normals.length)] ?? 0;

/** Poisson: by Knuth's product below 20, above by the normal approximation. */
function poisson(random: () => number, mean: number): number {
  if (mean > 20) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit && count < 200; product *= random()) count += 1;
  return count;
}

/** A wave that remembers. */
function* waveOf(random: () => number, sigma: number): Generator<number, never> {
  let at = normal(random);
  for (;;) {
    yield Math.exp(sigma * at);
    at = memory * at + Math.sqrt(1 - memory ** 2) * normal(random);
  }
}

/** Requests a minute of each entry at noon. */
const entryRates = Array.from({ length: entryCount }, (_, i) => 600 / (1 + i / 4));

/** `special`: how many of the functions are called a hundred times a minute, by one entry each. */
export function functionsOf(count: number, special: number, random: () => number): readonly HistoryFunction[] {
  return Array.from({ length: count }, (_, index): HistoryFunction => {
    const isSpecial = index < special;
    const rate = isSpecial ? 100 : 0.5 + 60_000 / (index + 1);
    const own = isSpecial ? 1 : 1 + Math.floor(random() * 3);
    const chosen = [...new Set(Array.from({ length: own }, () => Math.floor(random() * entryCount)))];
    return {
      index,
      entries: chosen.map((entry) => ({
        entry,
        calls: rate / chosen.length / (entryRates[entry] ?? 1),
        factor: chosen.length > 1 ? Math.exp(0.8 * normal(random)) : 1,
      })),
      median: 10 ** (-5 + 4 * random()),
      sigma: 0.3 + 0.5 * random(),
      slow: random() < 0.3 ? 0.3 * random() : 0,
      waves: 0.01 + 0.05 * random(),
      underLoad: random() < 0.3 ? 0.3 : 0,
      errors: random() < 0.2 ? 10 ** (-3 + 1.3 * random()) : 0,
    };
  });
}

export interface Minute {
  readonly batch: FunctionBatch;
  readonly seconds: number;
}

/** One deploy: which entries were asked how often in each minute, and what machines there were. */
export class Deploy {
  readonly #seed: number;
  readonly #requests: readonly (readonly number[])[];
  readonly #level: readonly number[];
  readonly #machines: readonly (readonly number[])[];
  readonly #injected: Injected;
  readonly canary: boolean;
  readonly #sum = new HistogramSum();

  /** `hour`: of the day, at which the version came. `canary`: the older one runs on, and the newer has a tenth of the traffic. */
  constructor(seed: number, hour: number, canary: boolean, injected: Injected) {
    this.#seed = seed;
    this.#injected = injected;
    this.canary = canary;
    const random = seeded(seed);
    const load = waveOf(random, noise.load);
    this.#level = Array.from({ length: minutes }, (_, i) => {
      const time = hour + (i - minutesBefore) / 60;
      return (1 + 0.6 * Math.sin(((time - 9) / 24) * 2 * Math.PI)) * load.next().value;
    });
    const campaign = random() < campaigns ? Math.floor(random() * entryCount) : -1;
    this.#requests = entryRates.map((rate, entry) => {
      const wave = waveOf(random, noise.entry);
      const after = Math.exp(noise.mix * normal(random)) * (entry === campaign ? 3 : 1);
      return this.#level.map((level, i) =>
        poisson(random, rate * level * wave.next().value * (i >= minutesBefore && !canary ? after : 1)),
      );
    });
    this.#machines = [0, 1].map(() =>
      Array.from({ length: instances }, () => Math.exp(noise.machine * normal(random))),
    );
  }

  /** Requests of the version in a minute. Of a canary both sides are of the minutes after. */
  requests(side: 'base' | 'now', at: number): ReadonlyMap<string, number> {
    const share = this.#share(side);
    return new Map(this.#requests.map((own, entry) => [`GET /${entry}`, Math.round((own[at] ?? 0) * share)]));
  }

  #share(side: 'base' | 'now'): number {
    return this.canary ? (side === 'now' ? 0.1 : 0.9) : 1;
  }

  /** What a function does in the minutes `from` to `to`, and by which entries; only totals: without histograms. */
  run(
    fn: HistoryFunction,
    side: 'base' | 'now',
    from: number,
    to: number,
    onlyTotals = false,
  ): { readonly minutes: readonly Minute[]; readonly entries: ReadonlyMap<string, EntryShare> } {
    const random = seeded(this.#seed * 7_919 + fn.index * 2 + (side === 'now' ? 1 : 0));
    const change = side === 'now' ? this.#injected.get(fn.index) : undefined;
    const machines = (this.#machines[side === 'now' ? 1 : 0] ?? []).map(
      (machine) => machine * Math.exp(noise.functionOfMachine * normal(random)) * (change?.latency ?? 1),
    );
    const wave = waveOf(random, fn.waves);
    const share = this.#share(side);
    const found: Minute[] = [];
    const byEntry = fn.entries.map(() => ({ calls: 0, counts: new Map<number, number>() }));
    for (let at = from; at < to; at += 1) {
      const level = this.#level[at] ?? 1;
      const latency = fn.median * wave.next().value * (1 + fn.underLoad * Math.max(0, level - 1));
      let [calls, errors, seconds] = [0, 0, 0];
      // Failures come in bursts: a minute in five has all of them.
      const failing = random() < 0.2 ? 5 * (change?.errors ?? 1) * fn.errors : 0;
      const parts = fn.entries.map(({ entry, calls: each }) =>
        poisson(random, (this.#requests[entry]?.[at] ?? 0) * share * each * (change?.calls ?? 1)),
      );
      const all = parts.reduce((sum, part) => sum + part, 0);
      const every = Math.max(1, all / mostTimed);
      for (const [i, part] of parts.entries()) {
        const { factor = 1 } = fn.entries[i] ?? {};
        const own = byEntry[i];
        calls += part;
        if (own !== undefined) own.calls += part;
        for (let call = 0; call < part / every; call += 1) {
          const machine = machines[Math.floor(random() * instances)] ?? 1;
          const slow = random() < fn.slow ? 8 : 1;
          const each = latency * factor * machine * slow * Math.exp(fn.sigma * normal(random));
          seconds += each * every;
          if (onlyTotals) continue;
          const index = bucketIndex(each);
          this.#sum.addBucket(index, every);
          own?.counts.set(coarse(index), (own.counts.get(coarse(index)) ?? 0) + every);
        }
      }
      if (failing > 0) errors = Math.min(calls, poisson(random, calls * failing));
      found.push({ seconds, batch: { minutes: 1, calls, errors, histogram: this.#sum.take() } });
    }
    return {
      minutes: found,
      entries: new Map(
        byEntry.map(({ calls, counts }, i) => {
          const indexes = [...counts.keys()].sort((one, other) => one - other);
          const durations = { zeroCount: 0, indexes, counts: indexes.map((index) => counts.get(index) ?? 0) };
          return [`GET /${fn.entries[i]?.entry}`, { calls, durations }];
        }),
      ),
    };
  }
}

/** As the sensor tells durations by entry: the middle of a coarser bucket. */
function coarse(index: number): number {
  const wide = 2 ** (histogramScale - conditionScale);
  return coarserIndex(index, conditionScale) * wide + Math.floor((wide - 1) / 2);
}
