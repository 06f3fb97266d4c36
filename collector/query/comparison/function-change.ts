/** What has changed in one function between two sides, and which of the changes of many functions are to be told. */
import type { ChangeKind, ComparedNumbers, FunctionChange } from '@runlens/protocol/api/compare';
import { histogramCount, quantile, type SparseHistogram } from '@runlens/protocol/histogram';
import { HistogramSum } from '../../store/histogram-blob.ts';
import { durationsDiffer, falseDiscoveryRates, longerThan, ratesDiffer } from './tests.ts';

/** A function in a batch of time. */
export interface FunctionBatch {
  readonly minutes: number;
  readonly calls: number;
  readonly errors: number;
  /** Of timed calls; its count stands for all of them. */
  readonly histogram: SparseHistogram;
}

/** What is tested by itself: chances are corrected within each. */
export const families = ['duration', 'tail', 'errors', 'calls'] as const;
export type Family = (typeof families)[number];

/** Below these a function is not tested: what it did is too little to say that it differs. */
export const least = {
  /** Timed calls of each side. */
  duration: 50,
  tail: 200,
  /** Of both sides together, as is the next: by the sum nothing is told of the difference, so that leaving out what has less does
   * not bias the rest (R. Bourgon, R. Gentleman, W. Huber, Independent filtering increases detection power, PNAS 107, 2010). */
  errors: 5,
  calls: 40,
} as const;

/** A difference that is certain need not matter: less than this is not told. */
const matters = {
  median: 1.15,
  tail: 1.25,
  errors: 1.5,
  /** Of all calls. */
  errorShare: 0.0005,
  calls: 1.5,
  /** The code of a process is compiled as it runs, so that two processes differ by some; seconds. */
  seconds: 1e-6,
} as const;

/** The share of told changes that may be chance. */
export const toldRate = 0.05;

export interface TestedChange {
  readonly family: Family;
  readonly kind: ChangeKind;
  readonly ratio: number | null;
  readonly chance: number;
}

interface Sides {
  readonly base: readonly FunctionBatch[];
  readonly now: readonly FunctionBatch[];
  /** Calls a minute of the whole service, now over base. */
  readonly traffic: number;
}

/** All that may be told of a function: it matters, and is tested, but not yet corrected for how many tests were made. */
export function changesOf({ base, now, traffic }: Sides): readonly TestedChange[] {
  const [before, after] = [numbersOf(base), numbersOf(now)];
  return [...durations(base, now, before, after), ...errors(base, now, before, after), ...calls(base, now, traffic)];
}

const sum = new HistogramSum();

function merged(batches: readonly FunctionBatch[]): SparseHistogram {
  for (const { histogram } of batches) {
    sum.addZeros(histogram.zeroCount);
    for (const [i, index] of histogram.indexes.entries()) sum.addBucket(index, histogram.counts[i] ?? 0);
  }
  return sum.take();
}

export function numbersOf(batches: readonly FunctionBatch[]): ComparedNumbers {
  const histogram = merged(batches);
  const minutes = total(batches, 'minutes');
  const all = total(batches, 'calls');
  const at = (q: number): number | null => quantile(histogram, q) ?? null;
  return {
    calls: all,
    callsPerMinute: minutes > 0 ? all / minutes : 0,
    errors: total(batches, 'errors'),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  };
}

const total = (batches: readonly FunctionBatch[], of: 'minutes' | 'calls' | 'errors'): number =>
  batches.reduce((all, each) => all + each[of], 0);

function* durations(
  base: readonly FunctionBatch[],
  now: readonly FunctionBatch[],
  before: ComparedNumbers,
  after: ComparedNumbers,
): Generator<TestedChange> {
  const [one, two] = [base, now].map((side) => side.map(({ histogram }) => histogram));
  if (one === undefined || two === undefined) return;
  const samples = Math.min(...[one, two].map((side) => side.reduce((all, each) => all + histogramCount(each), 0)));
  if (samples < least.duration || before.p50 === null || after.p50 === null) return;
  const chance = durationsDiffer(one, two);
  const direction = directionOf(before.p50, after.p50, matters.median);
  if (chance !== undefined && direction !== undefined && Math.abs(after.p50 - before.p50) >= matters.seconds) {
    yield { family: 'duration', kind: direction, ratio: ratioOf(before.p50, after.p50), chance };
  }
  if (samples < least.tail || before.p95 === null || after.p95 === null) return;
  const slow = bucketOf(merged([...base, ...now]), 0.95);
  const tailChance = ratesDiffer(longerThan(one, slow), longerThan(two, slow));
  const tail = directionOf(before.p95, after.p95, matters.tail);
  if (tailChance === undefined || tail === undefined || Math.abs(after.p95 - before.p95) < matters.seconds) return;
  yield {
    family: 'tail',
    kind: tail === 'slower' ? 'slowerTail' : 'fasterTail',
    ratio: ratioOf(before.p95, after.p95),
    chance: tailChance,
  };
}

/** The bucket in which a percentile lies. */
function bucketOf(histogram: SparseHistogram, q: number): number {
  let left = histogramCount(histogram) * q - histogram.zeroCount;
  for (const [i, index] of histogram.indexes.entries()) {
    left -= histogram.counts[i] ?? 0;
    if (left <= 0) return index;
  }
  return histogram.indexes.at(-1) ?? 0;
}

function* errors(
  base: readonly FunctionBatch[],
  now: readonly FunctionBatch[],
  before: ComparedNumbers,
  after: ComparedNumbers,
): Generator<TestedChange> {
  if (before.errors + after.errors < least.errors || before.calls === 0 || after.calls === 0) return;
  const counted = (side: readonly FunctionBatch[]) =>
    side.map((batch) => ({ count: batch.errors, exposure: batch.calls }));
  const chance = ratesDiffer(counted(base), counted(now));
  const [rateBefore, rateAfter] = [before.errors / before.calls, after.errors / after.calls];
  const direction = directionOf(rateBefore, rateAfter, matters.errors);
  if (chance === undefined || direction === undefined) return;
  if (Math.abs(rateAfter - rateBefore) < matters.errorShare) return;
  yield {
    family: 'errors',
    kind: direction === 'slower' ? 'moreErrors' : 'fewerErrors',
    ratio: ratioOf(rateBefore, rateAfter),
    chance,
  };
}

function* calls(
  base: readonly FunctionBatch[],
  now: readonly FunctionBatch[],
  traffic: number,
): Generator<TestedChange> {
  const [before, after] = [total(base, 'calls'), total(now, 'calls')];
  if (before + after < least.calls) return;
  const chance = ratesDiffer(
    base.map((batch) => ({ count: batch.calls, exposure: batch.minutes })),
    now.map((batch) => ({ count: batch.calls, exposure: batch.minutes * traffic })),
  );
  const rateBefore = before / Math.max(total(base, 'minutes'), 1e-9);
  const rateAfter = after / Math.max(total(now, 'minutes') * traffic, 1e-9);
  const direction = directionOf(rateBefore, rateAfter, matters.calls);
  if (chance === undefined || direction === undefined) return;
  const kind = after === 0 ? 'notCalled' : direction === 'slower' ? 'moreCalls' : 'fewerCalls';
  yield { family: 'calls', kind, ratio: ratioOf(rateBefore, rateAfter), chance };
}

const ratioOf = (before: number, after: number): number | null => (before > 0 ? after / before : null);

/** `slower`: more of it; undefined: not more or less than matters. */
function directionOf(before: number, after: number, factor: number): 'slower' | 'faster' | undefined {
  if (after > before && after >= before * factor) return 'slower';
  if (before > after && before >= after * factor) return 'faster';
  return undefined;
}

export interface TestedFunction {
  readonly tested: readonly TestedChange[];
}

/**
 * The changes of each function that are to be told. `tests`: how many were made in each family, those of functions that
 * were not worth a close look included.
 */
export function toldChanges<Tested extends TestedFunction>(
  functions: readonly Tested[],
  tests: Readonly<Record<Family, number>>,
): ReadonlyMap<Tested, FunctionChange['changes']> {
  const told = new Map<Tested, FunctionChange['changes']>();
  for (const family of families) {
    const all = functions.flatMap((fn) =>
      fn.tested.filter((change) => change.family === family).map((change) => ({ fn, change })),
    );
    const rates = falseDiscoveryRates(
      all.map(({ change }) => change.chance),
      tests[family],
    );
    for (const [i, { fn, change }] of all.entries()) {
      const falseDiscoveryRate = Math.min(1, rates[i] ?? 1);
      if (falseDiscoveryRate > toldRate) continue;
      const known = told.get(fn) ?? [];
      told.set(fn, known);
      known.push({ kind: change.kind, ratio: change.ratio, falseDiscoveryRate });
    }
  }
  // A function that is slower as a whole is slower in its slow calls, too: that is told once.
  for (const [fn, changes] of told) {
    const whole = (kind: ChangeKind): boolean => changes.some((each) => each.kind === kind);
    told.set(
      fn,
      changes.filter(
        ({ kind }) => !(kind === 'slowerTail' && whole('slower')) && !(kind === 'fasterTail' && whole('faster')),
      ),
    );
  }
  return told;
}
