/** The last quarter of an hour in memory: spans of ten seconds while fresh, then whole minutes. */
import { RowTable } from './row-table.ts';

export const fineMilliseconds = 10_000;
export const minuteMilliseconds = 60_000;
/** How long spans of ten seconds are kept before they are put together: 20,000 busy functions take 1.3 MB a span. */
const fineKept = 3 * minuteMilliseconds;
export const recentMilliseconds = 15 * minuteMilliseconds;
/** A minute more than is offered, so that a window of 15 minutes is whole at both edges. */
const minutesKept = recentMilliseconds + 2 * minuteMilliseconds;

export class Recent {
  readonly #fine = new Map<number, RowTable>();
  readonly #minutes = new Map<number, RowTable>();
  /** Everything at or after this instant is here. */
  #completeSince: number;

  constructor(completeSince: number) {
    this.#completeSince = completeSince;
  }

  addFine(span: number, table: RowTable, now: number): void {
    const start = span * fineMilliseconds;
    if (start < now - minutesKept) return;
    if (start < this.#fineSince(now)) this.addMinute(Math.floor(start / minuteMilliseconds), table);
    else tableAt(this.#fine, span).merge(table);
  }

  /** Takes a table of a minute of which nothing is here. */
  setMinute(minute: number, table: RowTable): void {
    this.#minutes.set(minute, table);
  }

  addMinute(minute: number, table: RowTable): void {
    tableAt(this.#minutes, minute).merge(table);
  }

  /** Puts what is no longer fresh into minutes and forgets what is too old. */
  age(now: number): void {
    const fineSince = this.#fineSince(now);
    for (const [span, table] of this.#fine) {
      if (span * fineMilliseconds >= fineSince) continue;
      this.#fine.delete(span);
      this.addMinute(Math.floor((span * fineMilliseconds) / minuteMilliseconds), table);
    }
    // Spans and minutes that are over are seldom added to again.
    for (const tables of [this.#fine, this.#minutes]) for (const table of tables.values()) table.trim();
    const oldest = Math.floor((now - minutesKept) / minuteMilliseconds);
    for (const minute of this.#minutes.keys()) if (minute < oldest) this.#minutes.delete(minute);
    this.#completeSince = Math.max(this.#completeSince, oldest * minuteMilliseconds);
  }

  get completeSince(): number {
    return this.#completeSince;
  }

  /** The tables that touch a window, and the instant at which the first of them may begin. */
  cover(since: number, until: number, now: number): { readonly since: number; readonly tables: readonly RowTable[] } {
    const touching = (tables: Map<number, RowTable>, length: number): RowTable[] =>
      [...tables].filter(([at]) => at * length < until && (at + 1) * length > since).map(([, table]) => table);
    const step = since < this.#fineSince(now) ? minuteMilliseconds : fineMilliseconds;
    return {
      since: Math.floor(since / step) * step,
      tables: [...touching(this.#minutes, minuteMilliseconds), ...touching(this.#fine, fineMilliseconds)],
    };
  }

  get byteLength(): number {
    let bytes = 0;
    for (const tables of [this.#fine, this.#minutes]) for (const table of tables.values()) bytes += table.byteLength;
    return bytes;
  }

  /** A whole minute, so that no minute is half here and half there. */
  #fineSince(now: number): number {
    return Math.floor((now - fineKept) / minuteMilliseconds) * minuteMilliseconds;
  }
}

export function tableAt(tables: Map<number, RowTable>, at: number): RowTable {
  let table = tables.get(at);
  if (table === undefined) {
    table = new RowTable();
    tables.set(at, table);
  }
  return table;
}
