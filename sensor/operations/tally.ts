import { bucketIndex, coarserIndex, conditionScale, histogramScale } from '@runlens/protocol/histogram';
import type { DurationNumbers } from '../export/batch.ts';
import { Buckets } from '../runtime/buckets.ts';

/** A histogram that is being filled. */
export class Tally {
  readonly #buckets = new Buckets();
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
      this.#buckets.add(index, weight);
    } else this.#zeroCount += weight;
    this.#sum += value * weight;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** All values of another one of the same scale. */
  absorb(other: Tally): void {
    const { indexes, weights } = other.#buckets;
    const counts = [...weights];
    [...indexes].forEach((index, i) => {
      this.#buckets.add(index, counts[i] ?? 0);
    });
    this.#zeroCount += other.#zeroCount;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  numbers(): DurationNumbers {
    const { indexes, weights } = this.#buckets;
    return {
      histogram: { zeroCount: this.#zeroCount, indexes: [...indexes], counts: [...weights] },
      sum: this.#sum,
      min: this.#min,
      max: this.#max,
    };
  }
}
