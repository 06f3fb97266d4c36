import { type Batch, mergeBatches, pointsOf, rowsOf } from './batch.ts';

/**
 * Batches that the collector has not taken yet, oldest first. Bounded: when there are too many, or too many functions in
 * all of them, the two neighbours that together cover the least time become one. So a long outage costs resolution in
 * time, of the oldest part most, and never a count. One batch alone is bounded by the number of functions.
 */
export class BatchQueue {
  readonly #batches: Batch[] = [];
  readonly #mostBatches: number;
  readonly #mostRows: number;
  readonly #onMerged: (points: number) => void;

  /**
   * `onMerged` is told how many points became part of another. `mostRows` counts one for each function and each kind of query of each batch;
   * one takes about 300 bytes.
   */
  constructor(onMerged: (points: number) => void, mostBatches = 60, mostRows = 25_000) {
    this.#onMerged = onMerged;
    this.#mostBatches = mostBatches;
    this.#mostRows = mostRows;
  }

  get length(): number {
    return this.#batches.length;
  }

  add(batch: Batch): void {
    if (rowsOf(batch) === 0) return;
    this.#batches.push(batch);
    this.#shrink();
  }

  /** Takes all batches out, to be sent. */
  takeAll(): Batch[] {
    return this.#batches.splice(0);
  }

  /** Puts back what could not be sent; its times are older than what has come meanwhile. */
  putBack(batches: readonly Batch[]): void {
    this.#batches.unshift(...batches);
    this.#shrink();
  }

  #shrink(): void {
    while (this.#batches.length > 1 && (this.#batches.length > this.#mostBatches || this.#rows() > this.#mostRows)) {
      const at = this.#shortestPair();
      const [first, second] = this.#batches.slice(at, at + 2);
      if (!first || !second) return;
      const merged = mergeBatches(first, second);
      this.#onMerged(pointsOf(first) + pointsOf(second) - pointsOf(merged));
      this.#batches.splice(at, 2, merged);
    }
  }

  #rows(): number {
    return this.#batches.reduce((sum, batch) => sum + rowsOf(batch), 0);
  }

  /** The oldest of the pairs that cover the least time; the newest batch keeps its own as long as others can give. */
  #shortestPair(): number {
    const pairs = Math.max(2, this.#batches.length - 1);
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let at = 0; at + 1 < pairs; at += 1) {
      const covered = (this.#batches[at + 1]?.end ?? 0) - (this.#batches[at]?.start ?? 0);
      if (covered < least) {
        least = covered;
        best = at;
      }
    }
    return best;
  }
}
