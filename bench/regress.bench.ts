/**
 * Whether the comparison of versions says what is true: weeks of a simulated service of 20,000 functions with four deploys a
 * day (`regress/simulated-history.ts`), each looked at again and again in its first hour, as the collector does.
 *
 * `alarms`: nothing was changed by any deploy, so all that is told is false. `seen`: each deploy makes 20 functions that are called
 * a hundred times a minute 20 % slower; when that is told. A service of 40 functions shows what few functions can be told of.
 *
 *     npm run bench -- regress [--rounds DEPLOYS] [--only alarms,seen]
 */
import { evidenceOf, type FunctionBatch, toldChanges } from '@runlens/collector/query/comparison/function-change';
import { type EntryShare, mixOf } from '@runlens/collector/query/comparison/mix';
import { type Pair, screen, testable, testsOf, trafficRatio } from '@runlens/collector/query/comparison/screening';
import { HistogramSum } from '@runlens/collector/store/histogram-blob';
import { seeded } from '@runlens/collector/testing/simulated';
import type { SparseHistogram } from '@runlens/protocol/histogram';
import { isWanted, readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { quantile } from './frame/statistics.ts';
import { table } from './frame/table.ts';
import {
  Deploy,
  functionsOf,
  type HistoryFunction,
  type Injected,
  type Minute,
  minutesBefore,
} from './regress/simulated-history.ts';

const aims = { alarms: 1, minutes: 10 };
const deploysOfWeek = 28;
/** Minutes after the deploy at which it is looked at; the first minute of a version is left out. */
const looks = [4, 6, 8, 10, 20, 40, 60];
const warmUp = 1;
const mostBatches = { base: 30, now: 12 };
/** In files with another text. */
const changedFunctions = 300;
const special = 20;
const options = readOptions();
const runs = options.rounds ?? deploysOfWeek;
const weeks = runs / deploysOfWeek;
const report = new Report('regress', options);

interface Told {
  readonly fn: HistoryFunction;
  readonly kinds: readonly string[];
}

/** What is told of a deploy at each look. */
function lookAt(deploy: Deploy, functions: readonly HistoryFunction[]): ReadonlyMap<number, readonly Told[]> {
  const sums = functions.map((fn) => ({ fn, base: totals(deploy, fn, 'base'), now: totals(deploy, fn, 'now') }));
  const kept = new Map<string, readonly Minute[]>();
  const minutesOf = (fn: HistoryFunction, side: 'base' | 'now', from: number, to: number): readonly Minute[] => {
    const key = `${fn.index} ${side}`;
    const known = kept.get(key) ?? deploy.run(fn, side, ...rangeOf(deploy, side)).minutes;
    kept.set(key, known);
    const [start] = rangeOf(deploy, side);
    return known.slice(from - start, to - start);
  };
  const entriesOf = (fn: HistoryFunction, side: 'base' | 'now', { from, to }: Range) => {
    const key = `${fn.index} ${side} ${to}`;
    const known = entries.get(key) ?? deploy.run(fn, side, from, to).entries;
    entries.set(key, known);
    return known;
  };
  const entries = new Map<string, ReadonlyMap<string, EntryShare>>();
  const told = new Map<number, readonly Told[]>();
  for (const look of looks) {
    const now = { from: minutesBefore + warmUp, to: minutesBefore + look };
    const base = deploy.canary ? now : { from: 0, to: minutesBefore };
    const pairs = new Map(
      sums.map((sum): [HistoryFunction, Pair] => [
        sum.fn,
        { base: sideTotals(sum.base, base, deploy, 'base'), now: sideTotals(sum.now, now, deploy, 'now') },
      ]),
    );
    const lengths = { base: base.to - base.from, now: now.to - now.from };
    const traffic = trafficRatio([...pairs.values()], lengths) ?? 1;
    const changed = new Set([...pairs].flatMap(([fn, pair]) => (fn.index < changedFunctions ? [pair] : [])));
    const isChanged = (pair: Pair): boolean => changed.has(pair);
    const { chosen, reference } = screen(pairs, (traffic * lengths.now) / lengths.base, isChanged);
    const requests = {
      base: requestsOf(deploy, 'base', base, mostBatches.base),
      now: requestsOf(deploy, 'now', now, mostBatches.now),
    };
    const tested = [...chosen].map((fn) => {
      const one = batched(minutesOf(fn, 'base', base.from, base.to), mostBatches.base);
      const two = batched(minutesOf(fn, 'now', now.from, now.to), mostBatches.now);
      const side = (which: 'base' | 'now', batches: readonly FunctionBatch[], range: Range) => ({
        calls: batches.reduce((sum, { calls }) => sum + calls, 0),
        entries: entriesOf(fn, which, range),
        requests: requests[which],
        batches,
      });
      const mix = mixOf(side('base', one, base), side('now', two, now), traffic);
      const pair = pairs.get(fn);
      const may = pair && testable(pair);
      const evidence = evidenceOf({ base: one, now: two, traffic, mix }).filter(({ family }) => may?.[family]);
      return { fn, evidence, isReference: reference.has(fn), isChanged: fn.index < changedFunctions };
    });
    const changes = toldChanges(tested, testsOf(pairs.values(), isChanged));
    told.set(
      look,
      [...changes].flatMap(([{ fn }, own]) => (own.length > 0 ? [{ fn, kinds: own.map(({ kind }) => kind) }] : [])),
    );
  }
  return told;
}

interface Range {
  readonly from: number;
  readonly to: number;
}
const rangeOf = (deploy: Deploy, side: 'base' | 'now'): [number, number] =>
  side === 'base' && !deploy.canary ? [0, minutesBefore] : [minutesBefore + warmUp, minutesBefore + 60];

/** Running totals by minute: calls, errors, seconds. */
function totals(deploy: Deploy, fn: HistoryFunction, side: 'base' | 'now'): Float32Array {
  const { minutes } = deploy.run(fn, side, ...rangeOf(deploy, side), true);
  const sums = new Float32Array(3 * (minutes.length + 1));
  for (const [i, { batch, seconds }] of minutes.entries()) {
    for (const [k, value] of [batch.calls, batch.errors, seconds].entries()) {
      sums[3 * (i + 1) + k] = (sums[3 * i + k] ?? 0) + value;
    }
  }
  return sums;
}

function sideTotals(sums: Float32Array, { from, to }: Range, deploy: Deploy, side: 'base' | 'now'): Pair['base'] {
  const [start] = rangeOf(deploy, side);
  const [calls = 0, errors = 0, seconds = 0] = [0, 1, 2].map(
    (k) => (sums[3 * (to - start) + k] ?? 0) - (sums[3 * (from - start) + k] ?? 0),
  );
  return { functions: [], calls, errors, seconds, whole: true };
}

const sum = new HistogramSum();

function batched(minutes: readonly Minute[], most: number): readonly FunctionBatch[] {
  return edges(minutes.length, most).map(([from, to]) => {
    const own = minutes.slice(from, to).map(({ batch }) => batch);
    for (const { histogram } of own) addTo(sum, histogram);
    const total = (of: 'calls' | 'errors' | 'minutes'): number => own.reduce((all, each) => all + each[of], 0);
    return { minutes: total('minutes'), calls: total('calls'), errors: total('errors'), histogram: sum.take() };
  });
}

function addTo(into: HistogramSum, { indexes, counts }: SparseHistogram): void {
  for (const [i, index] of indexes.entries()) into.addBucket(index, counts[i] ?? 0);
}

const edges = (length: number, most: number): [number, number][] => {
  const count = Math.min(most, length);
  return Array.from({ length: count }, (_, i) => [
    Math.round((length * i) / count),
    Math.round((length * (i + 1)) / count),
  ]);
};

function requestsOf(deploy: Deploy, side: 'base' | 'now', { from, to }: Range, most: number) {
  const batches = edges(to - from, most).map(([begin, end]) => {
    const counts = new Map<string, number>();
    for (let at = from + begin; at < from + end; at += 1) add(counts, deploy.requests(side, at));
    return counts;
  });
  const hours = new Map<string, number>();
  for (const batch of batches) add(hours, batch);
  return { hours, batches };
}

function add(into: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [name, count] of from) into.set(name, (into.get(name) ?? 0) + count);
}

const minuteText = (value: number): string => (Number.isFinite(value) ? `${value} min` : 'never');

for (const count of [20_000, 40]) {
  const random = seeded(90_210);
  const functions = functionsOf(count, special, random);
  const name = count.toLocaleString('en');
  if (isWanted(options, 'alarms')) {
    const kinds = new Map<string, number>();
    let deploysTold = 0;
    for (let i = 0; i < runs; i += 1) {
      const deploy = new Deploy(81_000 + i, (i * 6.4) % 24, i % 4 === 3, new Map());
      const told = new Set<string>();
      for (const own of lookAt(deploy, functions).values()) {
        for (const { fn, kinds: each } of own) for (const kind of each) told.add(`${fn.index} ${kind}`);
      }
      for (const each of told) {
        const [, kind = ''] = each.split(' ');
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
      if (told.size > 0) deploysTold += 1;
    }
    const alarms = [...kinds.values()].reduce((all, each) => all + each, 0);
    report.say(
      `${name} functions, ${runs} deploys that changed nothing (a quarter canaries), ${looks.length} looks each: ` +
        `${alarms} false alarms, ${(alarms / weeks).toFixed(2)} a week (aim ≤ ${aims.alarms}: ${alarms / weeks <= aims.alarms ? 'met' : 'missed'}), in ${deploysTold} deploys\n`,
    );
    if (kinds.size > 0)
      report.say(
        table(
          ['told', 'times'],
          [...kinds].map(([kind, times]) => [kind, `${times}`]),
        ),
      );
    report.keep(`alarms of ${name}`, { runs, kinds: Object.fromEntries(kinds) });
  }
  if (isWanted(options, 'seen')) {
    const slower = count > 1_000 ? special : 2;
    const injected: Injected = new Map(functions.slice(0, slower).map(({ index }) => [index, { latency: 1.2 }]));
    const times: number[] = [];
    let wrong = 0;
    for (let i = 0; i < Math.max(4, Math.round(runs / 4)); i += 1) {
      const deploy = new Deploy(85_000 + i, (i * 6.4) % 24, i % 4 === 3, injected);
      const first = new Map<number, number>();
      for (const [look, own] of lookAt(deploy, functions)) {
        for (const { fn, kinds: each } of own) {
          if (injected.has(fn.index) && each.includes('slower')) first.set(fn.index, first.get(fn.index) ?? look);
          else if (!injected.has(fn.index)) wrong += 1;
        }
      }
      if (!deploy.canary)
        for (const { index } of functions.slice(0, slower)) times.push(first.get(index) ?? Number.POSITIVE_INFINITY);
    }
    const within = times.filter((each) => each <= aims.minutes).length;
    const at = (q: number): string => minuteText(quantile(times, q));
    report.say(
      `${name} functions, ${times.length} times one of 100 calls a minute 20 % slower: ${within} seen within ${aims.minutes} minutes ` +
        `(${((within / times.length) * 100).toFixed(0)} %); median ${at(0.5)}, nine in ten ${at(0.9)}; ${wrong} others told wrongly at a look\n`,
    );
    report.keep(`seen of ${name}`, { times, wrong });
  }
}
