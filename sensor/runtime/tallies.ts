import { bucketIndex, type SparseHistogram } from '@runlens/protocol/histogram';
import { ConditionTallies } from '../conditions/condition-tallies.ts';
import { Buckets } from './buckets.ts';
import type { Samples } from './samples.ts';

/** What changed in some slots since they were looked at before, and the samples that ended until then. Crosses threads. */
export interface Parcel {
  /** Ascending. A slot of which nothing changed is left out. */
  readonly slots: Int32Array<ArrayBuffer>;
  /** Exact; a call counts when its body begins, also one that is still in flight. */
  readonly calls: Float64Array<ArrayBuffer>;
  /** Calls that the timed ones in flight stand for. */
  readonly inFlight: Float64Array<ArrayBuffer>;
  /** Exact: slot, `error.type`, how often. Each slot is one of `slots`. */
  readonly errors: readonly (readonly [slot: number, type: string, count: number])[];
  readonly samples: readonly Samples[];
}

/** What changed in one slot since the last time. */
export interface SlotDelta {
  readonly slot: number;
  readonly calls: number;
  /** By `error.type`. */
  readonly errors: ReadonlyMap<string, number>;
  /** Absent when no timed call ended. A call that is in flight, or that no sample stands for yet, comes later. */
  readonly durations: Durations | undefined;
}

/** What the samples of one function add up to since the last time. */
export interface Durations {
  readonly histogram: SparseHistogram;
  /** Calls that the histogram stands for: its count. */
  readonly calls: number;
  /** Seconds, weighted. */
  readonly sum: number;
  /** Seconds, of the samples themselves. */
  readonly min: number;
  readonly max: number;
  /** Timed calls. */
  readonly samples: number;
}

interface Gathered {
  readonly buckets: Buckets;
  weight: number;
  sum: number;
  min: number;
  max: number;
  samples: number;
}

/** A call is not quicker than this, in seconds: what the clock's own cost is subtracted from must stay positive. */
const shortest = 1e-9;
/**
 * Samples stand for all calls that none stood for, unless those are so many times more than they were drawn for: then a
 * few would speak for too many, and the rest waits for the next samples.
 */
const mostSpread = 3;
const noErrors: ReadonlyMap<string, number> = new Map();

/** Makes histograms of samples, by slot; of all parcels of one runtime, in their order. */
export class Tallies {
  /** The same samples by condition. */
  readonly conditions = new ConditionTallies();
  readonly #gathered = new Map<number, Gathered>();
  /** By slot: calls that no histogram stands for yet. */
  #waiting = new Float64Array(1024);

  /** What a parcel says of each of its slots; of none nothing. */
  take({ slots, calls, inFlight, errors, samples }: Parcel): readonly SlotDelta[] {
    this.gather(samples);
    const errorsOf = new Map<number, Map<string, number>>();
    for (const [slot, type, count] of errors) {
      const before = errorsOf.get(slot);
      if (before) before.set(type, count);
      else errorsOf.set(slot, new Map([[type, count]]));
    }
    const deltas: SlotDelta[] = [];
    slots.forEach((slot, at) => {
      const newCalls = calls[at] ?? 0;
      const durations = this.#durations(slot, newCalls, inFlight[at] ?? 0);
      const slotErrors = errorsOf.get(slot);
      if (newCalls === 0 && !durations && !slotErrors) return;
      deltas.push({ slot, calls: newCalls, errors: slotErrors ?? noErrors, durations });
    });
    return deltas;
  }

  /** Calls that were only counted are waited for no longer: what is timed from now on does not stand for them. */
  forgetWaiting(): void {
    this.#waiting.fill(0);
  }

  /** Takes in samples before the parcel that they belong to. */
  gather(all: readonly Samples[]): void {
    for (const samples of all) {
      const { slot, weight, milliseconds } = samples;
      this.conditions.gather(samples);
      for (let at = 0; at < slot.length; at += 1) this.#gather(slot[at] ?? 0, weight[at] ?? 0, milliseconds[at] ?? 0);
    }
  }

  #gather(slot: number, weight: number, milliseconds: number): void {
    const seconds = Math.max(shortest, milliseconds / 1000);
    let gathered = this.#gathered.get(slot);
    if (!gathered) {
      gathered = { buckets: new Buckets(), weight: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: 0, samples: 0 };
      this.#gathered.set(slot, gathered);
    }
    const index = bucketIndex(seconds);
    gathered.buckets.add(index, weight);
    gathered.weight += weight;
    gathered.sum += seconds * weight;
    gathered.min = Math.min(gathered.min, seconds);
    gathered.max = Math.max(gathered.max, seconds);
    gathered.samples += 1;
  }

  /**
   * What the slot's samples add up to. They and those in flight, of weight `inFlight`, share the calls that no sample
   * stood for before, each by its weight, so that the counts add up to all calls exactly.
   */
  #durations(slot: number, newCalls: number, inFlight: number): Durations | undefined {
    const calls = this.#waitingOf(slot) + newCalls;
    this.#waiting[slot] = calls;
    const gathered = this.#gathered.get(slot);
    if (!gathered) return undefined;
    const { buckets, weight, min, max, samples } = gathered;
    const { indexes, weights } = buckets;
    const share = Math.round((calls * weight) / (weight + inFlight));
    // Nothing to stand for: the next calls.
    if (share < 1) return undefined;
    this.#gathered.delete(slot);
    const standsFor = share > mostSpread * weight ? weight : share;
    const factor = standsFor / weight;
    const counts: number[] = [];
    let exact = 0;
    let written = 0;
    for (const inBucket of weights) {
      // Rounding the running total, not each count: the last one lands on the whole.
      exact += inBucket * factor;
      const count = Math.round(exact) - written;
      counts.push(count);
      written += count;
    }
    this.#waiting[slot] = calls - written;
    return {
      histogram: { zeroCount: 0, indexes, counts },
      calls: written,
      sum: gathered.sum * factor,
      min,
      max,
      samples,
    };
  }

  #waitingOf(slot: number): number {
    if (slot >= this.#waiting.length) {
      const larger = new Float64Array(Math.max(slot + 1, this.#waiting.length * 2));
      larger.set(this.#waiting);
      this.#waiting = larger;
    }
    return this.#waiting[slot] ?? 0;
  }
}
