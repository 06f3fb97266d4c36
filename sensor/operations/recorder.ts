import { attributes, type metrics } from '@runlens/protocol/telemetry';
import { AskedTrail } from '../conditions/asked-trail.ts';
import type { DurationNumbers } from '../export/batch.ts';
import type { Attribute } from '../export/metrics.ts';
import type { Asker } from './askers.ts';
import { type CallNumbers, Repeats } from './repeats.ts';
import { askedHash, SameAsked } from './same-asked.ts';
import { Tally } from './tally.ts';

/** The metrics of operations. */
export type OperationMetric = (typeof metrics)['dbDuration' | 'dbRows' | 'httpDuration' | 'repeats'];
/** And those of the callers and conditions of functions, of errors, starts and answers, which travel with them. */
export type SeriesMetric =
  | OperationMetric
  | (typeof metrics)[
      | 'callers'
      | 'conditions'
      | 'exceptions'
      | 'coldStarts'
      | 'breakers'
      | 'serverDuration'
      | 'processDuration'
      | 'serialWaits'
      | 'sameAsked'];

/** One kind of query or call: all that have the same statement or route. */
export interface Shape {
  readonly kind: 'db' | 'http';
  readonly attributes: readonly Attribute[];
}

/** What one series of a metric gathered since the last drain. */
export interface OperationDelta {
  readonly metric: SeriesMetric;
  /** The slot of the first-party function that asked or was called; -1: not known. */
  readonly slot: number;
  /**
   * Of repeats: the function in one call of which they were, or -1: not known, or there was one only. Of callers: the
   * caller, or -1: none. Of errors: the function that threw, or -1: not known.
   */
  readonly within: number;
  readonly attributes: readonly Attribute[];
  /** Of callers and entries, where the entry is a job: the function whose name it gets. */
  readonly entrySlot?: number;
  /** Of errors: the message as it is, which must not leave the process, and the place in the text as it was loaded. */
  readonly thrown?: { readonly message: string | undefined; readonly line: number; readonly offset: number };
  readonly numbers: DurationNumbers | number;
}

/** What is asked as it is, which must not leave the process. */
export interface Asked {
  readonly text: string;
  readonly values?: unknown;
}

/** An operation that has begun. */
export interface Operation {
  readonly series: Series;
  readonly startedAt: number;
}

export interface Outcome {
  readonly errorType?: string | undefined;
  /** Of an HTTP answer. */
  readonly statusCode?: number | undefined;
  readonly rows?: number | undefined;
}

/** One function asking one thing. */
export class Series {
  readonly shape: Shape;
  readonly slot: number;
  readonly outcomes = new Map<string, Ended>();
  readonly repeats = new Map<number, Tally>();
  rows: Tally | undefined;
  /** Of what only reads. */
  readonly sameAsked: SameAsked | undefined;
  /** Begun and not ended. */
  running = 0;
  /** Has nothing to tell since so many drains. */
  idle = 0;

  constructor(shape: Shape, slot: number) {
    this.shape = shape;
    this.slot = slot;
    this.sameAsked = onlyReads(shape) ? new SameAsked() : undefined;
  }
}

/** Operations of one series that ended in the same way. */
interface Ended {
  readonly attributes: readonly Attribute[];
  readonly tally: Tally;
}

export interface RecorderOptions extends CallNumbers {
  /** The request that what runs now is for, where it is known. */
  readonly requestAtHand: () => object | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Pairs of a function and a statement or route; more are told without the function, then not at all. */
const mostSeries = 5_000;
/** Outcomes of one series: status codes and kinds of errors. */
const mostOutcomes = 40;
const unknownSlot = -1;
const forgottenAfter = 6;

/** Counts and times operations by who asked, what for, and how it ended. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #series = new Map<Shape, Map<number, Series>>();
  readonly repeats: Repeats;
  readonly asked = new AskedTrail();
  #size = 0;
  #dropped = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.repeats = new Repeats(options);
  }

  /**
   * An operation begins. Undefined: there are too many kinds of them, and it is counted as dropped. `asked`: what is asked with its
   * values; nothing of it is kept.
   */
  begin(shape: Shape, asker: Asker, asked?: Asked): Operation | undefined {
    const series = this.#seriesOf(shape, asker.path[0] ?? unknownSlot);
    if (!series) {
      this.#dropped += 1;
      return undefined;
    }
    if (shape.kind === 'db') {
      this.#countRepeat(series, asker);
      this.asked.add(summaryOf(shape), this.#options.requestAtHand());
    }
    const { sameAsked } = series;
    if (asked && sameAsked && !sameAsked.isFull) {
      const hash = askedHash(asked.text, asked.values);
      if (hash !== undefined) sameAsked.add(hash);
    }
    series.running += 1;
    return { series, startedAt: this.#options.now() };
  }

  #countRepeat(series: Series, asker: Asker): void {
    if (!asker.doubt) {
      if (asker.path.length > 0) this.repeats.seen(series, asker);
      return;
    }
    for (const path of asker.doubt) {
      const [slot] = path;
      const possible = slot === undefined ? undefined : this.#seriesOf(series.shape, slot);
      if (possible) this.repeats.maybeSeen(possible, { path, request: asker.request });
    }
  }

  end({ series, startedAt }: Operation, outcome: Outcome = {}): void {
    if (series.running > 0) series.running -= 1;
    const seconds = Math.max(0, (this.#options.now() - startedAt) / 1000);
    const { errorType = '', statusCode, rows } = outcome;
    const key = statusCode === undefined ? errorType : `${statusCode} ${errorType}`;
    let known = series.outcomes.get(key);
    if (!known) {
      if (series.outcomes.size >= mostOutcomes) {
        ended(series, '_OTHER', [[attributes.errorType, '_OTHER']]).tally.add(seconds);
        return;
      }
      const own: Attribute[] = [];
      if (statusCode !== undefined) own.push([attributes.httpStatusCode, statusCode]);
      if (errorType !== '') own.push([attributes.errorType, errorType]);
      known = ended(series, key, own);
    }
    known.tally.add(seconds);
    if (rows !== undefined) {
      series.rows ??= new Tally();
      series.rows.add(rows);
    }
  }

  /** The ends of those that run now may never be told. */
  forgetRunning(): void {
    for (const bySlot of this.#series.values()) for (const series of bySlot.values()) series.running = 0;
  }

  /** Everything that ended since the last drain. `last`: the process is ending. */
  drain(last: boolean): { readonly operations: readonly OperationDelta[]; readonly dropped: number } {
    this.repeats.settle(last);
    const operations: OperationDelta[] = [];
    for (const [shape, bySlot] of this.#series) {
      for (const [slot, series] of bySlot) {
        if (this.#drainOne(series, operations)) series.idle = 0;
        else {
          series.idle += 1;
          if (series.idle > forgottenAfter && !this.repeats.has(series)) {
            bySlot.delete(slot);
            this.#size -= 1;
          }
        }
      }
      if (bySlot.size === 0) this.#series.delete(shape);
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    return { operations, dropped };
  }

  #drainOne(series: Series, into: OperationDelta[]): boolean {
    const { shape, slot, outcomes, repeats, rows } = series;
    const before = into.length;
    const metric = shape.kind === 'db' ? 'db.client.operation.duration' : 'http.client.request.duration';
    for (const { attributes: how, tally } of outcomes.values()) {
      into.push({
        metric,
        slot,
        within: unknownSlot,
        attributes: [...shape.attributes, ...how],
        numbers: tally.numbers(),
      });
    }
    outcomes.clear();
    if (rows) {
      into.push({
        metric: 'db.client.response.returned_rows',
        slot,
        within: unknownSlot,
        attributes: shape.attributes,
        numbers: rows.numbers(),
      });
      series.rows = undefined;
    }
    for (const [within, tally] of repeats) {
      into.push({
        metric: 'runlens.query.repeats',
        slot,
        within,
        attributes: shape.attributes,
        numbers: tally.numbers(),
      });
    }
    repeats.clear();
    const same = series.sameAsked?.take();
    for (const [told, count] of same
      ? ([
          ['true', same.same],
          ['false', same.of - same.same],
        ] as const)
      : []) {
      if (count === 0) continue;
      const own: Attribute[] = [...shape.attributes, [attributes.same, told]];
      into.push({ metric: 'runlens.operation.same', slot, within: unknownSlot, attributes: own, numbers: count });
    }
    return into.length > before;
  }

  #seriesOf(shape: Shape, slot: number): Series | undefined {
    let bySlot = this.#series.get(shape);
    let series = bySlot?.get(slot);
    if (series) return series;
    if (this.#size >= mostSeries) return undefined;
    if (!bySlot) {
      bySlot = new Map();
      this.#series.set(shape, bySlot);
    }
    series = new Series(shape, slot);
    bySlot.set(slot, series);
    this.#size += 1;
    return series;
  }
}

/** What is answered by others' data and changes none. */
const onlyReads = ({ attributes: own }: Shape): boolean =>
  own.some(
    ([key, value]) =>
      (key === attributes.dbOperation && value === 'SELECT') ||
      (key === attributes.httpMethod && (value === 'GET' || value === 'HEAD')),
  );

function summaryOf({ attributes: own }: Shape): string {
  const told = own.find(([key]) => key === attributes.dbSummary) ?? own.find(([key]) => key === attributes.dbOperation);
  return told === undefined ? '' : String(told[1]);
}

function ended({ outcomes }: Series, key: string, attributes: readonly Attribute[]): Ended {
  const known = outcomes.get(key) ?? { attributes, tally: new Tally() };
  outcomes.set(key, known);
  return known;
}
