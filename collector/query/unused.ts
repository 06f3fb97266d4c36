/** What a running version has loaded and never called. */
import type { UnusedResponse } from '@runlens/protocol/api/unused';
import type { MeasuredFunction, ProfileStore, Scope, Source } from '../store/profile-store.ts';

export interface UnusedSelection {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  /** Absent: the version of each service and environment that was seen last. */
  readonly version?: string | undefined;
  /** A folder. */
  readonly under?: string | undefined;
}

type Deployment = UnusedResponse['deployments'][number];

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** `limit`: functions of all deployments together. */
export function unused(
  store: ProfileStore,
  selection: UnusedSelection,
  { limit, withFiles, now }: { readonly limit: number; readonly withFiles: boolean; readonly now: number },
): UnusedResponse {
  let left = limit;
  const deployments = runningVersions(store.scopes(), selection).map((scope): Deployment => {
    const { service, environment, version, revision, firstSeen, lastSeen } = scope;
    const sources = newestTexts(store.sources({ service, environment, version }));
    // A version that is asked for is judged by itself; the running one by all that are known, as its code is older than it.
    const all = store.functions({ service, environment, version: selection.version, under: selection.under });
    const { measured, never } = neverCalled(all, scope, sources);
    const functions = never.sort(byPlace).slice(0, left);
    left -= functions.length;
    return {
      service,
      environment,
      version,
      ...(revision === undefined ? {} : { revision }),
      since: iso(firstSeen),
      lastSeen: iso(lastSeen),
      measuredFunctions: measured,
      neverCalled: never.length,
      functions,
      loadedFiles: sources.size,
      ...(withFiles ? { files: [...sources.keys()].sort() } : {}),
    };
  });
  return { now: iso(now), deployments };
}

/** The version asked for, else the one seen last, of each service and environment; what was seen last first. */
function runningVersions(scopes: readonly Scope[], { service, environment, version }: UnusedSelection): Scope[] {
  const running = new Map<string, Scope>();
  for (const scope of scopes) {
    if (service !== undefined && scope.service !== service) continue;
    if (environment !== undefined && scope.environment !== environment) continue;
    if (version !== undefined && scope.version !== version) continue;
    const key = JSON.stringify([scope.service, scope.environment]);
    const known = running.get(key);
    if (known === undefined || isNewer(scope, known)) running.set(key, scope);
  }
  return [...running.values()].sort((one, other) => other.lastSeen - one.lastSeen);
}

const isNewer = (one: Scope, other: Scope): boolean =>
  one.lastSeen === other.lastSeen ? one.firstSeen > other.firstSeen : one.lastSeen > other.lastSeen;

/** One text a file: a version without a number may have had others, whose functions are gone. */
export function newestTexts(sources: readonly Source[]): Map<string, Source> {
  const newest = new Map<string, Source>();
  for (const source of sources) {
    const known = newest.get(source.file);
    if (known === undefined || source.lastSeen >= known.lastSeen) newest.set(source.file, source);
  }
  return newest;
}

function neverCalled(
  all: readonly MeasuredFunction[],
  scope: Scope,
  sources: ReadonlyMap<string, Source>,
): { readonly measured: number; readonly never: Deployment['functions'] } {
  const current: MeasuredFunction[] = [];
  /** By group, over versions: since when it is measured, and whether it was ever called. */
  const known = new Map<number, { since: number; called: boolean }>();
  for (const each of all) {
    const { group, source, measuredSince, lastCall } = each;
    const before = known.get(group);
    if (before === undefined) known.set(group, { since: measuredSince, called: lastCall > 0 });
    else {
      before.since = Math.min(before.since, measuredSince);
      before.called ||= lastCall > 0;
    }
    if (source.scope.id === scope.id && sources.get(source.file)?.id === source.id) current.push(each);
  }
  const never = current.flatMap(({ group, source, name, line, measuredSince }) => {
    const facts = known.get(group);
    if (!facts || facts.called) return [];
    return [
      { file: source.file, function: name, line, since: iso(measuredSince), sinceInAnyVersion: iso(facts.since) },
    ];
  });
  return { measured: current.length, never };
}

type Place = { readonly file: string; readonly line: number };
const byPlace = (one: Place, other: Place): number =>
  one.file === other.file ? one.line - other.line : one.file < other.file ? -1 : 1;
