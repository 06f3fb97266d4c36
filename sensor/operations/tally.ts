import { bucketIndex, coarserIndex, conditionScale, histogramScale } from '@runlens/protocol/histogram';
import type { DurationNumbers } from '../export/batch.ts';

/** A histogram that is being filled. */
export class Tally {
  readonly #buckets = new Map<number, number>();
  readonly #scale: number;
  #zeroCount = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** At the scale of `protocol/histogram.ts`. */
  constructor(scale: number = histogramScale) {
    this.#scale = scale;
  }

  /** At the scale of what is told by conditions and entries. */
  static coarse(): Tally {
    return new Tally(conditionScale);
  }

  /** `weight`: so many values, a whole number. */
  add(value: number, weight = 1): void {
    if (value > 0) {
      const index = coarserIndex(bucketIndex(value), this.#scale);
      this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + weight);
    } else this.#zeroCount += weight;
    this.#sum += value * weight;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  numbers(): DurationNumbers {
    const indexes = [...this.#buckets.keys()].sort((a, b) => a - b);
    const counts = indexes.map((index) => this.#buckets.get(index) ?? 0);
    return {
      histogram: { zeroCount: this.#zeroCount, indexes, counts },
      sum: this.#sum,
      min: this.#min,
      max: this.#max,
    };
  }
}
