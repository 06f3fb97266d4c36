/** What a detector says: a finding before it is known whether it is a new one. */
import { createHash } from 'node:crypto';
import type { Finding, FindingKind, Impact } from '@runlens/protocol/api/findings';
import type { Profile } from '@runlens/protocol/api/profile';

export interface Draft
  extends Pick<Finding, 'kind' | 'place' | 'title' | 'remedy' | 'confidence' | 'impact' | 'subject'> {
  readonly evidence: readonly string[];
  /** What makes it this fault and no other of its service; what may change from version to version is left out. */
  readonly key: readonly string[];
  readonly entries: readonly string[];
  /** Of a change between versions: what was measured before and after, so that it is known when it is undone. */
  readonly memory?: ChangeMemory | undefined;
}

export interface ChangeMemory {
  /** Seconds, or the share of calls that fail. */
  readonly of: 'p50' | 'p95' | 'errorRate';
  readonly base: number;
  readonly now: number;
}

const idDigits = 12;
const mostTitle = 300;
const mostEvidence = 12;
const mostLine = 400;

/** Errors have one key whether they are new or known. */
const family: Partial<Record<FindingKind, string>> = { failing: 'error', newError: 'error' };

export function findingId(
  { service, environment }: Pick<Finding, 'service' | 'environment'>,
  { kind, key }: Pick<Draft, 'kind' | 'key'>,
): string {
  const text = JSON.stringify([family[kind] ?? kind, service, environment, ...key]);
  return `f-${createHash('sha256').update(text).digest('hex').slice(0, idDigits)}`;
}

export const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** A draft whose texts have their bounds. */
export function bounded(draft: Draft): Draft {
  return {
    ...draft,
    title: cut(draft.title, mostTitle),
    evidence: draft.evidence.slice(0, mostEvidence).map((line) => cut(line, mostLine)),
    entries: draft.entries.slice(0, 5),
    ...(draft.subject === undefined ? {} : { subject: cut(draft.subject, mostLine) }),
  };
}

const isJob = (entry: string): boolean => /^(?:cron|timer|job|queue): /.test(entry);
/** Nobody waits for a job, but it takes from what others wait for. */
const jobWeight = 0.1;

/** The share of a function's calls for which somebody waits; all of one of which no entry is known. */
function waitedShare(entries: Profile['entries']): number {
  const calls = entries.reduce((sum, entry) => sum + entry.calls, 0);
  if (calls === 0) return 1;
  return entries.filter(({ name }) => !isJob(name)).reduce((sum, entry) => sum + entry.calls, 0) / calls;
}

export const runsInJobs = (entries: Profile['entries']): boolean => entries.some(({ name }) => isJob(name));
export const requestEntries = (entries: Profile['entries']): Profile['entries'] =>
  entries.filter(({ name }) => !isJob(name));
export const entryNames = (entries: Profile['entries'] | undefined): readonly string[] =>
  (entries ?? []).toSorted((one, other) => other.calls - one.calls).map(({ name }) => name);

export const minutesOfDay = 1_440;

/** `seconds`, `errors` and so on were in `minutes`. */
export function impactOf(
  minutes: number,
  costs: {
    readonly seconds?: number;
    readonly errors?: number;
    readonly queries?: number;
    readonly calls?: number;
    readonly entries?: Profile['entries'];
  },
): Impact {
  const { seconds = 0, errors = 0, queries = 0, calls = 0, entries = [] } = costs;
  const perDay = minutesOfDay / minutes;
  const waited = waitedShare(entries);
  return {
    score: (seconds + errors) * perDay * (waited + (1 - waited) * jobWeight),
    secondsPerDay: seconds * perDay,
    errorsPerDay: errors * perDay,
    queriesPerMinute: queries / minutes,
    callsPerDay: calls * perDay,
  };
}

export const addedImpact = (one: Impact, other: Impact): Impact => ({
  score: one.score + other.score,
  secondsPerDay: one.secondsPerDay + other.secondsPerDay,
  errorsPerDay: one.errorsPerDay + other.errorsPerDay,
  queriesPerMinute: one.queriesPerMinute + other.queriesPerMinute,
  callsPerDay: one.callsPerDay + other.callsPerDay,
});

export const placeOf = ({ file, function: name, line }: Profile): NonNullable<Draft['place']> => ({
  file,
  function: name,
  line,
});
