/** Findings on disk, in a database of their own: what people decided outlives restarts, and never slows the profiles down. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { findingSchema, findingStates } from '@runlens/protocol/api/findings';
import { z } from 'zod';
import { StorageFullError } from '../store/profile-store.ts';
import { jsonOf } from '../store/sqlite/kept-json.ts';
import { migrate } from '../store/sqlite/schema.ts';
import { isDamage, isFull, openOrSetAside } from '../store/sqlite/set-aside.ts';
import type { FindingRecord } from './life-cycle.ts';

const file = 'findings.sqlite';

/** Only ever append. */
const migrations: readonly string[] = [
  'CREATE TABLE finding (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;',
];

const recordSchema = z.object({
  finding: findingSchema.omit({ state: true, setBy: true, fixedIn: true, firstSeen: true, lastSeen: true }),
  memory: z.object({ of: z.enum(['p50', 'p95', 'errorRate']), base: z.number(), now: z.number() }).optional(),
  state: z.enum(findingStates),
  setBy: findingSchema.shape.setBy,
  fixedIn: z.string().optional(),
  firstSeen: z.number(),
  lastSeen: z.number(),
  isPresent: z.boolean(),
  absentSince: z.number().optional(),
});

/** What writes throws {@link StorageFullError} where there is no room; then nothing of it is kept. */
export class FindingFile {
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
            `the file of the findings was damaged and was moved to ${this.#movedAside}; a new one was begun: findings are found again, what was muted or accepted is to be said again`,
          ]),
    ];
  }

  /** Those that cannot be read any more are left out. */
  all(): FindingRecord[] {
    return this.#database
      .prepare('SELECT record FROM finding')
      .all()
      .flatMap(({ record }) => {
        const parsed = recordSchema.safeParse(jsonOf(record));
        return parsed.success ? [parsed.data] : [];
      });
  }

  write(changed: readonly FindingRecord[], removed: readonly string[] = []): void {
    if (changed.length + removed.length === 0) return;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const put = this.#database.prepare('INSERT OR REPLACE INTO finding VALUES (?, ?)');
      for (const record of changed) put.run(record.finding.id, JSON.stringify(record));
      const remove = this.#database.prepare('DELETE FROM finding WHERE id = ?');
      for (const id of removed) remove.run(id);
      this.#database.exec('COMMIT');
      this.#writeProblem = undefined;
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      const said = error instanceof Error ? error.message : String(error);
      const where = `the findings in ${this.#folder}`;
      if (isFull(error)) {
        this.#writeProblem = `the disk of ${this.#folder} is full or cannot be written (${said}): free some space; until then no state of a finding can be set`;
        throw new StorageFullError(this.#writeProblem);
      }
      this.#writeProblem = isDamage(error)
        ? `${where} are damaged (${said}): restart the collector, which sets the file aside and begins a new one`
        : `${where} cannot be written: ${said}`;
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
    database.prepare('SELECT record FROM finding').all();
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
