import type { SparseHistogram } from '@runlens/protocol/histogram';
import type { SeriesMetric } from '../operations/recorder.ts';
import type { Attribute, Exemplar } from './metrics.ts';

/** What is sent: the numbers of functions over one interval of time, before any encoding. */

/** A function as it is known outside: see "Function identity" in the design. */
export interface FunctionIdentity {
  readonly name: string;
  /** Relative to the root, with `/`. */
  readonly file: string;
  /** 1-based line of the first token; 0: not known. */
  readonly line: number;
}

/** Durations of calls at `protocol/histogram.ts`'s scale. Weighted: what was not timed is stood for by what was. */
export interface DurationNumbers {
  readonly histogram: SparseHistogram;
  /** Seconds. */
  readonly sum: number;
  /** Seconds, of the calls that were timed. */
  readonly min: number;
  readonly max: number;
}

export interface FunctionNumbers {
  readonly calls: number;
  /** By `error.type`. */
  readonly errors: ReadonlyMap<string, number>;
  readonly duration: DurationNumbers | undefined;
  /** Of the slowest of its calls; told with the durations, so not without. */
  readonly exemplars: readonly Exemplar[];
}

/** Queries or calls out of one kind, by one function, or how they repeat; or calls of a function by one caller. */
export interface OperationNumbers {
  readonly metric: SeriesMetric;
  /** All that tell it from others of the metric, the function included. */
  readonly attributes: readonly Attribute[];
  readonly numbers: DurationNumbers | number;
}

export interface Batch {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly functions: ReadonlyMap<FunctionIdentity, FunctionNumbers>;
  /** By metric and attributes, as one text. */
  readonly operations: ReadonlyMap<string, OperationNumbers>;
}

/** What a batch takes up in a queue. */
export const rowsOf = ({ functions, operations }: Batch): number => functions.size + operations.size;

/** How many OTLP points the numbers of one function become. */
export const pointsOfFunction = ({ errors, duration }: FunctionNumbers): number => 1 + errors.size + (duration ? 1 : 0);

export function pointsOf({ functions, operations }: Batch): number {
  let points = operations.size;
  for (const numbers of functions.values()) points += pointsOfFunction(numbers);
  return points;
}

/** Both intervals as one: counts are added, so nothing is lost but the finer time. */
export function mergeBatches(a: Batch, b: Batch): Batch {
  const functions = new Map(a.functions);
  for (const [identity, numbers] of b.functions) {
    const before = functions.get(identity);
    functions.set(identity, before ? mergeNumbers(before, numbers) : numbers);
  }
  const operations = new Map(a.operations);
  for (const [key, more] of b.operations) addOperation(operations, key, more);
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end), functions, operations };
}

export function addOperation(into: Map<string, OperationNumbers>, key: string, more: OperationNumbers): void {
  const before = into.get(key);
  into.set(key, before ? { ...before, numbers: mergeSeries(before.numbers, more.numbers) } : more);
}

/** Both are of one metric, so of one kind. */
function mergeSeries(a: DurationNumbers | number, b: DurationNumbers | number): DurationNumbers | number {
  if (typeof a === 'number') return typeof b === 'number' ? a + b : a;
  return typeof b === 'number' ? a : mergeDurations(a, b);
}

export function mergeNumbers(a: FunctionNumbers, b: FunctionNumbers): FunctionNumbers {
  const errors = new Map(a.errors);
  for (const [type, count] of b.errors) errors.set(type, (errors.get(type) ?? 0) + count);
  return {
    calls: a.calls + b.calls,
    errors,
    duration: a.duration && b.duration ? mergeDurations(a.duration, b.duration) : (a.duration ?? b.duration),
    exemplars: slowest([...a.exemplars, ...b.exemplars]),
  };
}

/** Exemplars of one function in one batch: what a collector that was away for long is told of it. */
const mostExemplars = 3;

export const slowest = (exemplars: readonly Exemplar[]): readonly Exemplar[] =>
  exemplars.length <= mostExemplars
    ? exemplars
    : exemplars.toSorted((one, other) => other.value - one.value).slice(0, mostExemplars);

function mergeDurations(a: DurationNumbers, b: DurationNumbers): DurationNumbers {
  const counts = new Map<number, number>();
  for (const { histogram } of [a, b]) {
    histogram.indexes.forEach((index, i) => {
      counts.set(index, (counts.get(index) ?? 0) + (histogram.counts[i] ?? 0));
    });
  }
  const indexes = [...counts.keys()].sort((x, y) => x - y);
  return {
    histogram: {
      zeroCount: a.histogram.zeroCount + b.histogram.zeroCount,
      indexes,
      counts: indexes.map((index) => counts.get(index) ?? 0),
    },
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}
