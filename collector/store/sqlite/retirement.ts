/** Lets go of what is older than its retention. */
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Retention } from '../../defaults.ts';
import { exemplarsKept } from '../profile-store.ts';
import { minuteMilliseconds } from '../recent.ts';
import { hourMilliseconds, tiers } from './tiers.ts';

/** Rows deleted in one go. */
const deleteSlice = 5_000;
/** The slowest calls of each minute are kept for so long, then those of each hour. */
const minutesOfSlowestMilliseconds = 2 * hourMilliseconds;

export interface RetirementOptions {
  readonly writer: DatabaseSync;
  readonly retention: Retention;
  /** Runs work in a transaction of the writer; throws what it throws. */
  readonly transaction: <Result>(work: () => Result) => Result;
  readonly isClosed: () => boolean;
}

export class Retirement {
  readonly #options: RetirementOptions;
  /** Up to this hour only the slowest calls of each hour are left. */
  #thinned = 0;

  constructor(options: RetirementOptions) {
    this.#options = options;
  }

  /** Of rows, in slices. `now`: milliseconds since 1970. */
  async retire(now: number): Promise<void> {
    const { writer, transaction, retention, isClosed } = this.#options;
    const { minutesMilliseconds, hoursMilliseconds } = retention;
    const drop = async (table: string, before: number): Promise<void> => {
      const statement = writer.prepare(
        `DELETE FROM ${table} WHERE (t, fn) IN (SELECT t, fn FROM ${table} WHERE t < ? LIMIT ${deleteSlice})`,
      );
      while (!isClosed() && Number(transaction(() => statement.run(before)).changes) > 0) await nextTurn();
    };
    for (const { table, milliseconds, kept } of tiers) {
      const before = Math.floor((now - retention[kept]) / milliseconds);
      transaction(() => writer.prepare(`DELETE FROM ${table}_seconds WHERE t < ?`).run(before));
    }
    this.#thinSlowest(now - minutesOfSlowestMilliseconds);
    await drop('exemplar', Math.floor((now - minutesMilliseconds) / minuteMilliseconds));
    for (const { table, milliseconds, kept } of tiers) {
      await drop(table, Math.floor((now - retention[kept]) / milliseconds));
    }
    await drop('detail', Math.floor((now - hoursMilliseconds) / hourMilliseconds));
    transaction(() =>
      writer.prepare('DELETE FROM thrown WHERE last_seen < ?').run(Math.round(now - hoursMilliseconds)),
    );
  }

  /** Of minutes before `before` only the slowest of each hour stay: long windows have fewer rows to look through. */
  #thinSlowest(before: number): void {
    const hour = Math.floor(before / hourMilliseconds);
    if (hour === this.#thinned) return;
    const minutes = hourMilliseconds / minuteMilliseconds;
    this.#options.transaction(() =>
      this.#options.writer
        .prepare(
          `DELETE FROM exemplar WHERE (fn, t, time, seconds) IN (
             SELECT fn, t, time, seconds FROM (
               SELECT fn, t, time, seconds, row_number() OVER (
                 PARTITION BY fn, t / ${minutes} ORDER BY seconds DESC, time DESC) AS place
               FROM exemplar WHERE t < ?)
             WHERE place > ${exemplarsKept})`,
        )
        .run(hour * minutes),
    );
    this.#thinned = hour;
  }
}
