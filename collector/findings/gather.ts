/** Reads from the store what detectors judge, in slices that let requests be answered between. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CompareResponse } from '@runlens/protocol/api/compare';
import type { Profile } from '@runlens/protocol/api/profile';
import type { UnusedResponse } from '@runlens/protocol/api/unused';
import { quantile } from '@runlens/protocol/histogram';
import { newErrors } from '../query/comparison/novelties.ts';
import { leading } from '../query/leading.ts';
import { aliveMilliseconds } from '../query/measured-time.ts';
import { entries, profilesOf } from '../query/queries.ts';
import type { MeasuredFunction, ProfileStore, Ranking, Scope, Window } from '../store/profile-store.ts';
import { type MeasuredVersion, measuringOf } from './measuring.ts';
import type { KnownChange, MinuteNumbers, NewError, ServiceFacts, WeekHour } from './service-facts.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Counts beside the plain numbers are kept by the hour: all is read of whole hours, the one before until this is old enough. */
const leastWindow = 15 * minute;
/** So many functions are looked at: those that come first by each. What takes no time and does not fail costs nobody anything. */
const looked = { seconds: 1_200, errors: 400, calls: 400 } as const;
/** Read at once: some milliseconds. */
const functionsOfSlice = 20;
const mostEntries = 2_000;
/** Their errors are looked up in all versions: some milliseconds. */
const mostThrowing = 200;
const newForMilliseconds = 24 * hour;
const rememberedMilliseconds = 7 * 24 * hour;

export interface GatherContext {
  readonly now: number;
  /** Of the versions that run. */
  readonly isNewest: boolean;
  readonly comparison: CompareResponse | undefined;
  readonly unused: UnusedResponse['deployments'][number] | undefined;
  readonly knownChanges: readonly KnownChange[];
  readonly weekHours: ServiceFacts['weekHours'];
  readonly courses: ServiceFacts['courses'];
  /** True: the collector ends, and nothing is read any more. */
  readonly ended: () => boolean;
}

export interface Gathered {
  readonly facts: ServiceFacts;
  readonly measuring: ReturnType<typeof measuringOf>;
}

export const windowOf = (now: number): Window => ({
  since: Math.floor((now - leastWindow) / hour) * hour,
  until: now,
});

/** Undefined: the collector ends, or nothing of the version was called in the window. */
export async function gather(
  store: ProfileStore,
  { service, environment, version, firstSeen, ...scope }: Scope,
  context: GatherContext,
): Promise<Gathered | undefined> {
  const { now, ended } = context;
  const selection = { service, environment, version };
  const window = windowOf(now);
  await store.prepare(window);
  if (ended()) return undefined;
  const ranking = store.rank(selection, window);
  const functions: Profile[] = [];
  const wanted = chosen(ranking);
  for (const slice of slices(wanted)) {
    await nextTurn();
    if (ended()) return undefined;
    functions.push(...profilesOf(store, selection, slice, window));
  }
  await nextTurn();
  if (ended()) return undefined;
  const called = functions.filter(({ calls }) => calls > 0);
  // The first export arrives after what it tells of.
  const begunAt = Math.min(firstSeen, ...[...scope.instances.values()].map((instance) => instance.firstSeen));
  const longest = called.reduce((most, { calls, callsPerMinute }) => Math.max(most, calls / callsPerMinute), 0);
  const facts: ServiceFacts = {
    ...{ service, environment, version },
    minutes: Math.max(1 / 60, longest),
    functions: called,
    entries: entries(store, selection, window, mostEntries).entries,
    newErrors: !context.isNewest ? [] : newErrorsOf(store, throwing(wanted, called), selection, window, begunAt),
    comparison: context.comparison,
    knownChanges: context.knownChanges,
    weekHours: context.weekHours,
    courses: context.courses,
    unused: context.unused,
    now,
  };
  const measured: MeasuredVersion = {
    measuredFunctions: ranking.cells,
    calledFunctions: countCalled(ranking),
    instances: [...scope.instances.values()].filter(({ lastSeen }) => lastSeen >= window.since).length,
    sources: store.sources(selection),
  };
  return { facts, measuring: measuringOf(facts, measured) };
}

function chosen(ranking: Ranking): readonly MeasuredFunction[] {
  const wanted = new Set<MeasuredFunction>();
  const calls = new Map(ranking.functions.map((fn, i) => [fn, ranking.calls[ranking.cellOf[i] ?? 0] ?? 0]));
  for (const [column, most] of [
    [ranking.seconds, looked.seconds],
    [ranking.errors, looked.errors],
    [ranking.calls, looked.calls],
  ] as const) {
    for (const fn of leading(ranking, column, most)) if ((calls.get(fn) ?? 0) > 0) wanted.add(fn);
  }
  return [...wanted];
}

function countCalled({ calls, cells }: Ranking): number {
  let called = 0;
  for (let cell = 0; cell < cells; cell += 1) if ((calls[cell] ?? 0) > 0) called += 1;
  return called;
}

/** The texts of one function stay together. */
function* slices(functions: readonly MeasuredFunction[]): Generator<readonly MeasuredFunction[]> {
  let slice: MeasuredFunction[] = [];
  for (const group of Map.groupBy(functions, (fn) => fn.group).values()) {
    slice.push(...group);
    if (slice.length < functionsOfSlice) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

function throwing(functions: readonly MeasuredFunction[], profiles: readonly Profile[]): readonly MeasuredFunction[] {
  const places = new Set(
    profiles.filter(({ exceptions }) => exceptions.length > 0).map((each) => `${each.file}\n${each.function}`),
  );
  return functions.filter(({ source, name }) => places.has(`${source.file}\n${name}`)).slice(0, mostThrowing);
}

/** What the version throws that none before it threw, with how often its functions were called before. */
function newErrorsOf(
  store: ProfileStore,
  functions: readonly MeasuredFunction[],
  { version, ...scope }: { readonly service: string; readonly environment: string; readonly version: string },
  window: Window,
  since: number,
): readonly NewError[] {
  if (functions.length === 0) return [];
  const reading = store.read(functions, window);
  const details = reading.details(functions);
  const groups = new Set(functions.map(({ group }) => group));
  const all = store.functions(scope).filter(({ group }) => groups.has(group));
  const found = newErrors(reading, details, () => all, since).filter(
    // What begins long after a deploy came with something else.
    ({ exception }) => Date.parse(exception.firstSeen ?? '') - since <= newForMilliseconds,
  );
  if (found.length === 0) return [];
  const before = all.filter(({ source }) => source.scope.version !== version);
  const earlier = store.read(before, { since: window.until - rememberedMilliseconds, until: window.until });
  return found.map(({ file, function: name, line, exception }) => ({
    ...{ file, function: name, line, exception },
    callsBefore: earlier.totals
      .filter(({ fn }) => fn.name === name && fn.source.file === file)
      .reduce((sum, { calls }) => sum + calls, 0),
  }));
}

/** Functions whose hours and minutes are read, a few milliseconds each. */
const mostWithSteps = 40;
const hoursRead = 28 * 24 * hour;
const minutesRead = 6 * hour;
/** 1970 began on a Thursday: so many hours after Monday. */
const hoursFromMonday = 72;

interface Leading {
  readonly service: string;
  readonly environment: string;
  readonly version?: string;
}

/** Of the functions that take most time, what each hour of the last four weeks was like. */
export function weekHoursOf(
  store: ProfileStore,
  selection: Leading,
  now: number,
  ended: () => boolean,
): Promise<ServiceFacts['weekHours']> {
  return stepsOfLeading(store, selection, now, ended, (group) =>
    store.steps(group, { since: now - hoursRead, until: now }, hour).map(
      (each): WeekHour => ({
        ofWeek: (Math.floor(each.at / hour) + hoursFromMonday) % (7 * 24),
        calls: each.calls,
        p50: quantile(each.histogram, 0.5) ?? 0,
      }),
    ),
  );
}

/** Of the functions that take most time, what each whole minute of the last hours was like in the processes that run now. */
export function coursesOf(
  store: ProfileStore,
  { service, environment, version, instances }: Scope,
  now: number,
  ended: () => boolean,
): Promise<ServiceFacts['courses']> {
  const running = [...instances.values()].filter(({ lastSeen }) => lastSeen >= now - aliveMilliseconds);
  const youngest = running.reduce((latest, { firstSeen }) => Math.max(latest, firstSeen), now - minutesRead);
  const since = (Math.floor(youngest / minute) + 1) * minute;
  const until = Math.floor(now / minute) * minute;
  if (until <= since) return Promise.resolve(new Map());
  return stepsOfLeading(store, { service, environment, version }, now, ended, (group) =>
    store
      .steps(group, { since, until }, minute)
      .map(({ at, calls, histogram }): MinuteNumbers => ({ at, calls, p50: quantile(histogram, 0.5) ?? 0 })),
  );
}

/** By file, line end, function. */
async function stepsOfLeading<Step>(
  store: ProfileStore,
  selection: Leading,
  now: number,
  ended: () => boolean,
  read: (group: readonly MeasuredFunction[]) => readonly Step[],
): Promise<ReadonlyMap<string, readonly Step[]>> {
  const ranking = store.rank(selection, windowOf(now));
  const groups = new Set(leading(ranking, ranking.seconds, mostWithSteps).map(({ group }) => group));
  const functions = store.functions(selection).filter(({ group }) => groups.has(group));
  const byFunction = new Map<string, readonly Step[]>();
  for (const group of Map.groupBy(functions, (fn) => fn.group).values()) {
    await nextTurn();
    const [first] = group;
    if (first === undefined || ended()) break;
    byFunction.set(`${first.source.file}\n${first.name}`, read(group));
  }
  return byFunction;
}

/** How often a function was called in a window, in one version; undefined: the version is not known to have it. */
export function callsOf(
  store: ProfileStore,
  selection: { readonly service: string; readonly environment: string; readonly version: string },
  place: { readonly file: string; readonly function: string },
  window: Window,
): number | undefined {
  const functions = store.functions({ ...selection, file: place.file, function: place.function });
  if (functions.length === 0) return undefined;
  return store.read(functions, window).totals.reduce((sum, { calls }) => sum + calls, 0);
}
