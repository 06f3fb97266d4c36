/** Which stretches of time are compared, and how they are cut into batches. */
import type { CompareRequest } from '@runlens/protocol/api/compare';
import { parseInstant } from '@runlens/protocol/window';
import type { ProfileStore, Scope, Window } from '../../store/profile-store.ts';
import { leastBatches } from './tests.ts';
import { runBefore, type VersionRun, versionRuns } from './version-runs.ts';

export interface Side {
  /** Undefined: all that ran in the window. */
  readonly version: string | undefined;
  readonly revision: string | undefined;
  readonly window: Window;
  /** Of what totals are read to choose functions: of a version by whole hours, which are few rows. */
  readonly wide: Window;
  /** The part of it in which the version ran. */
  readonly ran: Window;
  /** Of what counts beside the plain numbers are told: the whole hours that touch the window. */
  readonly hours: Window;
  /** They follow each other and fill the window. */
  readonly batches: readonly Window[];
  readonly instances: number;
  /** What was not seen before this instant is new. */
  readonly newSince: number;
}

/** How the sides lie to each other: one after the other, at the same time (a canary), or a version that came back. */
export type Relation = 'after' | 'beside' | 'back';

export type Chosen =
  | { readonly kind: 'sides'; readonly base: Side; readonly now: Side; readonly relation: Relation }
  /** There is nothing to compare with; the sentence says why, and what to do. */
  | { readonly kind: 'missing'; readonly reason: string }
  /** The question cannot be answered as it is. */
  | { readonly kind: 'invalid'; readonly reason: string };

const minute = 60_000;
const hour = 60 * minute;
/**
 * Batches of a side: enough to see how they vary, and long enough to be about independent of each other. The older one is as a rule
 * longer, and tells more of that.
 */
const mostBatches = { base: 30, now: 12 } as const;
/** Minutes are kept for two days, and read one by one up to six hours. */
const minutesKept = 47 * hour;
const longestByMinutes = 3.5 * hour;
const defaultVersionLength = hour;
const defaultWindowLength = 15 * minute;
/** The first calls of a process fill caches and are compiled: what they take says nothing of the version. */
const warmUpMilliseconds = minute;
/** Two versions that ran together for longer are compared by these same minutes; for less, one replaced the other. */
const leastTogether = 15 * minute;
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

function ofVersions(scopes: readonly Scope[], request: CompareRequest, now: number): Chosen {
  const until = instantOf(request.until, now, now);
  const since = instantOf(request.since, now, until === undefined ? undefined : until - defaultVersionLength);
  if (since === undefined || until === undefined || since >= until) return notATime(request);
  const runs = versionRuns(scopes, now);
  const head = request.version === undefined ? runs[0] : find(runs, request.version);
  if (head === undefined) return unknownVersion(request.version);
  if (request.baseVersion === head.scope.version) {
    return { kind: 'invalid', reason: 'A version is compared with another: give two.' };
  }
  const base = request.baseVersion === undefined ? runBefore(runs, head) : find(runs, request.baseVersion, head);
  if (base === undefined) {
    return request.baseVersion === undefined
      ? {
          kind: 'missing',
          reason: 'No version was seen before this one: compare windows of time, or ask after the next deploy.',
        }
      : unknownVersion(request.baseVersion);
  }
  const windows = windowsOf(base, head, until - since, request.until === undefined ? undefined : until, now);
  const one = windows && sideOf([base.scope], base, windows.base, now, mostBatches.base);
  const two = windows && sideOf([head.scope], head, windows.now, now, mostBatches.now);
  if (!one || !two) {
    return {
      kind: 'missing',
      reason: `A version is compared once it has run for ${leastBatches} whole minutes after its first one: ask again in some minutes, or with a longer "since".`,
    };
  }
  return { kind: 'sides', base: one, now: two, relation: windows.relation };
}

/** The latest run of a version; of a base the latest that began before the other. */
const find = (runs: readonly VersionRun[], wanted: string, head?: VersionRun): VersionRun | undefined => {
  const own = runs.filter(({ scope }) => scope.version === wanted);
  return own.find(({ since }) => head === undefined || since <= head.since) ?? own[0];
};

/**
 * What is read of two versions. Of two that run at once the same minutes: they have the same traffic, neighbours and hour. Else
 * what the newer one did first, and what the older one did last before it came, as these hours are as alike as two can be.
 * `until`: the newest of both was asked for instead.
 */
function windowsOf(
  base: VersionRun,
  head: VersionRun,
  length: number,
  until: number | undefined,
  now: number,
): { readonly base: Window; readonly now: Window; readonly relation: Relation } | undefined {
  const end = Math.min(until ?? now, head.until);
  const begin = head.since + warmUpMilliseconds;
  const together = { since: Math.max(begin, base.since + warmUpMilliseconds), until: Math.min(end, base.until) };
  const isBeside = together.until - together.since >= leastTogether || base.until >= end - minute;
  const relation = isBeside ? 'beside' : head.isReturn ? 'back' : 'after';
  if (isBeside) {
    const same =
      until === undefined
        ? { since: together.since, until: Math.min(together.until, together.since + length) }
        : { since: Math.max(together.since, together.until - length), until: together.until };
    return { base: same, now: same, relation };
  }
  const left = Math.min(base.until, head.since > base.since ? head.since : base.until);
  const newest =
    until === undefined
      ? { since: begin, until: Math.min(end, begin + length) }
      : { since: Math.max(begin, end - length), until: end };
  return { base: { since: Math.max(base.since, left - length), until: left }, now: newest, relation };
}

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
  const { version } = request;
  const base = sideOf(scopes, version, { since: baseSince, until: baseUntil }, now, mostBatches.now);
  const other = sideOf(scopes, version, { since, until: Math.min(until, now) }, now, mostBatches.now);
  if (!base || !other) {
    return {
      kind: 'missing',
      reason: `A window is compared from ${leastBatches} minutes on (${leastBatches} hours, where it is older than two days or longer than three and a half): ask for a longer one.`,
    };
  }
  if (!scopes.some(({ firstSeen }) => firstSeen < base.window.until)) {
    return { kind: 'missing', reason: 'Nothing was measured yet in the earlier window: ask for a shorter one.' };
  }
  return { kind: 'sides', base, now: other, relation: 'after' };
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
  of: VersionRun | string | undefined,
  { since, until }: Window,
  now: number,
  most: number,
): Side | undefined {
  const unit = until - since > longestByMinutes || since < now - minutesKept ? hour : minute;
  // A unit that is not whole would look like one with little load.
  const [from, to] = [Math.ceil(since / unit), Math.floor(until / unit)];
  const units = to - from;
  if (units < leastBatches) return undefined;
  const count = Math.min(most, units);
  const edge = (i: number): number => (from + Math.round((units * i) / count)) * unit;
  const window = { since: from * unit, until: to * unit };
  const instances = new Set(
    scopes.flatMap((scope) =>
      [...scope.instances]
        .filter(([, seen]) => seen.lastSeen >= window.since && seen.firstSeen <= window.until)
        .map(([id]) => id),
    ),
  );
  const run = typeof of === 'object' ? of : undefined;
  return {
    version: typeof of === 'object' ? of.scope.version : of,
    revision: run?.scope.revision,
    window,
    hours: { since: Math.floor(window.since / hour) * hour, until: Math.ceil(window.until / hour) * hour },
    ...(run === undefined ? { wide: window, ran: window } : wholeHours(run, window)),
    batches: Array.from({ length: count }, (_, i) => ({ since: edge(i), until: edge(i + 1) })),
    instances: instances.size,
    newSince: run === undefined ? window.since : run.since - exportMilliseconds,
  };
}

/**
 * A function has a number of its own in each version, so an hour in which both ran is told apart. One in which the same version
 * ran twice is not, and of two that ran at once only the minutes of both are alike.
 */
function wholeHours(run: VersionRun, window: Window): Pick<Side, 'wide' | 'ran'> {
  const wide = { since: Math.floor(window.since / hour) * hour, until: Math.ceil(window.until / hour) * hour };
  if (run.isReturn && run.since > wide.since) return { wide: window, ran: window };
  return { wide, ran: { since: Math.max(wide.since, run.since), until: Math.min(wide.until, run.until) } };
}
