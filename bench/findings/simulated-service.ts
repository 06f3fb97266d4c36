/** A service that does in each minute what its description says, with the noise of real ones, as batches of a store. */

import { entryKey } from '@runlens/collector/store/entries';
import { exceptionLabel } from '@runlens/collector/store/exception-label';
import { encodeHistogram, HistogramSum } from '@runlens/collector/store/histogram-blob';
import type { Batch, Delta, Detail, FunctionKey } from '@runlens/collector/store/profile-store';
import { bucketIndex, coarserIndex, conditionScale, histogramScale } from '@runlens/protocol/histogram';

export const minute = 60_000;

/** Counts are a minute, on average; `seconds` are medians. */
export interface SimulatedFunction {
  readonly name: string;
  readonly calls: number;
  readonly seconds: number;
  /** By minutes before the end: factors of the calls and of the seconds. */
  readonly course?: (ago: number) => { readonly calls?: number; readonly seconds?: number };
  /** Share of calls that fail. */
  readonly errors?: number;
  /** By route or job: a share of the calls. */
  readonly entries?: Readonly<Record<string, number>>;
  readonly caller?: string;
  /** What it waits for one after the other: `10 left, 11 right`. */
  readonly waits?: string;
  readonly queries?: readonly {
    readonly statement: string;
    readonly calls: number;
    readonly seconds: number;
    /** In one call of `within` it is asked `mean` times, in so many calls. */
    readonly repeated?: { readonly within: string; readonly of: number; readonly mean: number };
  }[];
  readonly outgoing?: {
    readonly target: string;
    readonly calls: number;
    readonly seconds: number;
    readonly failures: Readonly<Record<string, number>>;
    /** The share that asked the same as one before. */
    readonly same?: number;
  };
  readonly thrown?: readonly {
    readonly type: string;
    readonly shape: string;
    readonly by: string;
    readonly handled: 'no' | 'here' | 'caller';
    readonly count: number;
  }[];
  readonly conditions?: readonly { readonly condition: string; readonly calls: number; readonly seconds: number }[];
}

export interface SimulatedVersion {
  readonly version: string;
  /** Minutes before the end. */
  readonly from: number;
  readonly until: number;
  readonly entries: readonly {
    readonly name: string;
    readonly calls: number;
    readonly seconds: number;
    readonly errors?: number;
  }[];
  readonly functions: readonly SimulatedFunction[];
}

export interface SimulatedService {
  readonly service: string;
  readonly versions: readonly SimulatedVersion[];
  /** Loaded so many days before the end, and never called. */
  readonly dead?: { readonly name: string; readonly days: number };
}

const file = 'src/service.ts';
const keys = new Map<string, FunctionKey>();

/** Equal keys are one object, by which the store knows them quickly. */
function keyOf(functionName: string, filePath = file): FunctionKey {
  const known = keys.get(functionName + filePath);
  if (known !== undefined) return known;
  const key = { functionName, filePath, lineNumber: 1 + (keys.size % 400) };
  keys.set(functionName + filePath, key);
  return key;
}

export class Simulation {
  readonly #random: () => number;
  readonly #sum = new HistogramSum();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Poisson by its normal approximation; few by chance. */
  #count(mean: number): number {
    if (mean < 5) return Math.floor(mean) + (this.#random() < mean % 1 ? 1 : 0);
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#gauss()));
  }

  #gauss(): number {
    return Math.sqrt(-2 * Math.log(this.#random() || 1e-9)) * Math.cos(2 * Math.PI * this.#random());
  }

  /** Log-normal, and one call in fifty takes five times as long. At most 30 draws, each for as many calls. */
  #durations(calls: number, median: number, scale = histogramScale) {
    const draws = Math.min(30, calls);
    const weight = draws === 0 ? 0 : Math.max(1, Math.round(calls / draws));
    let seconds = 0;
    let maxSeconds = 0;
    for (let i = 0; i < draws; i += 1) {
      const each = median * Math.exp(0.3 * this.#gauss()) * (this.#random() < 0.02 ? 5 : 1);
      const index = bucketIndex(each);
      const wide = 2 ** (histogramScale - scale);
      this.#sum.addBucket(
        scale === histogramScale ? index : coarserIndex(index, scale) * wide + Math.floor((wide - 1) / 2),
        weight,
      );
      seconds += each * weight;
      maxSeconds = Math.max(maxSeconds, each);
    }
    return { seconds, maxSeconds, samples: draws * weight, histogram: encodeHistogram(this.#sum.take()) };
  }

  #delta(key: FunctionKey, time: number, mean: number, median: number, errors: number): Delta {
    const calls = this.#count(mean);
    return {
      ...{ key, start: time - minute, time, calls, errors: Math.min(calls, errors) },
      ...this.#durations(calls, median),
    };
  }

  #details(fn: SimulatedFunction, time: number, calls: number): Detail[] {
    const key = keyOf(fn.name);
    const at = { key, time };
    return [
      ...Object.entries(fn.entries ?? {}).map(
        ([label, share]): Detail => ({ ...at, kind: 'entry', label, count: Math.round(calls * share) }),
      ),
      ...(fn.caller === undefined
        ? []
        : [{ ...at, kind: 'caller' as const, label: `${file}\n${fn.caller}`, count: calls }]),
      ...(fn.waits === undefined ? [] : [{ ...at, kind: 'serialWaits' as const, label: fn.waits, count: calls }]),
      ...(fn.queries ?? []).flatMap(({ statement, calls: asked, seconds, repeated }): Detail[] => {
        const label = `postgresql\n${statement}`;
        const count = this.#count(asked);
        const loops = repeated === undefined ? 0 : this.#count(repeated.of);
        return [
          { ...at, kind: 'query', label, count, seconds: count * seconds * Math.exp(0.1 * this.#gauss()) },
          ...(repeated === undefined
            ? []
            : [
                {
                  ...at,
                  kind: 'repeats' as const,
                  label: `${2 ** Math.floor(Math.log2(repeated.mean))}\n${file}\n${repeated.within}\n${label}`,
                  count: loops,
                  seconds: Math.round(loops * repeated.mean),
                },
              ]),
        ];
      }),
      ...(fn.outgoing === undefined ? [] : this.#outgoing(fn.outgoing, at)),
      ...(fn.thrown ?? []).map(
        ({ by, count, ...told }): Detail => ({
          ...at,
          kind: 'thrown',
          label: exceptionLabel({ ...told, cause: '', file, function: by, line: keyOf(by).lineNumber }),
          count: this.#count(count),
        }),
      ),
      ...(fn.conditions ?? []).map(({ condition, calls: mean, seconds }): Detail => {
        const count = this.#count(mean);
        const { samples: _, ...durations } = this.#durations(count, seconds, conditionScale);
        return { ...at, kind: 'condition', label: condition, count, ...durations };
      }),
    ].filter(({ count }) => count > 0);
  }

  #outgoing(
    { target, calls, seconds, failures, same }: NonNullable<SimulatedFunction['outgoing']>,
    at: { key: FunctionKey; time: number },
  ): Detail[] {
    const count = this.#count(calls);
    const failed = Object.entries(failures).map(([type, mean]) => [type, this.#count(mean)] as const);
    return [
      { ...at, kind: 'call', label: target, count, seconds: count * seconds },
      { ...at, kind: 'callError', label: target, count: failed.reduce((sum, [, each]) => sum + each, 0) },
      ...failed.map(
        ([type, each]): Detail => ({ ...at, kind: 'callErrorType', label: `${type}\n${target}`, count: each }),
      ),
      ...(same === undefined ? [] : [same, 1 - same]).map((share, i): Detail => {
        return { ...at, kind: 'sameAsked', label: `${i === 0}\ncall\n${target}`, count: Math.round(count * share) };
      }),
    ];
  }

  /** What a service tells in the minute that ends at `time`, `ago` minutes before the end. */
  batches({ service, versions }: SimulatedService, time: number, ago: number): Batch[] {
    return versions
      .filter(({ from, until }) => ago < from && ago >= until)
      .map(({ version, entries, functions }): Batch => {
        const made = functions.map((fn) => {
          const { calls = 1, seconds = 1 } = fn.course?.(ago) ?? {};
          const errors = this.#count(fn.calls * (fn.errors ?? 0));
          return { fn, delta: this.#delta(keyOf(fn.name), time, fn.calls * calls, fn.seconds * seconds, errors) };
        });
        return {
          ...batchOf(service, version, time),
          deltas: [
            ...made.map(({ delta }) => delta),
            ...entries.map(({ name, calls, seconds, errors = 0 }) =>
              this.#delta(entryKey(name), time, calls, seconds, this.#count(errors)),
            ),
          ],
          details: made.flatMap(({ fn, delta }) => this.#details(fn, time, delta.calls)),
        };
      });
  }
}

/** A function that is measured from then on. */
export const announced = (service: string, version: string, name: string, time: number): Batch => ({
  ...batchOf(service, version, time),
  deltas: [
    {
      ...{ key: keyOf(name, 'src/old.ts'), start: time - minute, time, calls: 0, errors: 0, seconds: 0, maxSeconds: 0 },
      ...{ samples: 0, histogram: encodeHistogram({ zeroCount: 0, indexes: [], counts: [] }) },
    },
  ],
});

const batchOf = (service: string, version: string, time: number): Batch => ({
  instance: {
    service,
    environment: 'production',
    version,
    revision: undefined,
    repository: undefined,
    instance: version,
  },
  arrival: time,
  ...{ sources: [], unmeasured: [], exemplars: [], deltas: [], details: [] },
});
