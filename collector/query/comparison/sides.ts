/** Which stretches of time are compared, and how they are cut into batches. */
import type { CompareRequest } from '@runlens/protocol/api/compare';
import { parseInstant } from '@runlens/protocol/window';
import type { ProfileStore, Scope, Window } from '../../store/profile-store.ts';
import { leastBatches } from './tests.ts';

export interface Side {
  /** Undefined: all that ran in the window. */
  readonly version: string | undefined;
  readonly revision: string | undefined;
  readonly window: Window;
  /** Of what totals are read to choose functions: of a version by whole hours, which are few rows. */
  readonly wide: Window;
  /** The part of it in which the version ran. */
  readonly ran: Window;
  /** They follow each other and fill the window. */
  readonly batches: readonly Window[];
  readonly instances: number;
  /** What was not seen before this instant is new. */
  readonly newSince: number;
}

export type Chosen =
  | { readonly kind: 'sides'; readonly base: Side; readonly now: Side }
  /** There is nothing to compare with; the sentence says why, and what to do. */
  | { readonly kind: 'missing'; readonly reason: string }
  /** The question cannot be answered as it is. */
  | { readonly kind: 'invalid'; readonly reason: string };

const minute = 60_000;
const hour = 60 * minute;
/** Batches of a side: enough to see how they vary, and long enough to be about independent of each other. */
const mostBatches = 12;
/** Minutes are kept for two days, and read one by one up to six hours. */
const minutesKept = 47 * hour;
const longestByMinutes = 3.5 * hour;
const defaultVersionLength = hour;
const defaultWindowLength = 15 * minute;
/** What was seen within this long is running. */
const runningMilliseconds = 2 * minute;
/** What a version tells first may have happened as long before it was first heard of. */
const exportMilliseconds = minute;

export function chooseSides(store: ProfileStore, request: CompareRequest, now: number): Chosen {
  const scopes = store
    .scopes()
    .filter(({ service, environment }) => service === request.service && environment === request.environment);
  if (scopes.length === 0) {
    return {
      kind: 'invalid',
      reason: `Nothing of service "${request.service.slice(0, 100)}" has come from environment "${request.environment.slice(0, 100)}": GET /api/v1/services tells what there is.`,
    };
  }
  return request.of === 'versions' ? ofVersions(scopes, request, now) : ofWindows(scopes, request, now);
}

interface Version {
  readonly version: string;
  readonly revision: string | undefined;
  readonly scopes: readonly Scope[];
  readonly firstSeen: number;
  readonly lastSeen: number;
}

function ofVersions(scopes: readonly Scope[], request: CompareRequest, now: number): Chosen {
  const until = instantOf(request.until, now, now);
  const since = instantOf(request.since, now, until === undefined ? undefined : until - defaultVersionLength);
  if (since === undefined || until === undefined || since >= until) return notATime(request);
  const versions: readonly Version[] = [...Map.groupBy(scopes, ({ version }) => version)]
    .map(([version, of]) => ({
      version,
      revision: of.find(({ revision }) => revision !== undefined)?.revision,
      scopes: of,
      firstSeen: Math.min(...of.map(({ firstSeen }) => firstSeen)),
      lastSeen: Math.max(...of.map(({ lastSeen }) => lastSeen)),
    }))
    .sort((one, other) => other.firstSeen - one.firstSeen);
  const newest = request.version === undefined ? versions[0] : find(versions, request.version);
  if (newest === undefined) return unknownVersion(request.version);
  const before = versions.find((each) => each !== newest && each.firstSeen <= newest.firstSeen);
  const base = request.baseVersion === undefined ? before : find(versions, request.baseVersion);
  if (base === undefined) {
    return request.baseVersion === undefined
      ? {
          kind: 'missing',
          reason: 'No version was seen before this one: compare windows of time, or ask after the next deploy.',
        }
      : unknownVersion(request.baseVersion);
  }
  if (base === newest) return { kind: 'invalid', reason: 'A version is compared with another: give two.' };
  const length = until - since;
  const [one, two] = [base, newest].map((version) => {
    const end = version.lastSeen > now - runningMilliseconds ? until : Math.min(version.lastSeen, until);
    return sideOf(version.scopes, version, { since: Math.max(version.firstSeen, end - length), until: end }, now);
  });
  if (!one || !two) {
    return {
      kind: 'missing',
      reason: `A version is compared once it has run for ${leastBatches} whole minutes in the window: ask again in some minutes, or with a longer "since".`,
    };
  }
  return { kind: 'sides', base: one, now: two };
}

const find = (versions: readonly Version[], wanted: string): Version | undefined =>
  versions.find(({ version }) => version === wanted);

const unknownVersion = (version = ''): Chosen => ({
  kind: 'invalid',
  reason: `No version "${version.slice(0, 100)}" has reported there: GET /api/v1/services tells which have.`,
});

function ofWindows(all: readonly Scope[], request: CompareRequest, now: number): Chosen {
  const scopes = request.version === undefined ? all : all.filter(({ version }) => version === request.version);
  if (scopes.length === 0) return unknownVersion(request.version);
  const until = instantOf(request.until, now, now);
  const since = instantOf(request.since, now, until === undefined ? undefined : until - defaultWindowLength);
  if (since === undefined || until === undefined || since >= until) return notATime(request);
  const baseUntil = instantOf(request.baseUntil, now, since);
  const baseSince = instantOf(
    request.baseSince,
    now,
    baseUntil === undefined ? undefined : baseUntil - (until - since),
  );
  if (baseSince === undefined || baseUntil === undefined || baseSince >= baseUntil) return notATime(request);
  const version = request.version === undefined ? undefined : { version: request.version, revision: undefined };
  const base = sideOf(scopes, version, { since: baseSince, until: baseUntil }, now);
  const other = sideOf(scopes, version, { since, until: Math.min(until, now) }, now);
  if (!base || !other) {
    return {
      kind: 'missing',
      reason: `A window is compared from ${leastBatches} minutes on (${leastBatches} hours, where it is older than two days or longer than three and a half): ask for a longer one.`,
    };
  }
  if (!scopes.some(({ firstSeen }) => firstSeen < base.window.until)) {
    return { kind: 'missing', reason: 'Nothing was measured yet in the earlier window: ask for a shorter one.' };
  }
  return { kind: 'sides', base, now: other };
}

/** Undefined: not a time. */
const instantOf = (text: string | undefined, now: number, otherwise: number | undefined): number | undefined =>
  text === undefined ? otherwise : parseInstant(text, now);

const notATime = ({ since, until, baseSince, baseUntil }: CompareRequest): Chosen => ({
  kind: 'invalid',
  reason: `These are no windows: ${JSON.stringify({ since, until, baseSince, baseUntil }).slice(0, 200)}; give a length such as 15m, 2h or 7d, or an instant such as 2026-01-31T12:00:00Z, each beginning before its end.`,
});

/** Undefined: too short. */
function sideOf(
  scopes: readonly Scope[],
  version: Version | Pick<Version, 'version' | 'revision'> | undefined,
  { since, until }: Window,
  now: number,
): Side | undefined {
  const unit = until - since > longestByMinutes || since < now - minutesKept ? hour : minute;
  // A unit that is not whole would look like one with little load.
  const [from, to] = [Math.ceil(since / unit), Math.floor(until / unit)];
  const units = to - from;
  if (units < leastBatches) return undefined;
  const count = Math.min(mostBatches, units);
  const edge = (i: number): number => (from + Math.round((units * i) / count)) * unit;
  const window = { since: from * unit, until: to * unit };
  const instances = new Set(
    scopes.flatMap((scope) =>
      [...scope.instances]
        .filter(([, seen]) => seen.lastSeen >= window.since && seen.firstSeen <= window.until)
        .map(([id]) => id),
    ),
  );
  return {
    version: version?.version,
    revision: version?.revision,
    window,
    ...(version && 'firstSeen' in version ? wholeHours(version, window, now) : { wide: window, ran: window }),
    batches: Array.from({ length: count }, (_, i) => ({ since: edge(i), until: edge(i + 1) })),
    instances: instances.size,
    newSince: version && 'firstSeen' in version ? version.firstSeen - exportMilliseconds : window.since,
  };
}

/** A function has a number of its own in each version, so an hour in which both ran is told apart. */
function wholeHours(
  { firstSeen, lastSeen }: Version,
  { since, until }: Window,
  now: number,
): Pick<Side, 'wide' | 'ran'> {
  const wide = { since: Math.floor(since / hour) * hour, until: Math.ceil(until / hour) * hour };
  const end = lastSeen > now - runningMilliseconds ? now : lastSeen;
  return { wide, ran: { since: Math.max(wide.since, firstSeen), until: Math.min(wide.until, end) } };
}
