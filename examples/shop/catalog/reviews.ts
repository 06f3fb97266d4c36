import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Row } from '../database/row.ts';

export interface Rating {
  readonly reviews: number;
  readonly stars: number | null;
}

export interface Review {
  readonly stars: number;
  readonly text: string;
}

export class Reviews {
  readonly #rating: StatementSync;
  readonly #latest: StatementSync;
  readonly #ratings: StatementSync;

  constructor(database: DatabaseSync) {
    this.#rating = database.prepare(
      'SELECT count(*) AS reviews, round(avg(stars), 1) AS stars FROM reviews WHERE product_id = ?',
    );
    this.#latest = database.prepare('SELECT stars, text FROM reviews WHERE product_id = ? ORDER BY id DESC LIMIT ?');
    this.#ratings = database.prepare(`
      SELECT product_id, count(*) AS reviews, round(avg(stars), 1) AS stars
      FROM reviews WHERE product_id IN (SELECT value FROM json_each(?)) GROUP BY product_id`);
  }

  ratingOf(productId: number): Rating {
    return ratingFrom(this.#rating.get(productId));
  }

  /** By product; one without reviews is not in it. */
  ratingsOf(productIds: readonly number[]): Map<number, Rating> {
    const rows = this.#ratings.all(JSON.stringify(productIds));
    return new Map(rows.map((row) => [Number(row.product_id), ratingFrom(row)]));
  }

  latestOf(productId: number, limit = 5): Review[] {
    return this.#latest.all(productId, limit).map((row) => ({ stars: Number(row.stars), text: String(row.text) }));
  }
}

function ratingFrom(row: Row | undefined): Rating {
  return { reviews: Number(row?.reviews ?? 0), stars: row?.stars == null ? null : Number(row.stars) };
}
