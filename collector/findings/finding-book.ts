/** All findings that are known, with what people said of them. Kept on disk. */
import type { Actor } from '@runlens/protocol';
import {
  type Finding,
  type FindingEvent,
  type FindingState,
  openStates,
  type SetFindingState,
} from '@runlens/protocol/api/findings';
import { addedImpact, type Draft, findingId } from './draft.ts';
import type { FindingFile } from './finding-file.ts';
import { type FindingRecord, found, missed, type Scope, toFinding } from './life-cycle.ts';
import type { KnownChange } from './service-facts.ts';

type Change = FindingEvent['changes'][number];

/** Beyond it, those that are away go first, then those that cost least. */
const mostRecords = 5_000;
/** One that is away, with what was said of it. */
const keptMilliseconds = 90 * 24 * 3_600_000;
/** When it was last found is not worth a write each time. */
const writeMilliseconds = 10 * 60_000;

export interface FindingFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly file?: string | undefined;
  readonly under?: string | undefined;
  readonly kind?: string | undefined;
  readonly state: FindingState | 'open' | 'all';
}

export interface Evaluated extends Scope {
  /** Of each version that runs, the newest first. */
  readonly versions: readonly { readonly version: string; readonly drafts: readonly Draft[] }[];
  /** Whether the newest version was called often enough to show a finding that it does not show. */
  readonly exercised: (record: FindingRecord) => boolean;
  readonly now: number;
}

export class FindingBook {
  readonly #file: Pick<FindingFile, 'all' | 'write'>;
  readonly #records: Map<string, FindingRecord>;
  readonly #written = new Map<string, number>();

  constructor(file: Pick<FindingFile, 'all' | 'write'>) {
    this.#file = file;
    this.#records = new Map(file.all().map((record) => [record.finding.id, record]));
  }

  /** What costs most first. */
  list(filter: FindingFilter): readonly Finding[] {
    return [...this.#records.values()]
      .filter((record) => matches(record, filter))
      .sort((one, other) => other.finding.impact.score - one.finding.impact.score)
      .map(toFinding);
  }

  get(id: string): Finding | undefined {
    const record = this.#records.get(id);
    return record && toFinding(record);
  }

  /** Changes between versions that are not undone yet. */
  knownChanges({ service, environment }: Scope): readonly KnownChange[] {
    return [...this.#records.values()].flatMap(({ finding, memory, isPresent }) =>
      isPresent && memory !== undefined && finding.service === service && finding.environment === environment
        ? [{ kind: finding.kind, memory, ...(finding.place === undefined ? {} : { place: finding.place }) }]
        : [],
    );
  }

  /** Takes in what was found in a service, and tells what changed by it. Throws where it cannot be kept; then nothing has changed. */
  take({ versions, exercised, now, ...scope }: Evaluated): readonly Change[] {
    const drafts = merged(scope, versions);
    const changes: Change[] = [];
    const next = new Map<string, FindingRecord>();
    const step = (id: string, { record, change }: ReturnType<typeof found>): void => {
      next.set(id, record);
      if (change !== undefined) changes.push({ id, ...scope, change });
    };
    for (const [id, { draft, shown }] of drafts) step(id, found(this.#records.get(id), draft, scope, shown, now));
    const version = versions[0]?.version ?? '';
    for (const [id, record] of this.#records) {
      const { finding } = record;
      if (drafts.has(id) || !record.isPresent) continue;
      if (finding.service !== scope.service || finding.environment !== scope.environment) continue;
      step(id, missed(record, { exercised: exercised(record), version, now }));
    }
    const changed = new Set(changes.map(({ id }) => id));
    const removed = this.#surplus(next, now);
    const due = [...next].filter(
      ([id, record]) =>
        !removed.has(id) &&
        (changed.has(id) || now - (this.#written.get(id) ?? 0) >= writeMilliseconds || record.absentSince === now),
    );
    this.#file.write(
      due.map(([, record]) => record),
      [...removed],
    );
    for (const [id] of due) this.#written.set(id, now);
    for (const [id, record] of next) this.#records.set(id, record);
    for (const id of removed) {
      this.#records.delete(id);
      this.#written.delete(id);
    }
    return changes.filter(({ id }) => !removed.has(id));
  }

  /** Undefined: there is no such finding. Throws where it cannot be kept. */
  set(id: string, { state, reason }: SetFindingState, actor: Actor, now: number): Finding | undefined {
    const record = this.#records.get(id);
    if (record === undefined) return undefined;
    const { fixedIn: _, ...rest } = record;
    const setBy = { actor, at: new Date(now).toISOString(), ...(reason === undefined ? {} : { reason }) };
    const next: FindingRecord = { ...rest, state, setBy };
    this.#file.write([next]);
    this.#records.set(id, next);
    return toFinding(next);
  }

  /** Ids that are too old, or too many. */
  #surplus(next: ReadonlyMap<string, FindingRecord>, now: number): ReadonlySet<string> {
    const all = new Map([...this.#records, ...next]);
    const removed = new Set<string>();
    for (const [id, { isPresent, lastSeen }] of all) {
      if (!isPresent && now - lastSeen > keptMilliseconds) removed.add(id);
    }
    const left = all.size - removed.size - mostRecords;
    if (left <= 0) return removed;
    const worth = ({ isPresent, finding }: FindingRecord): number => (isPresent ? 1e12 : 0) + finding.impact.score;
    const least = [...all].filter(([id]) => !removed.has(id)).sort((one, other) => worth(one[1]) - worth(other[1]));
    for (const [id] of least.slice(0, left)) removed.add(id);
    return removed;
  }
}

interface Merged {
  readonly draft: Draft;
  readonly shown: readonly string[];
}

/** A fault of several versions that run is one, and costs what it costs in all of them. */
function merged(scope: Scope, versions: Evaluated['versions']): ReadonlyMap<string, Merged> {
  const byId = new Map<string, Merged>();
  for (const { version, drafts } of versions) {
    for (const draft of drafts) {
      const id = findingId(scope, draft);
      const known = byId.get(id);
      if (known === undefined) byId.set(id, { draft, shown: [version] });
      else {
        const impact = known.shown.includes(version)
          ? known.draft.impact
          : addedImpact(known.draft.impact, draft.impact);
        byId.set(id, { draft: { ...known.draft, impact }, shown: [...new Set([...known.shown, version])] });
      }
    }
  }
  return byId;
}

function matches({ finding, state, isPresent }: FindingRecord, filter: FindingFilter): boolean {
  const { service, environment, file, under, kind, state: wanted } = filter;
  if (!isPresent && state !== 'fixed') return false;
  if (wanted === 'open' ? !openStates.includes(state) : wanted !== 'all' && wanted !== state) return false;
  if (service !== undefined && finding.service !== service) return false;
  if (environment !== undefined && finding.environment !== environment) return false;
  if (kind !== undefined && finding.kind !== kind) return false;
  const place = finding.place?.file;
  if (file !== undefined && place !== file) return false;
  return under === undefined || place?.startsWith(`${under.replace(/\/+$/, '')}/`) === true;
}
