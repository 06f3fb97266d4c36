import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { OutOfStock } from '../errors.ts';

export interface StockCount {
  readonly productId: number;
  readonly reserved: number;
  /** What the orders that wait for their payment still hold. */
  readonly ordered: number;
}

/** What lies in the warehouse, and how much of it is promised to orders that are not paid yet. */
export class Stock {
  readonly #available: StatementSync;
  readonly #availableOfMany: StatementSync;
  readonly #reserve: StatementSync;
  readonly #settle: StatementSync;
  readonly #setReserved: StatementSync;
  readonly #batch: StatementSync;

  constructor(database: DatabaseSync) {
    this.#available = database.prepare('SELECT on_hand - reserved AS available FROM stock WHERE product_id = ?');
    this.#availableOfMany = database.prepare(`
      SELECT product_id, on_hand - reserved AS available
      FROM stock WHERE product_id IN (SELECT value FROM json_each(?))`);
    this.#reserve = database.prepare('UPDATE stock SET reserved = reserved + ? WHERE product_id = ?');
    this.#settle = database.prepare(
      'UPDATE stock SET on_hand = on_hand - ?, reserved = reserved - ? WHERE product_id = ?',
    );
    this.#setReserved = database.prepare('UPDATE stock SET reserved = ? WHERE product_id = ?');
    this.#batch = database.prepare(`
      SELECT product_id, reserved, (
        SELECT coalesce(sum(quantity), 0) FROM order_lines JOIN orders ON orders.id = order_lines.order_id
        WHERE order_lines.product_id = stock.product_id AND orders.status = 'placed'
      ) AS ordered
      FROM stock WHERE product_id > ? ORDER BY product_id LIMIT ?`);
  }

  availableOf(productId: number): number {
    return Number(this.#available.get(productId)?.available ?? 0);
  }

  /** By product. */
  availableOfMany(productIds: readonly number[]): Map<number, number> {
    const rows = this.#availableOfMany.all(JSON.stringify(productIds));
    return new Map(rows.map((row) => [Number(row.product_id), Number(row.available)]));
  }

  /** Holds pieces for an order; throws OutOfStock when there are too few. */
  reserve(productId: number, quantity: number): void {
    const available = this.availableOf(productId);
    if (available < quantity) throw new OutOfStock(`product ${productId}`, available);
    this.#reserve.run(quantity, productId);
  }

  /** The reserved pieces are paid and leave the warehouse. */
  settle(productId: number, quantity: number): void {
    this.#settle.run(quantity, quantity, productId);
  }

  correct(productId: number, reserved: number): void {
    this.#setReserved.run(reserved, productId);
  }

  /** The whole stock, in batches of `size` products. */
  *batches(size: number): Generator<StockCount[]> {
    let last = 0;
    for (;;) {
      const batch = this.#batch.all(last, size).map((row) => ({
        productId: Number(row.product_id),
        reserved: Number(row.reserved),
        ordered: Number(row.ordered),
      }));
      const end = batch.at(-1);
      if (!end) return;
      yield batch;
      last = end.productId;
    }
  }
}
