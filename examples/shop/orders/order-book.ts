import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Stock } from '../catalog/stock.ts';
import type { Row } from '../database/row.ts';
import { transaction } from '../database/transaction.ts';
import { NotFound } from '../errors.ts';
import type { CartPrice } from '../pricing/line.ts';

export interface NewOrder {
  readonly email: string;
  readonly country: string;
  readonly card: string;
  readonly price: CartPrice;
}

export interface Order {
  readonly id: number;
  readonly email: string;
  readonly status: string;
  readonly totalCents: number;
  readonly card: string;
  readonly chargeId: string | null;
  readonly lines: readonly { readonly productId: number; readonly quantity: number; readonly grossCents: number }[];
}

export class OrderBook {
  readonly #database: DatabaseSync;
  readonly #stock: Stock;
  readonly #insert: StatementSync;
  readonly #insertLine: StatementSync;
  readonly #setStatus: StatementSync;
  readonly #byId: StatementSync;
  readonly #linesOf: StatementSync;

  constructor(database: DatabaseSync, stock: Stock) {
    this.#database = database;
    this.#stock = stock;
    this.#insert = database.prepare(
      "INSERT INTO orders (email, country, total_cents, status, card, created_at) VALUES (?, ?, ?, 'placed', ?, ?)",
    );
    this.#insertLine = database.prepare(
      'INSERT INTO order_lines (order_id, product_id, quantity, gross_cents) VALUES (?, ?, ?, ?)',
    );
    this.#setStatus = database.prepare('UPDATE orders SET status = ?, charge_id = ? WHERE id = ?');
    this.#byId = database.prepare('SELECT id, email, status, total_cents, card, charge_id FROM orders WHERE id = ?');
    this.#linesOf = database.prepare('SELECT product_id, quantity, gross_cents FROM order_lines WHERE order_id = ?');
  }

  /** Writes the order down and reserves its stock; returns its number. Throws OutOfStock, and then nothing is kept. */
  place({ email, country, card, price }: NewOrder): number {
    return transaction(this.#database, () => {
      const { lastInsertRowid } = this.#insert.run(email, country, price.totalCents, card, new Date().toISOString());
      for (const line of price.lines) {
        this.#stock.reserve(line.productId, line.quantity);
        this.#insertLine.run(lastInsertRowid, line.productId, line.quantity, line.grossCents);
      }
      return Number(lastInsertRowid);
    });
  }

  markPaid(id: number, chargeId: string): void {
    transaction(this.#database, () => {
      this.#setStatus.run('paid', chargeId, id);
      for (const line of this.#readLines(id)) this.#stock.settle(line.productId, line.quantity);
    });
  }

  /** The stock stays reserved until the next reconciliation, so that the customer can try again. */
  markUnpaid(id: number): void {
    this.#setStatus.run('payment_failed', null, id);
  }

  /** Throws NotFound. */
  find(id: number): Order {
    const row = this.#byId.get(id);
    if (!row) throw new NotFound(`order ${id}`);
    return OrderBook.#read(row, this.#readLines(id));
  }

  #readLines(id: number): Order['lines'] {
    return this.#linesOf.all(id).map((row) => ({
      productId: Number(row.product_id),
      quantity: Number(row.quantity),
      grossCents: Number(row.gross_cents),
    }));
  }

  static #read(row: Row, lines: Order['lines']): Order {
    return {
      id: Number(row.id),
      email: String(row.email),
      status: String(row.status),
      totalCents: Number(row.total_cents),
      card: String(row.card),
      chargeId: row.charge_id === null ? null : String(row.charge_id),
      lines,
    };
  }
}
