import { bucketIndex, type SparseHistogram } from '@runlens/protocol/histogram';

/** What the samples of one function add up to since it was last drained. */
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
  readonly buckets: Map<number, number>;
  weight: number;
  sum: number;
  min: number;
  max: number;
  samples: number;
}

const logLength = 8192;
/** A call is not quicker than this, in seconds: what the clock's own cost is subtracted from must stay positive. */
const shortest = 1e-9;

/**
 * Samples are first written to a short log, one after the other (a histogram for each of 16,000 functions would miss
 * the cache at each sample: 0.6 µs instead of 0.1), and go to their functions when it is full or drained.
 */
export class SampleLog {
  readonly #slot = new Int32Array(logLength);
  readonly #weight = new Int32Array(logLength);
  readonly #milliseconds = new Float64Array(logLength);
  readonly #gathered = new Map<number, Gathered>();
  #length = 0;

  add(slot: number, weight: number, milliseconds: number): void {
    const at = this.#length;
    this.#slot[at] = slot;
    this.#weight[at] = weight;
    this.#milliseconds[at] = milliseconds;
    this.#length = at + 1;
    if (at + 1 === logLength) this.#gather();
  }

  /**
   * What the slot's samples add up to, taken out. They and those in flight, of weight `inFlight`, share `calls` calls
   * that no sample stood for before, each by its weight, so that the counts add up to all calls exactly; unless those are
   * more than `most` times what the samples were drawn for, which would let a few speak for too many. Undefined without
   * samples.
   */
  take(slot: number, calls: number, inFlight: number, most: number): Durations | undefined {
    if (this.#length > 0) this.#gather();
    const gathered = this.#gathered.get(slot);
    if (!gathered) return undefined;
    const { weight, min, max, samples } = gathered;
    const share = Math.round((calls * weight) / (weight + inFlight));
    // Nothing to stand for: the next drain's calls.
    if (share < 1) return undefined;
    this.#gathered.delete(slot);
    const standsFor = share > most * weight ? weight : share;
    const factor = standsFor / weight;
    const indexes = [...gathered.buckets.keys()].sort((a, b) => a - b);
    const counts: number[] = [];
    let exact = 0;
    let written = 0;
    for (const index of indexes) {
      // Rounding the running total, not each count: the last one lands on the whole.
      exact += (gathered.buckets.get(index) ?? 0) * factor;
      const count = Math.round(exact) - written;
      counts.push(count);
      written += count;
    }
    return {
      histogram: { zeroCount: 0, indexes, counts },
      calls: written,
      sum: gathered.sum * factor,
      min,
      max,
      samples,
    };
  }

  #gather(): void {
    for (let at = 0; at < this.#length; at += 1) {
      const slot = this.#slot[at] ?? 0;
      const weight = this.#weight[at] ?? 0;
      const seconds = Math.max(shortest, (this.#milliseconds[at] ?? 0) / 1000);
      let gathered = this.#gathered.get(slot);
      if (!gathered) {
        gathered = { buckets: new Map(), weight: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: 0, samples: 0 };
        this.#gathered.set(slot, gathered);
      }
      const index = bucketIndex(seconds);
      gathered.buckets.set(index, (gathered.buckets.get(index) ?? 0) + weight);
      gathered.weight += weight;
      gathered.sum += seconds * weight;
      gathered.min = Math.min(gathered.min, seconds);
      gathered.max = Math.max(gathered.max, seconds);
      gathered.samples += 1;
    }
    this.#length = 0;
  }
}
