/** Events on disk, in a database of their own: they outlive restarts, and a flood of them never slows the profiles down. */
import { eventKinds, eventSeverities, eventSources, eventStates } from '@runlens/protocol/api/events';
import { z } from 'zod';
import { SideDatabase } from '../store/sqlite/side-database.ts';
import type { EventRecord } from './life-cycle.ts';

/** Only ever append. `place` 0: the first message of an event, 1: the last. */
const migrations: readonly string[] = [
  `CREATE TABLE event (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE evidence (id TEXT, place INTEGER, at INTEGER NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (id, place)) WITHOUT ROWID;`,
];

const named = z.string().optional();
const recordSchema = z.object({
  id: z.string(),
  source: z.enum(eventSources),
  message: z.object({
    key: z.string(),
    kind: z.enum(eventKinds),
    state: z.enum(eventStates),
    at: z.number(),
    startedAt: z.number(),
    severity: z.enum(eventSeverities),
    title: z.string(),
    detail: named,
    labels: z.record(z.string(), z.string()),
    url: named,
    service: named,
    environment: named,
    version: named,
    revision: named,
    entries: z.array(z.string()).optional(),
    functions: z.array(z.object({ file: z.string(), function: z.string(), line: z.number() })).optional(),
    files: z.array(z.string()).optional(),
  }),
  state: z.enum(eventStates),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  expired: z.boolean(),
  firstSeen: z.number(),
  lastSeen: z.number(),
  messages: z.number(),
  fired: z.array(z.number()),
  endedBefore: z.number(),
});

export interface EventWrite {
  readonly record: EventRecord;
  /** JSON text of the payload; undefined: what is kept of it stays. */
  readonly payload: string | undefined;
}

export interface Evidence {
  readonly at: number;
  readonly payload: string;
}

const every = 'SELECT record FROM event';

/** What writes throws `StorageFullError` where there is no room; then nothing of it is kept. */
export class EventFile {
  readonly #kept: SideDatabase;

  /** Sets a file that cannot be read aside. Throws `NewerStoreError`, or what the file system says. */
  constructor(folder: string, now: number) {
    this.#kept = new SideDatabase({
      folder,
      file: 'events.sqlite',
      now,
      migrations,
      check: (database) => void database.prepare(every).all(),
      words: {
        of: 'the events',
        untilThereIsRoom: 'no event is taken',
        whenBegunAnew: 'what fires is told again by its senders',
      },
    });
  }

  /** What is wrong now, as sentences that say what to do. */
  problems(): readonly string[] {
    return this.#kept.problems();
  }

  /** Those that cannot be read any more are left out. */
  all(): EventRecord[] {
    return this.#kept.read(recordSchema, 'record', every);
  }

  /** The first message, then the last. */
  evidence(id: string): Evidence[] {
    return this.#kept.database
      .prepare('SELECT at, payload FROM evidence WHERE id = ? ORDER BY place')
      .all(id)
      .map(({ at, payload }) => ({ at: Number(at), payload: String(payload) }));
  }

  /** All of it or nothing. */
  write(changed: readonly EventWrite[], removed: Iterable<string> = []): void {
    const gone = [...removed];
    if (changed.length + gone.length === 0) return;
    this.#kept.write((database) => {
      const put = database.prepare('INSERT OR REPLACE INTO event VALUES (?, ?)');
      const putEvidence = database.prepare('INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?)');
      for (const { record, payload } of changed) {
        put.run(record.id, JSON.stringify(record));
        if (payload !== undefined) putEvidence.run(record.id, record.messages === 1 ? 0 : 1, record.lastSeen, payload);
      }
      const remove = database.prepare('DELETE FROM event WHERE id = ?');
      const removeEvidence = database.prepare('DELETE FROM evidence WHERE id = ?');
      for (const id of gone) {
        remove.run(id);
        removeEvidence.run(id);
      }
    });
  }

  close(): void {
    this.#kept.close();
  }
}
