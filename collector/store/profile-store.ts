/**
 * What the collector asks of a store. The embedded one is SQLite (`sqlite/`); a cluster's stands behind the same
 * interface, and `contract.ts` is the suite that every store passes.
 */
import type { SparseHistogram } from '@runlens/protocol/histogram';
import type { Condition } from '@runlens/protocol/telemetry';

/** One running process of a service, as its resource attributes tell. */
export interface ServiceInstance {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly revision: string | undefined;
  readonly repository: string | undefined;
  readonly instance: string;
}

/** A function in a source text. Readers of requests share one object between equal ones. */
export interface FunctionKey {
  readonly functionName: string;
  readonly filePath: string;
  readonly lineNumber: number;
  /** The store's own note: which function it found last by this object, so that the hot path makes no string. */
  found?: MeasuredFunction | undefined;
}

/** What happened in one function in a stretch of time. Adds to what was there. */
export interface Delta {
  readonly key: FunctionKey;
  /** The stretch, milliseconds since 1970. Its end says where it is counted, its start since when it is measured. */
  readonly start: number;
  readonly time: number;
  readonly calls: number;
  readonly errors: number;
  readonly seconds: number;
  readonly maxSeconds: number;
  readonly samples: number;
  /** Bytes of `histogram-blob.ts`. */
  readonly histogram: Uint8Array;
}

/** Only ever append: the store keeps the position. */
export const detailKinds = [
  'exception',
  'caller',
  'entry',
  'query',
  'queryError',
  'call',
  'callError',
  'repeats',
  'thrown',
  'condition',
  'entryDuration',
  'callErrorType',
  'serialWaits',
  'sameAsked',
  'undetailed',
] as const;
export type DetailKind = (typeof detailKinds)[number];

/**
 * How often something beside the plain numbers happened: an error type, a caller (file, line end, function), an entry, a
 * query (system, line end, statement), a call of another service and the failed ones of both; those of calls also by
 * `error.type`, line end, target. Of repeats the label is
 * least number, file and function around, system and statement, with line ends between. `thrown`: errors by what they say,
 * where they were thrown and what became of them (`exception-label.ts`).
 * Of serial waits the label is what is waited for, with lines, and the count calls of the function; of what was asked the same, whether it
 * was, `query` or `call`, and what, with line ends between.
 * `undetailed`: calls of a time in which the sensor told none of this.
 * Conditions and entries have durations of their own.
 */
export interface Detail {
  readonly key: FunctionKey;
  readonly time: number;
  readonly kind: DetailKind;
  readonly label: string;
  readonly count: number;
  /** What they took together; of repeats the number of queries. */
  readonly seconds?: number;
  readonly maxSeconds?: number;
  /** Bytes of `histogram-blob.ts`. */
  readonly histogram?: Uint8Array;
}

/** One call, which was among the slowest. */
export interface Exemplar {
  /** At its end, milliseconds since 1970. */
  readonly time: number;
  readonly seconds: number;
  /** Empty: not known, as are the ids. */
  readonly entry: string;
  readonly conditions: readonly Condition[];
  /** Hexadecimal. */
  readonly traceId: string;
  readonly spanId: string;
  readonly queries: AskedQueries | undefined;
}
/** What the request of a call asked of databases meanwhile. */
export interface AskedQueries {
  readonly count: number;
  /** `SELECT orders × 24`: the most frequent. */
  readonly summary: string;
}
/** Of one function, in a minute of memory and disk. */
export const exemplarsKept = 3;

export interface Batch {
  readonly instance: ServiceInstance;
  /** When it arrived, milliseconds since 1970. */
  readonly arrival: number;
  /** Which text (Git blob) of a file runs there. */
  readonly sources: readonly { readonly filePath: string; readonly blob: string }[];
  readonly unmeasured: readonly { readonly key: FunctionKey; readonly reason: string }[];
  readonly deltas: readonly Delta[];
  readonly details: readonly Detail[];
  readonly exemplars: readonly { readonly key: FunctionKey; readonly exemplar: Exemplar }[];
}

/** What a store could not take of a batch, by a sentence that says why. */
export type Refusals = ReadonlyMap<string, number>;

export interface Selection {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly version?: string | undefined;
  readonly file?: string | undefined;
  readonly function?: string | undefined;
  /** A folder. */
  readonly under?: string | undefined;
  /** The entries of services instead of their functions. */
  readonly entries?: true | undefined;
}

/** A version of a service in an environment. Instants in milliseconds since 1970. */
export interface Scope {
  readonly id: number;
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly revision: string | undefined;
  readonly repository: string | undefined;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly functions: number;
}

/** A process that measured, or one that was started again under the same id. */
export interface Instance {
  /** When what it told first began. */
  readonly firstSeen: number;
  /** When it told something last. */
  readonly lastSeen: number;
  /**
   * A Runlens sensor: it says every half minute that it is there, so it measured until `lastSeen` and not after. Others
   * are silent for as long as nothing is called.
   */
  readonly saysItIsThere: boolean;
  /** When it measured nothing in between: it was stopped and started again. Oldest first. */
  readonly silences: readonly (readonly [from: number, to: number])[];
}

/** A text of a file in a scope. */
export interface Source {
  readonly id: number;
  readonly scope: Scope;
  readonly file: string;
  /** Empty: not told. */
  readonly blob: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** By `name:line`. */
  readonly unmeasured: ReadonlyMap<
    string,
    { readonly function: string; readonly line: number; readonly reason: string }
  >;
}

/** A function in a text of a file. */
export interface MeasuredFunction {
  readonly id: number;
  readonly source: Source;
  readonly name: string;
  readonly line: number;
  /** The same number in all versions and texts: service, environment, file, name and place among twins. */
  readonly group: number;
  readonly measuredSince: number;
  /** 0: never. */
  readonly lastCall: number;
}

export interface Totals {
  readonly fn: MeasuredFunction;
  readonly calls: number;
  readonly errors: number;
  readonly seconds: number;
  readonly maxSeconds: number;
  readonly samples: number;
}

export type Resolution = 'memory' | 'minute' | 'hour';

export interface Window {
  readonly since: number;
  readonly until: number;
}

/** The totals of some functions (also of those that were not called) in a window. */
export interface Reading {
  readonly resolution: Resolution;
  /** What the numbers are of: the asked window, its edges moved out to those of the tier. */
  readonly window: Window;
  readonly totals: readonly Totals[];
  /** The histograms of some of its functions over the same window. */
  histograms(functions: readonly MeasuredFunction[]): ReadonlyMap<MeasuredFunction, SparseHistogram>;
  /** Counts beside the plain numbers, by whole hours that touch the window. */
  details(functions: readonly MeasuredFunction[]): readonly DetailCount[];
  /** When each kind of error (the label of a `thrown` detail) was seen first, also before the window. */
  firstThrown(functions: readonly MeasuredFunction[]): ReadonlyMap<MeasuredFunction, ReadonlyMap<string, number>>;
  /** The slowest calls of each function in each minute that lies in the window, as far as they are kept: two days. */
  exemplars(functions: readonly MeasuredFunction[]): ReadonlyMap<MeasuredFunction, readonly Exemplar[]>;
}

/**
 * What functions of a selection are ranked by, a cell a group, good to seven digits: to find the first of many quickly.
 * The exact numbers of those are then read.
 */
export interface Ranking {
  readonly functions: readonly MeasuredFunction[];
  /** By position in `functions`: where the group's cells are. */
  readonly cellOf: ArrayLike<number>;
  readonly cells: number;
  readonly calls: ArrayLike<number>;
  readonly errors: ArrayLike<number>;
  /** Estimated: mean × calls. */
  readonly seconds: ArrayLike<number>;
  readonly maxSeconds: ArrayLike<number>;
}

export interface DetailCount {
  readonly fn: MeasuredFunction;
  readonly kind: DetailKind;
  readonly label: string;
  readonly count: number;
  readonly seconds: number;
  readonly lastSeen: number;
  readonly maxSeconds: number;
  /** Of conditions and entries. */
  readonly histogram?: SparseHistogram;
}

/** What happened in some functions in one step of time. */
export interface StepNumbers {
  /** Where it begins, milliseconds since 1970. */
  readonly at: number;
  readonly calls: number;
  readonly errors: number;
  readonly maxSeconds: number;
  readonly histogram: SparseHistogram;
}

export interface StoreFigures {
  readonly bytes: number;
  readonly functions: number;
  readonly rowsWaiting: number;
  readonly commits: number;
  readonly commitSeconds: number;
  readonly folds: number;
  readonly foldSeconds: number;
}

export interface ProfileStore {
  /**
   * Takes a batch in. Resolves when it survives kill -9, with what was refused of it.
   * Throws {@link StorageFullError}; nothing of the batch is kept then. `id` names the request: see {@link appended}.
   */
  append(batches: readonly Batch[], id?: string): Promise<Refusals>;
  /**
   * What became of an earlier {@link append} of the same id, also before a restart or kill -9: resolves when that is
   * durable, rejects when it failed. Undefined when there was none, or when it failed: then the request is to be counted.
   */
  appended(id: string): Promise<Refusals> | undefined;
  functions(selection: Selection): readonly MeasuredFunction[];
  read(functions: readonly MeasuredFunction[], window: Window): Reading;
  rank(selection: Selection, window: Window): Ranking;
  /**
   * Step by step, oldest first; those in which nothing was called are left out. `milliseconds`: a whole number of minutes, as
   * far back as minutes are kept, or of hours. The window is moved out to whole steps.
   */
  steps(functions: readonly MeasuredFunction[], window: Window, milliseconds: number): readonly StepNumbers[];
  /** Brings what {@link rank} needs into memory, in slices that let others run. */
  prepare(window: Window): Promise<void>;
  /** Estimated seconds that all functions of a selection took in a window: mean × calls of each. */
  serviceSeconds(selection: Selection, window: Window): number;
  scopes(): readonly Scope[];
  sources(selection: Selection): readonly Source[];
  /** Grows whenever an answer about the service (undefined: any) may have changed. */
  generation(service: string | undefined): number;
  /** What is wrong and what to do; empty when all is well. */
  problems(): readonly string[];
  figures(): StoreFigures;
  /** Writes what is only in the journal to the tiers, and drops what is older than its retention. */
  maintain(): Promise<void>;
  close(): Promise<void>;
}

export class StorageFullError extends Error {
  override readonly name = 'StorageFullError';
}
export class DataFolderInUseError extends Error {
  override readonly name = 'DataFolderInUseError';
}
