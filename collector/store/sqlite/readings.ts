/** Reads totals and histograms of functions over a window from memory and the tiers. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SparseHistogram } from '@runlens/protocol/histogram';
import { LRUCache } from 'lru-cache';
import type { Retention } from '../../defaults.ts';
import type { Catalog, CatalogFunction } from '../catalog.ts';
import { estimatedSeconds } from '../estimated-seconds.ts';
import { emptyBlob, HistogramSum } from '../histogram-blob.ts';
import {
  type DetailCount,
  detailKinds,
  type MeasuredFunction,
  type Reading,
  type Selection,
  type Totals,
  type Window,
} from '../profile-store.ts';
import { minuteMilliseconds, type Recent } from '../recent.ts';
import { RowTable } from '../row-table.ts';
import type { Waiting } from './sqlite-store.ts';
import {
  cover,
  dayTier,
  hourMilliseconds,
  hourTier,
  minuteTier,
  resolutionOf,
  type Stretch,
  widened,
} from './tiers.ts';

export interface ReadingsOptions {
  readonly reader: DatabaseSync;
  readonly catalog: Catalog;
  readonly recent: Recent;
  readonly retention: Retention;
  readonly now: () => number;
  readonly waiting: () => readonly Waiting[];
}

/** Up to this many functions are sought one by one; more are found by reading whole units of time. */
const soughtFunctions = 500;
/** Totals of whole hours and days, kept for rankings: 52 bytes a function and unit. */
const cachedUnitBytes = 48 * 2 ** 20;

type TotalsRow = [
  fn: number,
  calls: number,
  errors: number,
  seconds: number,
  max: number,
  samples: number,
  h: Uint8Array | null,
];

export class SqliteReadings {
  readonly #options: ReadingsOptions;
  readonly #statements = new Map<string, StatementSync>();
  readonly #units = new LRUCache<string, RowTable>({
    maxSize: cachedUnitBytes,
    sizeCalculation: (table) => table.byteLength,
  });
  readonly #sum = new HistogramSum();
  readonly #seconds = new LRUCache<
    string,
    { readonly seconds: number; readonly since: number; readonly until: number }
  >({ max: 200 });

  constructor(options: ReadingsOptions) {
    this.#options = options;
  }

  read(selection: Selection, asked: Window): Reading {
    const { catalog, recent, retention, now } = this.#options;
    const present = now();
    const functions = [...catalog.select(selection)];
    const resolution = resolutionOf(asked, present, recent.completeSince, retention);
    const few = functions.length <= soughtFunctions;
    if (resolution === 'memory') {
      const covered = recent.cover(asked.since, asked.until, present);
      const window = { since: covered.since, until: asked.until };
      const sum = (wanted: readonly MeasuredFunction[]) => sumTables(covered.tables, wanted, true);
      const totals = few ? sum(functions) : sumTables(covered.tables, functions, false);
      return this.#reading(resolution, window, functions, totals, few ? totals : undefined, sum);
    }
    const tier = resolution === 'minute' ? minuteTier : hourTier;
    const wide = widened(asked, tier.milliseconds);
    const stretches = cover(wide, tier, present);
    const waiting = this.#options
      .waiting()
      .flatMap(({ minutes }) => [...minutes])
      .filter(([minute]) => minute * minuteMilliseconds >= wide.since && minute * minuteMilliseconds < wide.until)
      .map(([, table]) => table);
    const sum = (wanted: readonly MeasuredFunction[]): RowTable => {
      const into = sumTables(waiting, wanted, true);
      for (const stretch of stretches) this.#seek(stretch, wanted, into);
      return into;
    };
    const window = { since: wide.since, until: Math.min(wide.until, Math.max(asked.until, present)) };
    const totals = few ? sum(functions) : this.#scan(stretches, waiting);
    return this.#reading(resolution, window, functions, totals, few ? totals : undefined, sum);
  }

  /**
   * Each file's answer asks it, and it reads the whole service: so it is kept for a sixtieth of the window, by which
   * the share of time cannot have moved much.
   */
  serviceSeconds(selection: Selection, window: Window): number {
    const { now } = this.#options;
    const length = window.until - window.since;
    const kept = Math.min(300_000, Math.max(2_000, length / 60));
    const key = JSON.stringify([selection, Math.round(length / kept)]);
    const known = this.#seconds.get(key);
    if (known !== undefined && known.until > now() && Math.abs(known.since - window.since) <= kept)
      return known.seconds;
    const { totals } = this.read(selection, window);
    const seconds = totals.reduce((sum, each) => sum + estimatedSeconds(each), 0);
    this.#seconds.set(key, { seconds, since: window.since, until: now() + kept });
    return seconds;
  }

  /** Cached units that a fold has added to are read again. */
  forget(folded: Waiting): void {
    for (const tier of [hourTier, dayTier]) {
      for (const minute of folded.minutes.keys()) {
        this.#units.delete(`${tier.table}${Math.floor((minute * minuteMilliseconds) / tier.milliseconds)}`);
      }
    }
  }

  #reading(
    resolution: Reading['resolution'],
    window: Window,
    functions: readonly CatalogFunction[],
    totals: RowTable,
    withHistograms: RowTable | undefined,
    sum: (wanted: readonly MeasuredFunction[]) => RowTable,
  ): Reading {
    return {
      resolution,
      window,
      totals: functions.map((fn) => totalsOf(fn, totals)),
      histograms: (wanted) => {
        const table = withHistograms ?? sum(wanted);
        const histograms = new Map<MeasuredFunction, SparseHistogram>();
        for (const fn of wanted) {
          const row = table.find(fn.id);
          if (row < 0) continue;
          this.#sum.add(table.histogram(row));
          histograms.set(fn, this.#sum.take());
        }
        return histograms;
      },
      details: (wanted) => this.#details(window, wanted),
    };
  }

  /** Adds the rows of some functions, found by key. */
  #seek(stretch: Stretch, wanted: readonly MeasuredFunction[], into: RowTable): void {
    const many = wanted.length > soughtFunctions;
    const statement = this.#statement(
      many
        ? `SELECT fn, calls, errors, seconds, max, samples, h FROM ${stretch.tier.table} WHERE t >= ? AND t < ?`
        : `SELECT fn, calls, errors, seconds, max, samples, h FROM ${stretch.tier.table}
           WHERE t IN (SELECT value FROM json_each(?)) AND fn IN (SELECT value FROM json_each(?))`,
    );
    const units = Array.from({ length: stretch.to - stretch.from }, (_, i) => stretch.from + i);
    const rows = many
      ? statement.iterate(stretch.from, stretch.to)
      : statement.iterate(JSON.stringify(units), JSON.stringify(wanted.map((fn) => fn.id)));
    const ids = many ? new Set(wanted.map((fn) => fn.id)) : undefined;
    for (const each of rows) {
      // setReturnArrays makes a row an array of the selected columns, which the types of node:sqlite do not say.
      const [fn, calls, errors, seconds, max, samples, h] = each as unknown as TotalsRow;
      if (ids !== undefined && !ids.has(fn)) continue;
      const bytes = h ?? emptyBlob;
      into.addParts(fn, calls, errors, seconds, max, samples, bytes, 0, bytes.length);
    }
  }

  /** Totals of all functions, without histograms. */
  #scan(stretches: readonly Stretch[], waiting: readonly RowTable[]): RowTable {
    const into = new RowTable();
    for (const table of waiting) addTotals(table, into);
    for (const stretch of stretches) {
      if (stretch.tier === minuteTier) addUnits(this.#loadUnits(stretch.tier.table, stretch.from, stretch.to), into);
      else for (let at = stretch.from; at < stretch.to; at += 1) addTotals(this.#unit(stretch.tier.table, at), into);
    }
    return into;
  }

  #unit(table: string, at: number): RowTable {
    const key = `${table}${at}`;
    const known = this.#units.get(key);
    if (known !== undefined) return known;
    const unit = new RowTable();
    addUnits(this.#loadUnits(table, at, at + 1), unit);
    unit.trim();
    this.#units.set(key, unit);
    return unit;
  }

  *#loadUnits(table: string, from: number, to: number): Generator<TotalsRow> {
    const statement = this.#statement(
      `SELECT fn, calls, errors, seconds, max, samples, NULL FROM ${table} WHERE t >= ? AND t < ?`,
    );
    for (const row of statement.iterate(from, to)) yield row as unknown as TotalsRow; // as in #seek
  }

  #details(window: Window, wanted: readonly MeasuredFunction[]): readonly DetailCount[] {
    const byId = new Map(wanted.map((fn) => [fn.id, fn]));
    const from = Math.floor(window.since / hourMilliseconds);
    const to = Math.ceil(window.until / hourMilliseconds);
    const counts = new Map<string, DetailCount & { count: number; lastSeen: number }>();
    const add = (fnId: number, kind: number, label: string, count: number, lastSeen: number): void => {
      const fn = byId.get(fnId);
      const name = detailKinds[kind];
      if (fn === undefined || name === undefined || lastSeen < window.since) return;
      const key = `${fnId}|${kind}|${label}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { fn, kind: name, label, count, lastSeen });
      else counts.set(key, { ...known, count: known.count + count, lastSeen: Math.max(known.lastSeen, lastSeen) });
    };
    const statement = this.#statement(
      `SELECT fn, kind, label, sum(count), max(last_seen) FROM detail
       WHERE t IN (SELECT value FROM json_each(?)) AND fn IN (SELECT value FROM json_each(?)) GROUP BY fn, kind, label`,
    );
    const hours = JSON.stringify(Array.from({ length: to - from }, (_, i) => from + i));
    for (const each of statement.iterate(hours, JSON.stringify([...byId.keys()]))) {
      // setReturnArrays, as in #seek.
      const [fn, kind, label, count, lastSeen] = each as unknown as [number, number, string, number, number];
      add(fn, kind, label, count, lastSeen);
    }
    for (const { details } of this.#options.waiting()) {
      for (const detail of details.values()) {
        if (detail.hour >= from && detail.hour < to) {
          add(detail.functionId, detail.kind, detail.label, detail.count, detail.lastSeen);
        }
      }
    }
    return [...counts.values()];
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#options.reader.prepare(sql);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function totalsOf(fn: CatalogFunction, table: RowTable): Totals {
  const row = table.find(fn.id);
  if (row < 0) return { fn, calls: 0, errors: 0, seconds: 0, maxSeconds: 0, samples: 0 };
  return {
    fn,
    calls: table.calls[row] ?? 0,
    errors: table.errors[row] ?? 0,
    seconds: table.seconds[row] ?? 0,
    maxSeconds: table.maxSeconds[row] ?? 0,
    samples: table.samples[row] ?? 0,
  };
}

/** The sum over tables; with histograms of the wanted functions, or the plain numbers of all. */
function sumTables(tables: readonly RowTable[], wanted: readonly MeasuredFunction[], histograms: boolean): RowTable {
  const into = new RowTable();
  for (const table of tables) {
    if (!histograms) {
      addTotals(table, into);
      continue;
    }
    for (const fn of wanted) {
      const row = table.find(fn.id);
      if (row < 0) continue;
      const start = table.starts[row] ?? 0;
      into.addParts(
        fn.id,
        table.calls[row] ?? 0,
        table.errors[row] ?? 0,
        table.seconds[row] ?? 0,
        table.maxSeconds[row] ?? 0,
        table.samples[row] ?? 0,
        table.bytes,
        start,
        start + (table.lengths[row] ?? 0),
      );
    }
  }
  return into;
}

function addTotals(table: RowTable, into: RowTable): void {
  for (let row = 0; row < table.size; row += 1) {
    into.addParts(
      table.functions[row] ?? 0,
      table.calls[row] ?? 0,
      table.errors[row] ?? 0,
      table.seconds[row] ?? 0,
      table.maxSeconds[row] ?? 0,
      table.samples[row] ?? 0,
      emptyBlob,
      0,
      0,
    );
  }
}

function addUnits(rows: Iterable<TotalsRow>, into: RowTable): void {
  for (const [fn, calls, errors, seconds, max, samples] of rows) {
    into.addParts(fn, calls, errors, seconds, max, samples, emptyBlob, 0, 0);
  }
}
