/** Reads totals and histograms of functions over a window from memory and the tiers. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SparseHistogram } from '@runlens/protocol/histogram';
import { type Condition, conditions as conditionNames } from '@runlens/protocol/telemetry';
import { LRUCache } from 'lru-cache';
import type { Retention } from '../../defaults.ts';
import type { Catalog } from '../catalog.ts';
import { DetailSums } from '../detail-sums.ts';
import { emptyBlob, HistogramSum } from '../histogram-blob.ts';
import {
  type DetailCount,
  detailKinds,
  type Exemplar,
  type MeasuredFunction,
  type Ranking,
  type Reading,
  type Selection,
  type StepNumbers,
  type Totals,
  type Window,
} from '../profile-store.ts';
import { RankingSums } from '../ranking-sums.ts';
import { minuteMilliseconds, type Recent } from '../recent.ts';
import { RowTable } from '../row-table.ts';
import { addScopeSeconds } from './scope-seconds.ts';
import type { Waiting } from './sqlite-store.ts';
import {
  cover,
  hourMilliseconds,
  hourTier,
  minuteTier,
  resolutionOf,
  type Stretch,
  type Tier,
  tenMinutesMilliseconds,
  tiers,
  widened,
} from './tiers.ts';
import { UnitTotals } from './unit-totals.ts';

export interface ReadingsOptions {
  readonly reader: DatabaseSync;
  readonly catalog: Catalog;
  readonly recent: Recent;
  readonly retention: Retention;
  readonly now: () => number;
  readonly waiting: () => readonly Waiting[];
}

/** Up to this many functions are sought one by one; more are found by reading whole units of time. A survey's 500 in two versions are sought: of 20,000 that takes a fourth of the time. */
const soughtFunctions = 1_500;
/** Totals of whole minutes, hours and days, kept for rankings: 24 bytes a function and unit. */
const cachedUnitBytes = 32 * 2 ** 20;

type TotalsRow = [
  fn: number,
  calls: number,
  errors: number,
  seconds: number,
  max: number,
  samples: number,
  h: Uint8Array | null,
];

type StepRow = [at: number, calls: number, errors: number, max: number, h: Uint8Array | null];

/** Under way: the blobs that its histogram is the sum of. */
interface StepSum {
  readonly at: number;
  calls: number;
  errors: number;
  maxSeconds: number;
  readonly histograms: Uint8Array[];
}

type DetailRow = [
  fn: number,
  kind: number,
  label: string,
  count: number,
  seconds: number,
  lastSeen: number,
  max: number,
  h: Uint8Array | null,
];

type ExemplarRow = [
  fn: number,
  time: number,
  seconds: number,
  entry: string,
  conditions: string,
  trace: string,
  span: string,
  queries: number | null,
  asked: string,
];

export class SqliteReadings {
  readonly #options: ReadingsOptions;
  readonly #statements = new Map<string, StatementSync>();
  readonly #ranking = new RankingSums();
  readonly #units = new LRUCache<string, UnitTotals>({
    maxSize: cachedUnitBytes,
    sizeCalculation: (unit) => unit.byteLength,
  });
  readonly #sumOfBuckets = new HistogramSum();
  #closed = false;
  readonly #seconds = new LRUCache<
    string,
    { readonly seconds: number; readonly since: number; readonly until: number }
  >({ max: 200 });

  constructor(options: ReadingsOptions) {
    this.#options = options;
  }

  read(functions: readonly MeasuredFunction[], asked: Window): Reading {
    const { recent, retention, now } = this.#options;
    const present = now();
    const resolution = resolutionOf(asked, present, recent.completeSince, retention);
    if (resolution === 'memory') {
      const covered = recent.cover(asked.since, asked.until, present);
      const window = { since: covered.since, until: asked.until };
      return this.#reading(resolution, window, functions, sumTables(covered.tables, functions));
    }
    const { stretches, wide, recently } = this.#coverBeforeRecent(resolution, asked, present);
    const into = sumTables(recently, functions);
    for (const stretch of stretches) this.#seek(stretch, functions, into);
    const window = { since: wide.since, until: Math.min(wide.until, Math.max(asked.until, present)) };
    return this.#reading(resolution, window, functions, into);
  }

  steps(functions: readonly MeasuredFunction[], asked: Window, milliseconds: number): readonly StepNumbers[] {
    const { since, until } = widened(asked, milliseconds);
    const { table, milliseconds: unit } = milliseconds % hourMilliseconds === 0 ? hourTier : minuteTier;
    const found = new Map<number, StepSum>();
    const add = (time: number, calls: number, errors: number, max: number, histogram: Uint8Array): void => {
      const at = Math.floor(time / milliseconds) * milliseconds;
      let step = found.get(at);
      if (step === undefined) {
        step = { at, calls: 0, errors: 0, maxSeconds: 0, histograms: [] };
        found.set(at, step);
      }
      step.calls += calls;
      step.errors += errors;
      step.maxSeconds = Math.max(step.maxSeconds, max);
      if (histogram.length > 0) step.histograms.push(histogram);
    };
    const statement = this.#statement(
      `SELECT t, calls, errors, max, h FROM ${table}
       WHERE t IN (SELECT value FROM json_each(?)) AND fn IN (SELECT value FROM json_each(?))`,
    );
    const from = since / unit;
    const units = JSON.stringify(Array.from({ length: until / unit - from }, (_, i) => from + i));
    for (const each of statement.iterate(units, JSON.stringify(functions.map(({ id }) => id)))) {
      // setReturnArrays, as in #seek.
      const [at, calls, errors, max, h] = each as unknown as StepRow;
      add(at * unit, calls, errors, max, h ?? emptyBlob);
    }
    for (const { minutes } of this.#options.waiting()) {
      for (const [minute, rows] of minutes) {
        const time = minute * minuteMilliseconds;
        if (time < since || time >= until) continue;
        for (const { id } of functions) {
          const row = rows.find(id);
          if (row < 0) continue;
          add(time, rows.calls[row] ?? 0, rows.errors[row] ?? 0, rows.maxSeconds[row] ?? 0, rows.histogram(row));
        }
      }
    }
    return [...found.values()]
      .sort((one, other) => one.at - other.at)
      .map(({ histograms, ...step }) => {
        for (const histogram of histograms) this.#sumOfBuckets.add(histogram);
        return { ...step, histogram: this.#sumOfBuckets.take() };
      });
  }

  rank(selection: Selection, window: Window): Ranking {
    const { catalog } = this.#options;
    this.#sum(window);
    return this.#ranking.of(catalog.select(selection), catalog.groups);
  }

  /** Reads the units of a window that are not in memory, one in a turn of the event loop: 20 ms for 20,000 functions. */
  async prepare(asked: Window): Promise<void> {
    const { recent, retention, now } = this.#options;
    const present = now();
    const resolution = resolutionOf(asked, present, recent.completeSince, retention);
    if (resolution === 'memory') return;
    for (const { tier, from, to } of this.#cover(resolution, asked, present).stretches) {
      for (let at = from; at < to; at += 1) {
        if (this.#units.has(`${tier.table}${at}`)) continue;
        this.#unit(tier.table, at);
        await nextTurn();
        if (this.#closed) return;
      }
    }
  }

  close(): void {
    this.#closed = true;
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
    const seconds = this.#readSeconds(selection, window);
    this.#seconds.set(key, { seconds, since: window.since, until: now() + kept });
    return seconds;
  }

  #readSeconds(selection: Selection, asked: Window): number {
    const { catalog, recent, retention, now } = this.#options;
    const present = now();
    const resolution = resolutionOf(asked, present, recent.completeSince, retention);
    if (resolution === 'memory') {
      this.#sum(asked);
      return this.#ranking.total(catalog.select(selection));
    }
    const { service, environment, version } = selection;
    const scopes = [...catalog.scopes.values()].filter(
      (scope) =>
        (service === undefined || service === scope.service) &&
        (environment === undefined || environment === scope.environment) &&
        (version === undefined || version === scope.version),
    );
    const ids = JSON.stringify(scopes.map(({ id }) => id));
    const { stretches, wide } = this.#cover(resolution, asked, present);
    let sum = 0;
    for (const { tier, from, to } of stretches) {
      const [row] = this.#statement(
        `SELECT total(seconds) FROM ${tier.table}_seconds
         WHERE t >= ? AND t < ? AND scope IN (SELECT value FROM json_each(?))`,
      ).all(from, to, ids);
      sum += Number(row?.[0] ?? 0);
    }
    const waiting = new Map<number, number>();
    for (const table of this.#waitingTables(wide)) addScopeSeconds(table, catalog, waiting);
    return scopes.reduce((all, { id }) => all + (waiting.get(id) ?? 0), sum);
  }

  /** Brings the kept units up to what a fold has just committed. */
  folded(folding: Waiting): void {
    for (const tier of tiers) {
      for (const [minute, table] of folding.minutes) {
        const key = `${tier.table}${Math.floor((minute * minuteMilliseconds) / tier.milliseconds)}`;
        const unit = this.#units.peek(key);
        if (unit !== undefined && !unit.add(table)) this.#units.delete(key);
      }
    }
  }

  #cover(resolution: 'minute' | 'hour', asked: Window, now: number) {
    const tier = resolution === 'minute' ? minuteTier : hourTier;
    const wide = widened(asked, tier.milliseconds);
    return { wide, stretches: cover(wide, tier, now) };
  }

  /** As {@link #cover}, but what is in memory is taken from there: of an hour the last quarter, which is in no hour yet. */
  #coverBeforeRecent(resolution: 'minute' | 'hour', asked: Window, now: number) {
    const whole = this.#cover(resolution, asked, now);
    const { wide } = whole;
    const { recent } = this.#options;
    const from = Math.ceil(recent.completeSince / tenMinutesMilliseconds) * tenMinutesMilliseconds;
    if (resolution === 'hour' || from <= wide.since || from >= Math.min(wide.until, now)) {
      return { ...whole, recently: this.#waitingTables(wide) };
    }
    const before = { since: wide.since, until: from };
    return {
      wide,
      stretches: cover(before, minuteTier, now),
      recently: [...recent.cover(from, wide.until, now).tables, ...this.#waitingTables(before)],
    };
  }

  #waitingTables(wide: Window): readonly RowTable[] {
    return this.#options
      .waiting()
      .flatMap(({ minutes }) => [...minutes])
      .filter(([minute]) => minute * minuteMilliseconds >= wide.since && minute * minuteMilliseconds < wide.until)
      .map(([, table]) => table);
  }

  /** The sums of all functions over a window. */
  #sum(asked: Window): void {
    const { catalog, recent, retention, now } = this.#options;
    const present = now();
    const resolution = resolutionOf(asked, present, recent.completeSince, retention);
    this.#ranking.begin(catalog.highestFunction);
    if (resolution === 'memory') {
      for (const table of recent.cover(asked.since, asked.until, present).tables) this.#ranking.add(table);
      return;
    }
    const { stretches, wide } = this.#cover(resolution, asked, present);
    for (const { tier, from, to } of stretches) {
      for (let at = from; at < to; at += 1) this.#ranking.add(this.#unit(tier.table, at));
    }
    for (const table of this.#waitingTables(wide)) this.#ranking.add(table);
  }

  #reading(
    resolution: Reading['resolution'],
    window: Window,
    functions: readonly MeasuredFunction[],
    table: RowTable,
  ): Reading {
    return {
      resolution,
      window,
      totals: functions.map((fn) => totalsOf(fn, table)),
      histograms: (wanted) => {
        const histograms = new Map<MeasuredFunction, SparseHistogram>();
        for (const fn of wanted) {
          const row = table.find(fn.id);
          if (row < 0) continue;
          this.#sumOfBuckets.add(table.histogram(row));
          histograms.set(fn, this.#sumOfBuckets.take());
        }
        return histograms;
      },
      details: (wanted) => this.#details(window, wanted),
      firstThrown: (wanted) => this.#firstThrown(wanted),
      exemplars: (wanted) => this.#exemplars(window, wanted),
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

  /** The totals of one unit of a table, kept. */
  #unit(table: Tier['table'], at: number): UnitTotals {
    const key = `${table}${at}`;
    const known = this.#units.get(key);
    if (known !== undefined) return known;
    const rows = Number(this.#statement(`SELECT count(*) FROM ${table} WHERE t = ?`).all(at)[0]?.[0] ?? 0);
    const unit = new UnitTotals(rows);
    const statement = this.#statement(
      `SELECT fn, calls, errors, seconds, max, samples FROM ${table} WHERE t = ? ORDER BY fn`,
    );
    let row = 0;
    for (const each of statement.iterate(at)) {
      // setReturnArrays, as in #seek.
      const [fn, calls, errors, seconds, max, samples] = each as unknown as TotalsRow;
      unit.set(row++, fn, calls, errors, seconds, max, samples);
    }
    this.#units.set(key, unit);
    return unit;
  }

  #details(window: Window, wanted: readonly MeasuredFunction[]): readonly DetailCount[] {
    const sums = new DetailSums(wanted, window.since);
    const from = Math.floor(window.since / hourMilliseconds);
    const to = Math.ceil(window.until / hourMilliseconds);
    const hours = JSON.stringify(Array.from({ length: to - from }, (_, i) => from + i));
    const ids = JSON.stringify(wanted.map(({ id }) => id));
    const where = 'WHERE t IN (SELECT value FROM json_each(?)) AND fn IN (SELECT value FROM json_each(?))';
    const plain = this.#statement(
      `SELECT fn, kind, label, sum(count), total(seconds), max(last_seen), 0, NULL FROM detail
       ${where} AND h IS NULL GROUP BY fn, kind, label`,
    );
    const withHistogram = this.#statement(
      `SELECT fn, kind, label, count, seconds, last_seen, max, h FROM detail ${where} AND h IS NOT NULL`,
    );
    for (const statement of [plain, withHistogram]) {
      for (const each of statement.iterate(hours, ids)) {
        // setReturnArrays, as in #seek.
        const [fn, kind, label, count, seconds, lastSeen, maxSeconds, h] = each as unknown as DetailRow;
        sums.add({ functionId: fn, kind, label, count, seconds, lastSeen, maxSeconds, histogram: h ?? emptyBlob });
      }
    }
    for (const { details } of this.#options.waiting()) {
      for (const detail of details.values()) if (detail.hour >= from && detail.hour < to) sums.add(detail);
    }
    return sums.counts();
  }

  #exemplars(window: Window, wanted: readonly MeasuredFunction[]): ReadonlyMap<MeasuredFunction, readonly Exemplar[]> {
    const byId = new Map(wanted.map((fn) => [fn.id, fn]));
    const found = new Map<MeasuredFunction, Exemplar[]>();
    const add = (functionId: number, exemplar: Exemplar): void => {
      const fn = byId.get(functionId);
      if (fn === undefined || exemplar.time < window.since || exemplar.time > window.until) return;
      const ofFunction = found.get(fn);
      if (ofFunction === undefined) found.set(fn, [exemplar]);
      else ofFunction.push(exemplar);
    };
    const from = Math.floor(window.since / minuteMilliseconds);
    const to = Math.floor(window.until / minuteMilliseconds);
    const statement = this.#statement(
      `SELECT fn, time, seconds, entry, conditions, trace, span, queries, asked FROM exemplar
       WHERE fn IN (SELECT value FROM json_each(?)) AND t >= ? AND t <= ?`,
    );
    for (const each of statement.iterate(JSON.stringify([...byId.keys()]), from, to)) {
      // setReturnArrays, as in #seek.
      const [fn, time, seconds, entry, conditions, traceId, spanId, count, summary] = each as unknown as ExemplarRow;
      const queries = count === null ? undefined : { count, summary };
      add(fn, { time, seconds, entry, conditions: readConditions(conditions), traceId, spanId, queries });
    }
    for (const { slowest } of this.#options.waiting()) {
      for (const { functionId, exemplars } of slowest.values()) {
        for (const exemplar of exemplars) add(functionId, exemplar);
      }
    }
    return found;
  }

  #firstThrown(wanted: readonly MeasuredFunction[]): ReadonlyMap<MeasuredFunction, ReadonlyMap<string, number>> {
    const byId = new Map(wanted.map((fn) => [fn.id, fn]));
    const first = new Map<MeasuredFunction, Map<string, number>>();
    const add = (id: number, label: string, time: number): void => {
      const fn = byId.get(id);
      if (fn === undefined) return;
      const ofFunction = first.get(fn) ?? new Map<string, number>();
      first.set(fn, ofFunction);
      ofFunction.set(label, Math.min(time, ofFunction.get(label) ?? time));
    };
    const statement = this.#statement(
      'SELECT fn, label, first_seen FROM thrown WHERE fn IN (SELECT value FROM json_each(?))',
    );
    for (const each of statement.iterate(JSON.stringify([...byId.keys()]))) {
      // setReturnArrays, as in #seek.
      const [fn, label, time] = each as unknown as [fn: number, label: string, time: number];
      add(fn, label, time);
    }
    for (const { details } of this.#options.waiting()) {
      for (const { functionId, kind, label, firstSeen } of details.values()) {
        if (detailKinds[kind] === 'thrown') add(functionId, label, firstSeen);
      }
    }
    return first;
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

const conditionsByName = new Map<string, Condition>(Object.values(conditionNames).map((name) => [name, name]));
const readConditions = (text: string): readonly Condition[] =>
  text.split(',').flatMap((name) => conditionsByName.get(name) ?? []);

function totalsOf(fn: MeasuredFunction, table: RowTable): Totals {
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

/** The sum over tables for some functions, with their histograms. */
function sumTables(tables: readonly RowTable[], wanted: readonly MeasuredFunction[]): RowTable {
  const into = new RowTable();
  for (const table of tables) {
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
