/** Errors of one kind, over all functions that they passed, and which of them users saw. */
import type { EntriesResponse, ExceptionProfile, Profile } from '@runlens/protocol/api/profile';
import { requestEntries, runsInJobs } from '../draft.ts';

export interface ErrorKind {
  /** Type, message and where it was thrown. */
  readonly key: readonly string[];
  readonly exception: ExceptionProfile;
  /** In which it was counted most: the one that threw it, where that is measured. */
  readonly profile: Profile;
  /** All functions that it left or was caught in. */
  readonly passed: readonly { readonly profile: Profile; readonly exception: ExceptionProfile }[];
  /** Exact while there are few. */
  readonly count: number;
  readonly uncaught: number;
}

export const errorKey = ({ type, message = '', thrown }: ExceptionProfile, at: Pick<Profile, 'file' | 'function'>) => [
  type,
  message,
  thrown?.file ?? at.file,
  thrown?.function ?? at.function,
];

/** Those of which more than the type is known. */
export function errorKinds(functions: readonly Profile[]): readonly ErrorKind[] {
  const all = functions.flatMap((profile) =>
    profile.exceptions.flatMap((exception) => (exception.caughtHere === undefined ? [] : [{ profile, exception }])),
  );
  const groups = Map.groupBy(all, ({ profile, exception }) => JSON.stringify(errorKey(exception, profile)));
  return [...groups.values()].flatMap((passed) => {
    const countOf = ({ exception }: (typeof passed)[number]): number => exception.count + (exception.caughtHere ?? 0);
    const thrower = passed.find(
      ({ profile, exception: { thrown } }) => thrown?.function === profile.function && thrown.file === profile.file,
    );
    const most = thrower ?? passed.toSorted((one, other) => countOf(other) - countOf(one))[0];
    if (most === undefined) return [];
    return [
      {
        key: errorKey(most.exception, most.profile),
        ...most,
        passed,
        count: Math.max(...passed.map(countOf)),
        uncaught: Math.max(...passed.map(({ exception }) => exception.uncaught ?? 0)),
      },
    ];
  });
}

/** Estimates and lags: counts that belong together differ by as much. */
const tolerance = 0.2;
const matches = (one: number, other: number): boolean => Math.abs(one - other) <= Math.max(1, tolerance * other);

/** The error that stands behind another: caught in the function that threw the other, about as often. */
export function behind(kind: ErrorKind, kinds: readonly ErrorKind[]): ErrorKind | undefined {
  const thrower = kind.passed.find(
    ({ profile, exception: { thrown } }) => thrown?.function === profile.function && thrown.file === profile.file,
  );
  if (thrower === undefined) return undefined;
  return kinds.find(
    (other) =>
      other !== kind &&
      other.passed.some(
        ({ profile, exception }) =>
          profile === thrower.profile &&
          (exception.caughtHere ?? 0) > 0 &&
          matches(exception.caughtHere ?? 0, kind.count),
      ),
  );
}

/** More than as many kinds in one route are not told apart. */
const mostCandidates = 10;

/**
 * Which uncaught errors became answers from 500 on: those whose counts together come closest to the answers that failed, since an
 * error that a framework answers by 404 or 402 leaves the same functions. Route by route, and what leaves jobs.
 */
export function seenByUsers(
  kinds: readonly ErrorKind[],
  entries: EntriesResponse['entries'],
): ReadonlyMap<ErrorKind, readonly string[]> {
  const seen = new Map<ErrorKind, string[]>();
  const uncaught = kinds.filter((kind) => kind.uncaught > 0);
  const add = (kind: ErrorKind, entry: string): void => {
    const known = seen.get(kind);
    if (known === undefined) seen.set(kind, [entry]);
    else known.push(entry);
  };
  for (const entry of entries) {
    if (entry.errors === 0) continue;
    const candidates = uncaught
      .map((kind) => ({ kind, count: countFor(kind, entry.name) }))
      .filter(({ count }) => count > 0)
      .sort((one, other) => other.count - one.count)
      .slice(0, mostCandidates);
    for (const { kind } of closest(candidates, entry.errors)) add(kind, entry.name);
  }
  for (const kind of uncaught) {
    const jobs = outermost(kind).entries.filter(({ name }) => runsInJobs([{ name, calls: 0, duration: null }]));
    if (requestEntries(outermost(kind).entries).length === 0) for (const { name } of jobs) add(kind, name);
  }
  return seen;
}

/** Of those that it left uncaught, the one with the fewest callers: all of them were left. */
function outermost({ passed, profile }: ErrorKind): Profile {
  const left = passed.filter(({ exception }) => (exception.uncaught ?? 0) > 0);
  return (
    left.toSorted((one, other) => one.profile.callers.length - other.profile.callers.length)[0]?.profile ?? profile
  );
}

function countFor(kind: ErrorKind, entry: string): number {
  const { entries } = outermost(kind);
  const calls = entries.reduce((sum, each) => sum + each.calls, 0);
  const own = entries.find(({ name }) => name === entry)?.calls ?? 0;
  return calls === 0 ? 0 : (kind.uncaught * own) / calls;
}

function closest<Candidate extends { readonly count: number }>(
  candidates: readonly Candidate[],
  wanted: number,
): readonly Candidate[] {
  let best: readonly Candidate[] = [];
  let least = wanted;
  for (let set = 1; set < 2 ** candidates.length; set += 1) {
    const chosen = candidates.filter((_, i) => (set >> i) & 1);
    const off = Math.abs(chosen.reduce((sum, { count }) => sum + count, 0) - wanted);
    if (off < least || (off === least && chosen.length < best.length)) {
      best = chosen;
      least = off;
    }
  }
  // Farther off than half of the answers, nothing is known.
  return least <= wanted / 2 ? best : [];
}
