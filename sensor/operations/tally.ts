import { bucketIndex } from '@runlens/protocol/histogram';
import type { DurationNumbers } from '../export/batch.ts';

/** A histogram that is being filled, at the scale of `protocol/histogram.ts`. */
export class Tally {
  readonly #buckets = new Map<number, number>();
  #zeroCount = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  add(value: number): void {
    if (value > 0) {
      const index = bucketIndex(value);
      this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + 1);
    } else this.#zeroCount += 1;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Takes in what another has. */
  addAll(other: Tally): void {
    for (const [index, count] of other.#buckets) this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + count);
    this.#zeroCount += other.#zeroCount;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
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
