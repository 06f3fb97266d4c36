/** The questions of the API, answered from a store. */

import type {
  EntriesResponse,
  FileVersion,
  HotOrder,
  HotResponse,
  Profile,
  ProfilesResponse,
  ServicesResponse,
} from '@runlens/protocol/api/profile';
import { quantile } from '@runlens/protocol/histogram';
import { estimatedSeconds } from '../store/estimated-seconds.ts';
import type {
  DetailCount,
  DetailKind,
  MeasuredFunction,
  ProfileStore,
  Ranking,
  Reading,
  Selection,
  Window,
} from '../store/profile-store.ts';
import { type FunctionGroup, groupFunctions } from './group.ts';
import { leading } from './leading.ts';
import { aliveMilliseconds, MeasuredTime } from './measured-time.ts';
import { mergedHistogram, type ProfileFacts, profileOf, serviceKey } from './profile.ts';

/** Beyond this many functions the counts beside the numbers (callers, entries, exceptions) are left out. */
export const mostDetailed = 2_000;

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
const isoWindow = (window: Window) => ({ since: iso(window.since), until: iso(window.until) });

/** Profiles of all functions of a selection, also of those that were not called; most time first. */
export function profiles(
  store: ProfileStore,
  selection: Selection,
  window: Window,
  limit = Number.POSITIVE_INFINITY,
): ProfilesResponse {
  const all = store.functions(selection);
  const few = all.length <= limit;
  const ranking = few ? undefined : store.rank(selection, window);
  const reading = store.read(ranking === undefined ? all : leading(ranking, ranking.seconds, limit), window);
  const kept = rank(groupFunctions(reading.totals), secondsOf, limit);
  return {
    window: isoWindow(reading.window),
    resolution: reading.resolution,
    profiles: toProfiles(store, reading, selection, kept),
    files: selection.file === undefined ? [] : fileVersions(store, selection),
    truncated: ranking !== undefined && kept.length < ranking.cells,
  };
}

/** Profiles of some functions of a selection; the texts of one function come together. */
export function profilesOf(
  store: ProfileStore,
  selection: Selection,
  functions: readonly MeasuredFunction[],
  window: Window,
): Profile[] {
  const reading = store.read(functions, window);
  return toProfiles(store, reading, selection, groupFunctions(reading.totals));
}

/** The routes of a selection that were asked for in a window; most time first. */
export function entries(store: ProfileStore, selection: Selection, window: Window, limit: number): EntriesResponse {
  const answer = profiles(store, { ...selection, entries: true }, window);
  const asked = answer.profiles.filter(({ calls }) => calls > 0);
  return {
    window: answer.window,
    resolution: answer.resolution,
    entries: asked.slice(0, limit).map((profile) => ({
      name: profile.function,
      service: profile.service,
      environment: profile.environment,
      calls: profile.calls,
      callsPerMinute: profile.callsPerMinute,
      errors: profile.errors,
      errorRate: profile.errorRate,
      duration: profile.duration,
      instances: profile.instances,
      lastSeen: profile.lastSeen,
    })),
    truncated: asked.length > limit,
  };
}

export interface HotOptions {
  readonly by: HotOrder;
  readonly limit: number;
  /** Of the first `limit` only those that were called by it: a file and a function, a line end between them. */
  readonly caller?: string | undefined;
}

/** The functions that come first by an order. */
export function hot(
  store: ProfileStore,
  selection: Selection,
  window: Window,
  { by, limit, caller }: HotOptions,
): HotResponse {
  const ranking = store.rank(selection, window);
  const wanted = by === 'p99' ? mostOfPercentile : limit + atTheEdge;
  const first = leading(ranking, columnOf(by, ranking), wanted);
  const reading = store.read(caller === undefined ? first : calledBy(caller, store, first, window), window);
  const called = groupFunctions(reading.totals).filter(({ members }) =>
    members.some((each) => each.calls > 0 || each.samples > 0),
  );
  const top = rank(called, scoreOf(by, reading, called), limit);
  return {
    window: isoWindow(reading.window),
    resolution: reading.resolution,
    by,
    functions: toProfiles(store, reading, selection, top),
    measuredFunctions: ranking.cells,
  };
}

/** The label of a caller in the function's own file has no file. */
function calledBy(
  caller: string,
  store: ProfileStore,
  functions: readonly MeasuredFunction[],
  window: Window,
): readonly MeasuredFunction[] {
  const at = caller.indexOf('\n');
  const [file, inOwnFile] = [caller.slice(0, at), caller.slice(at)];
  const groups = new Set<number>();
  for (const { kind, label, fn } of store.read([], window).details(functions)) {
    if (kind !== 'caller') continue;
    if (label === caller || (label === inOwnFile && fn.source.file === file)) groups.add(fn.group);
  }
  return functions.filter(({ group }) => groups.has(group));
}

/** The ranking is good to seven digits: those that are as good as equal at its edge are read too, then ranked exactly. */
const atTheEdge = 4;
/**
 * A p99 is not kept by function, and reading all histograms of a day takes a second. None is above the longest call, so
 * it is looked for among those with the longest calls.
 */
const mostOfPercentile = 500;

/** By what the functions of a ranking are looked for that may come first by an order. */
function columnOf(by: HotOrder, ranking: Ranking): ArrayLike<number> {
  switch (by) {
    case 'time':
      return ranking.seconds;
    case 'calls':
      return ranking.calls;
    case 'errors':
      return ranking.errors;
    case 'p99':
      return ranking.maxSeconds;
    case 'impact': {
      const { cells, seconds, errors, calls } = ranking;
      const impacts = new Float64Array(cells);
      for (let cell = 0; cell < cells; cell += 1) {
        impacts[cell] = impact(seconds[cell] ?? 0, errors[cell] ?? 0, calls[cell] ?? 0);
      }
      return impacts;
    }
  }
}

/** How hot a function is by an order; functions of score 0 come last. */
function scoreOf(by: HotOrder, reading: Reading, groups: readonly FunctionGroup[]): (group: FunctionGroup) => number {
  switch (by) {
    case 'time':
      return secondsOf;
    case 'calls':
      return callsOf;
    case 'errors':
      return errorsOf;
    case 'p99': {
      const histograms = reading.histograms(groups.flatMap(({ members }) => members.map(({ fn }) => fn)));
      return ({ members }) => quantile(mergedHistogram(members, histograms), 0.99) ?? 0;
    }
    case 'impact':
      return impactOf;
  }
}

const callsOf = ({ members }: FunctionGroup): number => members.reduce((sum, each) => sum + each.calls, 0);
const errorsOf = ({ members }: FunctionGroup): number => members.reduce((sum, each) => sum + each.errors, 0);
const secondsOf = ({ members }: FunctionGroup): number =>
  members.reduce((sum, each) => sum + estimatedSeconds(each), 0);

/**
 * Impact: what a function costs those who wait for the service, in seconds of the window. The time spent in it, and for
 * each of its errors as much again as an error makes someone lose: the work is repeated, so a call's mean time, and at
 * least one second for noticing it. `impact = total seconds + errors × (1 + mean seconds)`. Time is the function's
 * own and that of what it calls, so a caller never ranks below what it waits for.
 */
function impactOf(group: FunctionGroup): number {
  return impact(secondsOf(group), errorsOf(group), callsOf(group));
}

const impact = (seconds: number, errors: number, calls: number): number =>
  seconds + errors * (1 + (calls > 0 ? seconds / calls : 0));

/** The first `limit` groups by score, ties by file and name. Sorting all of 20,000 by names would take longer than the rest. */
function rank(
  groups: readonly FunctionGroup[],
  score: (group: FunctionGroup) => number,
  limit: number,
): FunctionGroup[] {
  const scores = Float64Array.from(groups, score);
  const least = limit < groups.length ? (scores.toSorted()[groups.length - limit] ?? 0) : Number.NEGATIVE_INFINITY;
  const first: { readonly group: FunctionGroup; readonly score: number }[] = [];
  for (const [i, group] of groups.entries()) {
    const each = scores[i] ?? 0;
    if (each >= least) first.push({ group, score: each });
  }
  first.sort(
    (one, other) =>
      other.score - one.score || compare(one.group.file, other.group.file) || compare(one.group.name, other.group.name),
  );
  return first.slice(0, limit).map(({ group }) => group);
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function toProfiles(
  store: ProfileStore,
  reading: Reading,
  selection: Selection,
  groups: readonly FunctionGroup[],
): Profile[] {
  const functions = groups.flatMap(functionsOf);
  const details = detailsByFunction(functions.length <= mostDetailed ? reading.details(functions) : []);
  const facts: ProfileFacts = {
    window: reading.window,
    measuredTime: new MeasuredTime(reading.window),
    serviceSeconds: serviceSeconds(store, reading, selection, groups),
    histograms: reading.histograms(functions),
    details,
    firstThrown: reading.firstThrown(groups.filter((group) => throws(group, details)).flatMap(functionsOf)),
    wholeHours: wholeHoursOf(store, reading.window, details),
    exemplars: functions.length <= mostDetailed ? reading.exemplars(functions) : new Map(),
    // Hundreds of rows a function.
    hours:
      selection.function === undefined
        ? () => []
        : (wanted) => store.steps(wanted, lastWeeks(reading.window), hourMilliseconds),
  };
  return groups.map((group) => profileOf(group, facts));
}

const functionsOf = ({ members }: FunctionGroup): readonly MeasuredFunction[] => members.map(({ fn }) => fn);
/** Most functions throw nothing, and their older versions need not be looked at. */
const throws = ({ members }: FunctionGroup, details: ProfileFacts['details']): boolean =>
  members.some(({ fn }) => details.get(fn)?.some(({ kind }) => kind === 'thrown'));

/** Shares of time are of the whole service, whatever part of it was asked for. */
function serviceSeconds(
  store: ProfileStore,
  reading: Reading,
  { version }: Selection,
  groups: readonly FunctionGroup[],
): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>();
  for (const { service, environment } of groups) {
    const key = serviceKey({ service, environment });
    if (seconds.has(key)) continue;
    seconds.set(key, store.serviceSeconds({ service, environment, version }, reading.window));
  }
  return seconds;
}

/** Beside what these are told of, whole hours are compared with what all calls of the same hours did. */
const comparedKinds: ReadonlySet<DetailKind> = new Set(['query', 'condition']);

function wholeHoursOf(
  store: ProfileStore,
  { since, until }: Window,
  details: ProfileFacts['details'],
): ProfileFacts['wholeHours'] {
  const wanted = [...details].filter(([, own]) => own.some(({ kind }) => comparedKinds.has(kind))).map(([fn]) => fn);
  if (wanted.length === 0) return new Map();
  const reading = store.read(wanted, { since: Math.floor(since / hourMilliseconds) * hourMilliseconds, until });
  const histograms = reading.histograms(wanted);
  return new Map(reading.totals.map((totals) => [totals.fn, { totals, histogram: histograms.get(totals.fn) }]));
}

const weeksMilliseconds = 28 * 24 * 3_600_000;
const lastWeeks = ({ until }: Window): Window => ({ since: until - weeksMilliseconds, until });

const hourMilliseconds = 3_600_000;

function detailsByFunction(details: readonly DetailCount[]): ReadonlyMap<MeasuredFunction, readonly DetailCount[]> {
  return Map.groupBy(details, ({ fn }) => fn);
}

function fileVersions(store: ProfileStore, selection: Selection): FileVersion[] {
  return store
    .sources(selection)
    .map((source) => ({
      service: source.scope.service,
      environment: source.scope.environment,
      version: source.scope.version,
      ...(source.scope.revision === undefined ? {} : { revision: source.scope.revision }),
      ...(source.blob === '' ? {} : { blob: source.blob }),
      lastSeen: iso(source.lastSeen),
      unmeasured: [...source.unmeasured.values()],
    }))
    .sort((one, other) => (one.lastSeen < other.lastSeen ? 1 : -1));
}

/** Services with their environments and versions, what was seen last first. */
export function services(store: ProfileStore, now: number): ServicesResponse {
  const byService = Map.groupBy(store.scopes(), ({ service }) => service);
  const latest = (scopes: readonly { readonly lastSeen: number }[]): number =>
    Math.max(...scopes.map((s) => s.lastSeen));
  const entries = [...byService].map(([name, scopes]) => {
    const repository = scopes.toSorted((a, b) => b.lastSeen - a.lastSeen).find((s) => s.repository)?.repository;
    const environments = [...Map.groupBy(scopes, ({ environment }) => environment)]
      .sort((one, other) => latest(other[1]) - latest(one[1]))
      .map(([environment, versions]) => ({
        name: environment,
        lastSeen: iso(latest(versions)),
        versions: versions
          .toSorted((one, other) => other.firstSeen - one.firstSeen || other.id - one.id)
          .map((scope) => ({
            version: scope.version,
            ...(scope.revision === undefined ? {} : { revision: scope.revision }),
            firstSeen: iso(scope.firstSeen),
            lastSeen: iso(scope.lastSeen),
            instances: [...scope.instances.values()].filter(({ lastSeen }) => lastSeen >= now - aliveMilliseconds)
              .length,
            functions: scope.functions,
          })),
      }));
    return { name, ...(repository === undefined ? {} : { repository }), lastSeen: iso(latest(scopes)), environments };
  });
  return { now: iso(now), services: entries.sort((one, other) => (one.lastSeen < other.lastSeen ? 1 : -1)) };
}
