/** What has changed in one function between two sides, and which of the changes of many functions are to be told. */
import type { ChangeKind, ComparedNumbers, FunctionChange } from '@runlens/protocol/api/compare';
import { histogramCount, quantile, type SparseHistogram } from '@runlens/protocol/histogram';
import { HistogramSum } from '../../store/histogram-blob.ts';
import {
  explainedErrors,
  explainedRatio,
  explainedRidit,
  explainedShare,
  interpolatedQuantile,
  type Mix,
} from './mix.ts';
import {
  chanceOf,
  type Difference,
  durationsDiffer,
  falseDiscoveryRates,
  longerThan,
  Ridits,
  ratesDiffer,
  type Usual,
  usualOf,
} from './tests.ts';

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
  median: 1.1,
  tail: 1.25,
  errors: 1.5,
  /** Of all calls. */
  errorShare: 0.0005,
  calls: 1.5,
  /** The code of a process is compiled as it runs, so that two processes differ by some; seconds. */
  seconds: 1e-6,
} as const;

/**
 * The share of told changes that may be chance. Where nothing has changed it is the chance that anything is told at a look, and each
 * deploy is looked at many times: `bench/regress.bench.ts` counts what is told in weeks of that. It is spent where a change is likely and
 * hard to see, which are the durations of what was changed: what fails, stops or is called more often is mostly so by far.
 */
const toldRates = {
  changed: { duration: 0.005, tail: 0.001, errors: 0.001, calls: 0.001 },
  others: { duration: 0.001, tail: 0.001, errors: 0.001, calls: 0.001 },
} as const;

/** What the batches of a function say of one family. */
export interface Evidence {
  readonly family: Family;
  /** `common`: how many times as long all functions take. undefined: it differs by less than matters. */
  readonly kind: (common: number) => ChangeKind | undefined;
  readonly ratio: number | null;
  readonly difference: Difference;
}

interface Sides {
  readonly base: readonly FunctionBatch[];
  readonly now: readonly FunctionBatch[];
  /** Calls a minute of the whole service, now over base. */
  readonly traffic: number;
  /** undefined: nothing is known of entries. */
  readonly mix?: Mix | undefined;
}

/** All that can be said of a function, not yet corrected for how functions differ by themselves and how many tests were made. */
export function evidenceOf(sides: Sides): readonly Evidence[] {
  const [before, after] = [numbersOf(sides.base), numbersOf(sides.now)];
  return [...durations(sides), ...errors(sides, before, after), ...calls(sides)];
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

function* durations({ base, now, mix }: Sides): Generator<Evidence> {
  const [one, two] = [base, now].map((side) => side.map(({ histogram }) => histogram));
  if (one === undefined || two === undefined) return;
  const samples = Math.min(...[one, two].map((side) => side.reduce((all, each) => all + histogramCount(each), 0)));
  if (samples < least.duration) return;
  const strata = mix?.strata ?? [];
  const [before, after] = [merged(base), merged(now)];
  const ridits = new Ridits([before, after]);
  const difference = durationsDiffer(one, two, ridits, explainedRidit(strata, ridits));
  if (difference !== undefined) {
    const told = judged(before, after, 0.5, explainedRatio(strata, 0.5), matters.median);
    yield { family: 'duration', difference: farther(difference, told.ratio), ...told };
  }
  if (samples < least.tail) return;
  const slow = bucketOf(merged([...base, ...now]), 0.95);
  const [slowBefore, slowAfter] = [longerThan(one, slow), longerThan(two, slow)];
  const share = slowBefore.reduce((all, { count }) => all + count, 0) / histogramCount(before);
  const byMix = share > 0 ? Math.max(leastByMix, 1 + explainedShare(strata, slow) / share) : 1;
  const tail = ratesDiffer(
    slowBefore,
    slowAfter.map(({ count, exposure }) => ({ count, exposure: exposure * byMix })),
  );
  if (tail === undefined) return;
  const { kind, ratio } = judged(before, after, 0.95, explainedRatio(strata, 0.95), matters.tail);
  const direction = kind(1);
  const told = direction && (direction === 'slower' ? 'slowerTail' : 'fasterTail');
  yield { family: 'tail', difference: tail, kind: () => told, ratio };
}
/**
 * Ranks are as different as they can be once two narrow distributions lie apart, however far: then the medians say how far. In
 * standard errors it is as before.
 */
function farther(difference: Difference, ratio: number | null): Difference {
  const { statistic, variance } = difference;
  if (ratio === null || ratio <= 0 || Math.abs(statistic) < certain) return difference;
  const byMedian = (Math.log(ratio) / statistic) ** 2;
  return { ...difference, variance: Math.max(variance, byMedian) };
}
/** Standard errors beyond which a median's own error does not matter. */
const certain = 3;

/** By the mix alone there are not fewer slow calls than this part of those before. */
const leastByMix = 0.1;

/** Whether a percentile differs by more than matters, beyond what the mix explains. */
function judged(
  before: SparseHistogram,
  after: SparseHistogram,
  q: number,
  byMix: number,
  factor: number,
): { readonly kind: (common: number) => 'slower' | 'faster' | undefined; readonly ratio: number | null } {
  const [one = 0, two = 0] = [before, after].map((histogram) => interpolatedQuantile([{ histogram, weight: 1 }], q));
  const expected = one * byMix;
  const kind = (common: number) =>
    Math.abs(two - expected * common) < matters.seconds ? undefined : directionOf(expected * common, two, factor);
  return { kind, ratio: ratioOf(expected, two) };
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

function* errors({ base, now, mix }: Sides, before: ComparedNumbers, after: ComparedNumbers): Generator<Evidence> {
  if (before.errors + after.errors < least.errors || before.calls === 0 || after.calls === 0) return;
  const [rateBefore, rateAfter] = [before.errors / before.calls, after.errors / after.calls];
  const bound = explainedErrors(mix?.strata ?? []);
  const byMix = Math.min(bound.most, Math.max(bound.least, rateBefore > 0 ? rateAfter / rateBefore : bound.most));
  const difference = ratesDiffer(
    base.map((batch) => ({ count: batch.errors, exposure: batch.calls })),
    now.map((batch) => ({ count: batch.errors, exposure: batch.calls * byMix })),
  );
  if (difference === undefined) return;
  const expected = rateBefore * byMix;
  const direction = directionOf(expected, rateAfter, matters.errors);
  const isSmall = direction === undefined || Math.abs(rateAfter - expected) < matters.errorShare;
  const kind = isSmall ? undefined : direction === 'slower' ? 'moreErrors' : 'fewerErrors';
  yield { family: 'errors', difference, kind: () => kind, ratio: ratioOf(rateBefore, rateAfter) };
}

/** Against what is to be expected by the requests of its entries; where those are not known, by the traffic of the service. */
function* calls({ base, now, traffic, mix }: Sides): Generator<Evidence> {
  const [before, after] = [total(base, 'calls'), total(now, 'calls')];
  if (before + after < least.calls) return;
  const expected = {
    base: mix?.expected.base ?? base.map(({ minutes }) => minutes),
    now: mix?.expected.now ?? now.map(({ minutes }) => minutes * traffic),
  };
  const counted = (side: readonly FunctionBatch[], exposures: readonly number[]) =>
    side.map((batch, i) => ({ count: batch.calls, exposure: exposures[i] ?? 0 }));
  const difference = ratesDiffer(counted(base, expected.base), counted(now, expected.now));
  if (difference === undefined) return;
  const all = (exposures: readonly number[]): number =>
    Math.max(
      1e-9,
      exposures.reduce((one, each) => one + each, 0),
    );
  const [rateBefore, rateAfter] = [before / all(expected.base), after / all(expected.now)];
  const direction = directionOf(rateBefore, rateAfter, matters.calls);
  const more = direction === 'slower' ? 'moreCalls' : 'fewerCalls';
  const kind = direction && (after === 0 ? 'notCalled' : more);
  yield { family: 'calls', difference, kind: () => kind, ratio: ratioOf(rateBefore, rateAfter) };
}

const ratioOf = (before: number, after: number): number | null => (before > 0 ? after / before : null);

/** `slower`: more of it; undefined: not more or less than matters. */
function directionOf(before: number, after: number, factor: number): 'slower' | 'faster' | undefined {
  if (after > before && after >= before * factor) return 'slower';
  if (before > after && before >= after * factor) return 'faster';
  return undefined;
}

export interface TestedFunction {
  readonly evidence: readonly Evidence[];
  /** Not chosen for how it differs, so that it tells how functions differ by themselves. */
  readonly isReference: boolean;
  /** Its file has another text than before. */
  readonly isChanged: boolean;
}

/** How many tests were made in each family, of functions of files that changed and of the others. */
export type Tests = Readonly<Record<'changed' | 'others', Readonly<Record<Family, number>>>>;

/**
 * The changes of each function that are to be told. `tests`: how many were made in each family, those of functions that
 * were not worth a close look included. What a deploy changed is where it most likely made a difference: the functions of files with another
 * text are few, and corrected by themselves (C. R. Genovese, K. Roeder, L. Wasserman, False discovery control with p-value
 * weighting, Biometrika 93, 2006), so that less of a difference is enough there.
 */
export function toldChanges<Tested extends TestedFunction>(
  functions: readonly Tested[],
  tests: Tests,
): ReadonlyMap<Tested, FunctionChange['changes']> {
  const told = new Map<Tested, FunctionChange['changes']>();
  for (const family of families) {
    const all = functions.flatMap((fn) =>
      fn.evidence.filter((each) => each.family === family).map((evidence) => ({ fn, evidence })),
    );
    const usual = usualBetween(
      family,
      all.filter(({ fn }) => fn.isReference).map(({ evidence }) => evidence.difference),
    );
    const mattering = all.flatMap(({ fn, evidence: { kind: kindOf, ratio, difference } }) => {
      const kind = kindOf(Math.exp(usual.center));
      return kind === undefined ? [] : [{ fn, kind, ratio, chance: chanceOf(difference, usual) }];
    });
    for (const group of ['changed', 'others'] as const) {
      const own = mattering.filter(({ fn }) => fn.isChanged === (group === 'changed'));
      const rates = falseDiscoveryRates(
        own.map(({ chance }) => chance),
        tests[group][family],
      );
      for (const [i, { fn, kind, ratio }] of own.entries()) {
        const falseDiscoveryRate = Math.min(1, rates[i] ?? 1);
        if (falseDiscoveryRate > toldRates[group][family]) continue;
        const known = told.get(fn) ?? [];
        told.set(fn, known);
        known.push({ kind, ratio, falseDiscoveryRate });
      }
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

/** σ of the logarithm of how many times as long a function takes in another process and another hour, at least. */
const leastUsual = 0.03;
/** What all durations have in common is of machines and of the hour, up to this factor. Beyond, it is told of each. */
const mostCommon = 1.1;

function usualBetween(family: Family, differences: readonly Difference[]): Usual {
  const { center, variance } = usualOf(differences, leastUsual ** 2);
  // What calls and errors have in common is in the traffic already, or is a change.
  const isOfMachines = family === 'duration' && Math.abs(center) <= Math.log(mostCommon);
  return { center: isOfMachines ? center : 0, variance };
}
