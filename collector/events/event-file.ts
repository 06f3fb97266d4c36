/** Events on disk, in a database of their own: they outlive restarts, and a flood of them never slows the profiles down. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { eventKinds, eventSeverities, eventSources, eventStates } from '@runlens/protocol/api/events';
import { z } from 'zod';
import { StorageFullError } from '../store/profile-store.ts';
import { jsonOf } from '../store/sqlite/kept-json.ts';
import { migrate } from '../store/sqlite/schema.ts';
import { isDamage, isFull, openOrSetAside } from '../store/sqlite/set-aside.ts';
import type { EventRecord } from './life-cycle.ts';

const file = 'events.sqlite';

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

/** What writes throws {@link StorageFullError} where there is no room; then nothing of it is kept. */
export class EventFile {
  readonly #folder: string;
  readonly #database: DatabaseSync;
  readonly #movedAside: string | undefined;
  #writeProblem: string | undefined;

  /** Sets a file that cannot be read aside. Throws `NewerStoreError`, or what the file system says. */
  constructor(folder: string, now: number) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { opened, movedAside } = openOrSetAside(folder, file, now, () => open(join(folder, file)));
    this.#database = opened;
    this.#movedAside = movedAside;
  }

  /** What is wrong now, as sentences that say what to do. */
  problems(): readonly string[] {
    return [
      ...(this.#writeProblem === undefined ? [] : [this.#writeProblem]),
      ...(this.#movedAside === undefined
        ? []
        : [
            `the file of the events was damaged and was moved to ${this.#movedAside}; a new one was begun: what fires is told again by its senders`,
          ]),
    ];
  }

  /** Those that cannot be read any more are left out. */
  all(): EventRecord[] {
    return this.#database
      .prepare('SELECT record FROM event')
      .all()
      .flatMap(({ record }) => {
        const parsed = recordSchema.safeParse(jsonOf(record));
        return parsed.success ? [parsed.data] : [];
      });
  }

  /** The first message, then the last. */
  evidence(id: string): Evidence[] {
    return this.#database
      .prepare('SELECT at, payload FROM evidence WHERE id = ? ORDER BY place')
      .all(id)
      .map(({ at, payload }) => ({ at: Number(at), payload: String(payload) }));
  }

  /** All of it or nothing. */
  write(changed: readonly EventWrite[], removed: Iterable<string> = []): void {
    const gone = [...removed];
    if (changed.length + gone.length === 0) return;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const put = this.#database.prepare('INSERT OR REPLACE INTO event VALUES (?, ?)');
      const putEvidence = this.#database.prepare('INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?)');
      for (const { record, payload } of changed) {
        put.run(record.id, JSON.stringify(record));
        if (payload !== undefined) putEvidence.run(record.id, record.messages === 1 ? 0 : 1, record.lastSeen, payload);
      }
      const remove = this.#database.prepare('DELETE FROM event WHERE id = ?');
      const removeEvidence = this.#database.prepare('DELETE FROM evidence WHERE id = ?');
      for (const id of gone) {
        remove.run(id);
        removeEvidence.run(id);
      }
      this.#database.exec('COMMIT');
      this.#writeProblem = undefined;
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      const said = error instanceof Error ? error.message : String(error);
      if (isFull(error)) {
        this.#writeProblem = `the disk of ${this.#folder} is full or cannot be written (${said}): free some space; until then no event is taken`;
        throw new StorageFullError(this.#writeProblem);
      }
      this.#writeProblem = isDamage(error)
        ? `the events in ${this.#folder} are damaged (${said}): restart the collector, which sets the file aside and begins a new one`
        : `the events in ${this.#folder} cannot be written: ${said}`;
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

/** Reads enough to notice damage. */
function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    migrate(database, migrations);
    database.prepare('SELECT record FROM event').all();
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
