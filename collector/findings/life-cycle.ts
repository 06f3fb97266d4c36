/** What becomes of a finding from one evaluation to the next: rules, without clock and file. */
import type { Finding, FindingEvent, FindingState } from '@runlens/protocol/api/findings';
import { type ChangeMemory, type Draft, findingId } from './draft.ts';

/** What is kept of a finding. Instants in milliseconds since 1970. */
export interface FindingRecord {
  /** As it was when its evidence was last there. */
  readonly finding: Omit<Finding, 'state' | 'setBy' | 'fixedIn' | 'firstSeen' | 'lastSeen'>;
  readonly memory?: ChangeMemory | undefined;
  readonly state: FindingState;
  readonly setBy?: Finding['setBy'];
  readonly fixedIn?: string | undefined;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Its evidence is there, or nothing speaks against it. */
  readonly isPresent: boolean;
  /** Since when its function runs without it. */
  readonly absentSince?: number | undefined;
}

export interface Step {
  readonly record: FindingRecord;
  readonly change: FindingEvent['changes'][number]['change'] | undefined;
}

/** A fault that comes and goes is not told anew each time: it is gone when it stays away for as long. */
export const graceMilliseconds = 10 * 60_000;
/** Where its function is not called any more, nothing says whether it is still there: it is forgotten after that. */
export const unknownMilliseconds = 7 * 24 * 3_600_000;

export interface Scope {
  readonly service: string;
  readonly environment: string;
}

/** `versions`: those that show it, newest first. */
export function found(
  record: FindingRecord | undefined,
  draft: Draft,
  scope: Scope,
  versions: readonly string[],
  now: number,
): Step {
  const { key: _, memory, place, subject, ...rest } = draft;
  const finding: FindingRecord['finding'] = {
    ...rest,
    ...scope,
    id: findingId(scope, draft),
    evidence: [...draft.evidence],
    entries: [...draft.entries],
    versions: [...versions],
    ...(place === undefined ? {} : { place }),
    ...(subject === undefined ? {} : { subject }),
  };
  const seen = { finding, memory, lastSeen: now, isPresent: true };
  if (record === undefined) return { record: { ...seen, state: 'new', firstSeen: now }, change: 'new' };
  const { absentSince: __, fixedIn: ___, ...before } = record;
  if (record.state === 'fixed') return { record: { ...before, ...seen, state: 'back' }, change: 'back' };
  return { record: { ...before, ...seen }, change: record.isPresent ? undefined : record.state };
}

/**
 * Its evidence was not there. `exercised`: its function was called often enough to show it. `version`: the newest that runs.
 */
export function missed(
  record: FindingRecord,
  { exercised, version, now }: { readonly exercised: boolean; readonly version: string; readonly now: number },
): Step {
  if (!record.isPresent) return { record, change: undefined };
  if (!exercised) {
    const isForgotten = now - record.lastSeen >= unknownMilliseconds;
    return isForgotten
      ? { record: { ...record, isPresent: false }, change: 'gone' }
      : { record: { ...record, absentSince: undefined }, change: undefined };
  }
  const absentSince = record.absentSince ?? now;
  if (now - absentSince < graceMilliseconds) return { record: { ...record, absentSince }, change: undefined };
  const away = { ...record, isPresent: false, absentSince: undefined };
  // Without another version nobody has fixed it in the code: the load, the data or a neighbour is another one.
  if (record.state === 'muted' || record.finding.versions.includes(version)) return { record: away, change: 'gone' };
  return { record: { ...away, state: 'fixed', fixedIn: version }, change: 'fixed' };
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

export const toFinding = ({ finding, state, setBy, fixedIn, firstSeen, lastSeen }: FindingRecord): Finding => ({
  ...finding,
  state,
  ...(setBy === undefined ? {} : { setBy }),
  ...(fixedIn === undefined ? {} : { fixedIn }),
  firstSeen: iso(firstSeen),
  lastSeen: iso(lastSeen),
});
