/**
 * Two versions or two windows of a service, function by function. Totals of all functions are read at once; those whose
 * totals differ, and the hottest, are read batch by batch and tested.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ComparedSide, CompareRequest, CompareResponse, FunctionChange } from '@runlens/protocol/api/compare';
import type { DetailCount, MeasuredFunction, ProfileStore, Selection, Window } from '../../store/profile-store.ts';
import { MeasuredTime } from '../measured-time.ts';
import { mergedHistogram } from '../profile.ts';
import { evidenceOf, type FunctionBatch, numbersOf, toldChanges } from './function-change.ts';
import { mixesOf } from './function-mixes.ts';
import { functionsOfGroups, newErrors, newQueries } from './novelties.ts';
import {
  hasChanged,
  type Pair,
  type SideTotals,
  screen,
  testable,
  testsOf,
  totalsOfSide,
  trafficRatio,
} from './screening.ts';
import { chooseSides, type Side } from './sides.ts';

export type Comparison =
  | { readonly kind: 'compared'; readonly response: CompareResponse }
  /** The sentence says what to ask instead. */
  | { readonly kind: 'invalid'; readonly reason: string };

const mostNovelties = 50;
const functionsOfSlice = 20;
const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

export async function compare(store: ProfileStore, request: CompareRequest, now: number): Promise<Comparison> {
  const chosen = chooseSides(store, request, now);
  if (chosen.kind === 'invalid') return chosen;
  const { service, environment, of } = request;
  if (chosen.kind === 'missing') {
    return {
      kind: 'compared',
      response: { ...nothing(request, now), service, environment, of, relation: 'after', tooEarly: chosen.reason },
    };
  }
  const { base, now: other } = chosen;
  const { file, function: functionName, under } = request;
  const selection: Selection = { service, environment, file, function: functionName, under };
  // One side after the other: both together need not fit what the store keeps in memory.
  await store.prepare(base.wide);
  const before = totalsOfSide(store, selection, base);
  await store.prepare(other.wide);
  const after = totalsOfSide(store, selection, other);
  const pairs = new Map<number, Pair>();
  for (const [group, totals] of after) {
    const earlier = before.get(group);
    if (earlier !== undefined) pairs.set(group, { base: earlier, now: totals });
  }
  const minutes = { base: minutesOf(base.ran, before), now: minutesOf(other.ran, after) };
  const traffic = trafficRatio([...pairs.values()], minutes);
  const scale = ((traffic ?? 1) * minutes.now) / minutes.base;
  const { chosen: looked, reference, left } = screen(pairs, scale, hasChanged);
  const close = [...looked].flatMap((group) => pairs.get(group) ?? []);
  const batches = {
    base: await batchesOf(store, base, close, 'base'),
    now: await batchesOf(store, other, close, 'now'),
  };
  const details = {
    base: await detailsOf(
      store,
      close.flatMap((pair) => pair.base.functions),
      base.window,
    ),
    now: await detailsOf(
      store,
      close.flatMap((pair) => pair.now.functions),
      other.window,
    ),
  };
  const mixes = await mixesOf(store, selection, { sides: chosen, close, batches, details, traffic: traffic ?? 1 });
  const tested = close.flatMap((pair) => {
    const group = groupOf(pair.now);
    const [one, two] = [batches.base.get(group), batches.now.get(group)];
    if (one === undefined || two === undefined) return [];
    const may = testable(pair);
    const evidence = evidenceOf({ base: one, now: two, traffic: traffic ?? 1, mix: mixes.get(group) });
    return [
      {
        ...{ pair, base: one, now: two, isReference: reference.has(group), isChanged: hasChanged(pair) },
        evidence: evidence.filter(({ family }) => may[family]),
      },
    ];
  });
  const tests = testsOf(pairs.values(), hasChanged);
  const told = toldChanges(tested, tests);
  const functions = [...told]
    .filter(([, changes]) => changes.length > 0)
    .map(([fn, changes]): FunctionChange & { worth: number } => ({
      ...placeOf(fn.pair.now),
      base: numbersOf(fn.base),
      now: numbersOf(fn.now),
      changes,
      worth: worthOf(fn.pair, scale),
    }))
    .sort((one, two) => two.worth - one.worth);
  const novelties = noveltiesOf(store, { base, now: other, service, environment }, close, details);
  const loaded = new Set([...after.values()].flatMap(({ functions: [fn] }) => (fn ? [fn.source.file] : [])));
  const versions = of === 'versions';
  const removed = versions
    ? [...before].filter(([group, { calls }]) => calls > 0 && !after.has(group)).map(([, totals]) => totals)
    : [];
  return {
    kind: 'compared',
    response: {
      service,
      environment,
      of,
      relation: chosen.relation,
      base: sideOf(base, before.values()),
      now: sideOf(other, after.values()),
      traffic: traffic ?? null,
      compared: pairs.size,
      tested: [...pairs.values()].filter((pair) => Object.values(testable(pair)).some(Boolean)).length,
      functions: functions.slice(0, request.limit).map(({ worth: _, ...fn }) => fn),
      truncated: left > 0 || functions.length > request.limit,
      ...novelties,
      removed: removed
        // Of a file that is not loaded yet, nobody knows whether the function is still in it.
        .filter(({ functions: [fn] }) => fn !== undefined && loaded.has(fn.source.file))
        .sort((one, two) => two.calls - one.calls)
        .slice(0, mostNovelties)
        .map((totals) => ({ ...placeOf(totals), calls: totals.calls })),
      added: versions ? [...after.keys()].filter((group) => !before.has(group)).length : 0,
    },
  };
}

function nothing(
  request: CompareRequest,
  now: number,
): Omit<CompareResponse, 'service' | 'environment' | 'of' | 'relation'> {
  const window = { since: iso(now), until: iso(now) };
  const side: ComparedSide = { version: '', window, batches: 0, instances: 0, calls: 0, errors: 0 };
  return {
    base: { ...side, version: request.baseVersion ?? '' },
    now: { ...side, version: request.version ?? '' },
    traffic: null,
    compared: 0,
    tested: 0,
    functions: [],
    truncated: false,
    newErrors: [],
    newQueries: [],
    removed: [],
    added: 0,
  };
}

/** How long the service ran in a window: the longest of its functions, as far as one that was there from the start tells. */
function minutesOf(window: Window, totals: ReadonlyMap<number, SideTotals>): number {
  const whole = [...totals.values()].find((each) => each.whole) ?? [...totals.values()][0];
  const members = (whole?.functions ?? []).map((fn) => ({ fn }));
  return Math.max(1, new MeasuredTime(window).milliseconds(members)) / 60_000;
}

/** A side has at least one function of each group that it knows. */
const groupOf = ({ functions: [fn] }: SideTotals): number => fn?.group ?? -1;

function placeOf({ functions }: SideTotals): { file: string; function: string; line: number } {
  const [first] = functions.toSorted((one, other) => other.source.scope.firstSeen - one.source.scope.firstSeen);
  return { file: first?.source.file ?? '', function: first?.name ?? '', line: first?.line ?? 0 };
}

function sideOf(
  { version = '', revision, window, batches, instances }: Side,
  totals: Iterable<SideTotals>,
): ComparedSide {
  let [calls, errors] = [0, 0];
  for (const each of totals) {
    calls += each.calls;
    errors += each.errors;
  }
  return {
    version,
    ...(revision === undefined ? {} : { revision }),
    window: { since: iso(window.since), until: iso(window.until) },
    batches: batches.length,
    instances,
    calls,
    errors,
  };
}

/** What the difference costs, in seconds of the window: time, and a second for each error and each call that is missing. */
function worthOf({ base, now }: Pair, scale: number): number {
  const time = now.calls > 0 && base.calls > 0 ? Math.abs(now.seconds / now.calls - base.seconds / base.calls) : 0;
  const failing = now.calls > 0 && base.calls > 0 ? Math.abs(now.errors / now.calls - base.errors / base.calls) : 0;
  const missing = now.calls === 0 ? base.calls * scale : 0;
  return (time + failing) * now.calls + missing;
}

/** By group. One read a batch, and others are let run between. */
async function batchesOf(
  store: ProfileStore,
  side: Side,
  pairs: readonly Pair[],
  which: 'base' | 'now',
): Promise<ReadonlyMap<number, readonly FunctionBatch[]>> {
  const functions = pairs.flatMap((pair) => pair[which].functions);
  const found = new Map<number, FunctionBatch[]>(pairs.map((pair) => [groupOf(pair[which]), []]));
  for (const window of side.batches) {
    const reading = store.read(functions, window);
    const histograms = reading.histograms(functions);
    const measured = new MeasuredTime(window);
    for (const [group, members] of Map.groupBy(reading.totals, ({ fn }) => fn.group)) {
      found.get(group)?.push({
        minutes: measured.milliseconds(members) / 60_000,
        calls: members.reduce((sum, { calls }) => sum + calls, 0),
        errors: members.reduce((sum, { errors }) => sum + errors, 0),
        histogram: mergedHistogram(members, histograms),
      });
    }
    await nextTurn();
  }
  return found;
}

function noveltiesOf(
  store: ProfileStore,
  sides: { readonly base: Side; readonly now: Side; readonly service: string; readonly environment: string },
  pairs: readonly Pair[],
  details: { readonly base: readonly DetailCount[]; readonly now: readonly DetailCount[] },
): Pick<CompareResponse, 'newErrors' | 'newQueries'> {
  const { base, now } = sides;
  // Told by whole hours: of the same version, an hour that both touch is of both.
  const apart = base.version !== now.version || base.hours.until <= now.hours.since;
  const reading = store.read([], now.window);
  return {
    newErrors: newErrors(reading, details.now, functionsOfGroups(store, sides), now.newSince).slice(0, mostNovelties),
    newQueries: apart ? newQueries(pairs, details.base, details.now).slice(0, mostNovelties) : [],
  };
}

/** Their counts are many: some functions at a time, and others are let run between. */
async function detailsOf(
  store: ProfileStore,
  functions: readonly MeasuredFunction[],
  window: Window,
): Promise<readonly DetailCount[]> {
  const details: DetailCount[] = [];
  for (let i = 0; i < functions.length; i += functionsOfSlice) {
    const slice = functions.slice(i, i + functionsOfSlice);
    details.push(...store.read(slice, window).details(slice));
    await nextTurn();
  }
  return details;
}
