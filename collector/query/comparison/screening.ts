/** Which of many functions are looked at closely: their plain totals differ, or they are where the time goes. */
import type { MeasuredFunction, ProfileStore, Selection } from '../../store/profile-store.ts';
import { type Family, families, least, type Tests } from './function-change.ts';
import type { Side } from './sides.ts';

/** What a function did on a side. */
export interface SideTotals {
  readonly functions: readonly MeasuredFunction[];
  readonly calls: number;
  readonly errors: number;
  readonly seconds: number;
  /** Loaded for all of the side, so that its calls can be compared. */
  readonly whole: boolean;
}

/** By the group of the function; those that were measured in the side's window. */
export function totalsOfSide(store: ProfileStore, selection: Selection, side: Side): ReadonlyMap<number, SideTotals> {
  const { functions, cellOf, calls, errors, seconds } = store.rank({ ...selection, version: side.version }, side.wide);
  const found = new Map<number, SideTotals & { functions: MeasuredFunction[]; whole: boolean }>();
  const [first] = side.batches;
  const inTime = first?.until ?? side.window.since;
  for (const [i, fn] of functions.entries()) {
    if (fn.measuredSince > side.window.until || fn.source.lastSeen < side.window.since) continue;
    const whole = fn.measuredSince <= inTime;
    const known = found.get(fn.group);
    if (known !== undefined) {
      known.functions.push(fn);
      known.whole ||= whole;
      continue;
    }
    const cell = cellOf[i] ?? 0;
    found.set(fn.group, {
      functions: [fn],
      whole,
      calls: calls[cell] ?? 0,
      errors: errors[cell] ?? 0,
      seconds: seconds[cell] ?? 0,
    });
  }
  return found;
}

export interface Pair {
  readonly base: SideTotals;
  readonly now: SideTotals;
}

/** How much more traffic there is now: the median of the functions' ratios (S. Anders, W. Huber, Differential expression
 * analysis for sequence count data, Genome Biology 11, 2010, eq. 5), for which one function called more often is no traffic.
 * undefined: nothing is called. */
export function trafficRatio(pairs: readonly Pair[], minutes: { readonly base: number; readonly now: number }) {
  const often = pairs.filter(({ base, now }) => Math.min(base.calls, now.calls) >= leastForTraffic);
  const ratios = often.map(({ base, now }) => now.calls / base.calls).sort((one, other) => one - other);
  const middle = ratios[Math.floor(ratios.length / 2)];
  const sum = (side: 'base' | 'now'): number => pairs.reduce((all, pair) => all + pair[side].calls, 0);
  const ratio = ratios.length >= leastForMedian ? middle : sum('base') > 0 ? sum('now') / sum('base') : undefined;
  return ratio === undefined ? undefined : (ratio * minutes.base) / minutes.now;
}
const leastForTraffic = 20;
const leastForMedian = 5;

/** Whether each test may be made of a function, by its calls alone. */
export function testable({ base, now }: Pair): Readonly<Record<Family, boolean>> {
  const fewest = Math.min(base.calls, now.calls);
  return {
    duration: fewest >= least.duration,
    tail: fewest >= least.tail,
    errors: fewest > 0 && base.errors + now.errors >= least.errors,
    calls: base.whole && now.whole && base.calls + now.calls >= least.calls,
  };
}

/** Whether its file has another text than before; where that is not told, it has not. */
export function hasChanged({ base, now }: Pair): boolean {
  const blobs = (side: SideTotals): ReadonlySet<string> => new Set(side.functions.map(({ source }) => source.blob));
  const [before, after] = [blobs(base), blobs(now)];
  return !before.has('') && !after.has('') && after.size > 0 && [...after].every((blob) => !before.has(blob));
}

/** How many tests can be made. */
export function testsOf(pairs: Iterable<Pair>, isChanged: (pair: Pair) => boolean): Tests {
  const none: Record<Family, number> = { duration: 0, tail: 0, errors: 0, calls: 0 };
  const tests = { changed: { ...none }, others: { ...none } };
  for (const pair of pairs) {
    const may = testable(pair);
    const group = tests[isChanged(pair) ? 'changed' : 'others'];
    for (const family of families) if (may[family]) group[family] += 1;
  }
  return tests;
}

/**
 * Closely looked at by each of the reasons; what reading their batches costs grows with it. By what the difference costs and, as
 * a cheap function can be slower too, by how unlikely it is; and what the deploy changed.
 */
const looked = { changed: 300, duration: 100, unlikely: 300, errors: 60, calls: 60, reference: 100 } as const;
/** Less of a difference of the totals cannot be one that matters. */
const screened = { mean: 1.06, errors: 1.4, calls: 1.4 } as const;

export interface Screened<Key> {
  readonly chosen: ReadonlySet<Key>;
  /** Those that took most time on the base side, whatever they do now: how they differ is how functions differ by themselves. */
  readonly reference: ReadonlySet<Key>;
  /** Functions whose totals differ and that were too many to be looked at. */
  readonly left: number;
}

/** `scale`: what a function's calls are to be multiplied by to be expected now. */
export function screen<Key>(
  pairs: ReadonlyMap<Key, Pair>,
  scale: number,
  isChanged: (pair: Pair) => boolean,
): Screened<Key> {
  const lists: Record<keyof typeof looked, { readonly key: Key; readonly worth: number }[]> = {
    changed: [],
    duration: [],
    unlikely: [],
    errors: [],
    calls: [],
    reference: [],
  };
  for (const [key, pair] of pairs) {
    const { base, now } = pair;
    const may = testable(pair);
    if (isChanged(pair)) lists.changed.push({ key, worth: now.calls + base.calls });
    if (may.duration) {
      const [before, after] = [base.seconds / base.calls, now.seconds / now.calls];
      if (differ(before, after, screened.mean)) {
        const size = 1 / (1 / base.calls + 1 / now.calls);
        lists.duration.push({ key, worth: Math.abs(after - before) * now.calls });
        lists.unlikely.push({ key, worth: Math.abs(Math.log(after / before)) * Math.sqrt(size) });
      }
    }
    if (may.errors) {
      const [before, after] = [base.errors / base.calls, now.errors / now.calls];
      if (differ(before, after, screened.errors)) {
        lists.errors.push({ key, worth: Math.abs(after - before) * now.calls });
      }
    }
    if (may.calls) {
      const expected = base.calls * scale;
      if (differ(expected, now.calls, screened.calls)) {
        lists.calls.push({ key, worth: Math.abs(now.calls - expected) / Math.sqrt(expected + now.calls) });
      }
    }
    if (base.seconds > 0) lists.reference.push({ key, worth: base.seconds });
  }
  const chosen = new Set<Key>();
  const reference = new Set<Key>();
  const all = new Set<Key>();
  for (const name of ['changed', 'errors', 'duration', 'unlikely', 'calls', 'reference'] as const) {
    const list = lists[name].sort((one, other) => other.worth - one.worth);
    for (const { key } of list.slice(0, looked[name])) {
      chosen.add(key);
      if (name === 'reference') reference.add(key);
    }
    if (name !== 'reference' && name !== 'changed') for (const { key } of list) all.add(key);
  }
  return { chosen, reference, left: [...all].filter((key) => !chosen.has(key)).length };
}

const differ = (one: number, other: number, factor: number): boolean =>
  Math.max(one, other) > 0 && Math.max(one, other) >= factor * Math.min(one, other);
