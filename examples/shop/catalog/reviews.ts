import type { DatabaseSync, StatementSync } from 'node:sqlite';

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

  constructor(database: DatabaseSync) {
    this.#rating = database.prepare(
      'SELECT count(*) AS reviews, round(avg(stars), 1) AS stars FROM reviews WHERE product_id = ?',
    );
    this.#latest = database.prepare('SELECT stars, text FROM reviews WHERE product_id = ? ORDER BY id DESC LIMIT ?');
  }

  ratingOf(productId: number): Rating {
    const row = this.#rating.get(productId);
    return { reviews: Number(row?.reviews ?? 0), stars: row?.stars == null ? null : Number(row.stars) };
  }

  latestOf(productId: number, limit = 5): Review[] {
    return this.#latest.all(productId, limit).map((row) => ({ stars: Number(row.stars), text: String(row.text) }));
  }
}
