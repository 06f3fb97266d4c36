import { setImmediate } from 'node:timers/promises';
import type { Stock, StockCount } from '../catalog/stock.ts';

export interface Reconciliation {
  readonly at: string;
  readonly checked: number;
  readonly corrected: number;
}

const batchSize = 500;

/** Gives back the stock that orders reserved and never paid for. */
export class StockReconciliation {
  readonly #stock: Stock;
  #last: Reconciliation | undefined;

  constructor(stock: Stock) {
    this.#stock = stock;
  }

  get last(): Reconciliation | undefined {
    return this.#last;
  }

  /** Checks the whole stock once, and lets requests through between two batches. */
  async run(signal: AbortSignal): Promise<void> {
    let checked = 0;
    let corrected = 0;
    for (const batch of this.#stock.batches(batchSize)) {
      corrected += this.#correct(batch);
      checked += batch.length;
      await setImmediate(undefined, { signal });
    }
    this.#last = { at: new Date().toISOString(), checked, corrected };
  }

  #correct(batch: readonly StockCount[]): number {
    const wrong = batch.filter((count) => count.reserved !== count.ordered);
    for (const { productId, ordered } of wrong) this.#stock.correct(productId, ordered);
    return wrong.length;
  }
}
