/** Probes and their captures on disk: a database of its own, so that what probes bring never slows the profiles down. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Capture, captureSchema, probeLimits } from '@runlens/protocol';
import { StorageFullError } from '../store/profile-store.ts';
import { jsonOf } from '../store/sqlite/kept-json.ts';
import { isDamage, isFull, openOrSetAside } from '../store/sqlite/set-aside.ts';
import { type KeptProbe, keptProbeSchema } from './kept-probe.ts';

const file = 'probes.sqlite';

/** Bytes of captures that are kept in all; the oldest go first. */
const mostBytes = 256 * 1024 * 1024;

/** What writes throws {@link StorageFullError} where there is no room; then nothing of it is kept. */
export class ProbeFile {
  readonly #folder: string;
  readonly #database: DatabaseSync;
  readonly #movedAside: string | undefined;
  #writeProblem: string | undefined;
  /** Captures of each probe: asked for with every state that is told. */
  #counts: Map<string, number>;

  /** Sets a file that cannot be read aside. Throws what the file system says. */
  constructor(folder: string, now: number) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { opened, movedAside } = openOrSetAside(folder, file, now, () => open(join(folder, file)));
    this.#database = opened;
    this.#movedAside = movedAside;
    this.#counts = countsIn(opened);
  }

  /** What is wrong now, as sentences that say what to do. */
  problems(): readonly string[] {
    return [
      ...(this.#writeProblem === undefined ? [] : [this.#writeProblem]),
      ...(this.#movedAside === undefined
        ? []
        : [
            `the file of the probes was damaged and was moved to ${this.#movedAside}; a new one was begun: place the probes again that are wanted`,
          ]),
    ];
  }

  /** Those that cannot be read any more are left out. */
  all(): KeptProbe[] {
    const kept: KeptProbe[] = [];
    for (const row of this.#database.prepare(everyProbe).all()) {
      const parsed = keptProbeSchema.safeParse(jsonOf(row.kept));
      if (parsed.success) kept.push(parsed.data);
    }
    return kept;
  }

  put(kept: KeptProbe): void {
    this.#write(() =>
      this.#database
        .prepare('INSERT INTO probe (id, kept) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET kept = excluded.kept')
        .run(kept.probe.id, JSON.stringify(kept)),
    );
  }

  remove(id: string): void {
    this.#write(() => {
      this.#database.prepare('DELETE FROM capture WHERE probe = ?').run(id);
      this.#database.prepare('DELETE FROM probe WHERE id = ?').run(id);
    });
    this.#counts.delete(id);
  }

  /** False: it is there already. */
  addCapture(capture: Capture): boolean {
    const more = this.#write(() => {
      const { changes } = this.#database
        .prepare('INSERT OR IGNORE INTO capture (id, probe, capture) VALUES (?, ?, ?)')
        .run(capture.id, capture.probe, JSON.stringify(capture));
      if (Number(changes) === 0) return undefined;
      const { changes: removed } = this.#database
        .prepare(
          'DELETE FROM capture WHERE probe = ?1 AND number <= (SELECT number FROM capture WHERE probe = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)',
        )
        .run(capture.probe, probeLimits.capturesKept);
      return 1 - Number(removed);
    });
    if (more === undefined) return false;
    this.#counts.set(capture.probe, this.countCaptures(capture.probe) + more);
    return true;
  }

  /** Oldest first. */
  captures(probe: string, after: string | undefined, limit: number): readonly Capture[] {
    const from =
      after === undefined
        ? 0
        : Number(this.#database.prepare('SELECT number FROM capture WHERE id = ?').get(after)?.number ?? 0);
    const captures: Capture[] = [];
    for (const row of this.#database
      .prepare('SELECT capture FROM capture WHERE probe = ? AND number > ? ORDER BY number LIMIT ?')
      .all(probe, from, limit)) {
      const parsed = captureSchema.safeParse(jsonOf(row.capture));
      if (parsed.success) captures.push(parsed.data);
    }
    return captures;
  }

  countCaptures(probe: string): number {
    return this.#counts.get(probe) ?? 0;
  }

  /** Keeps the captures of all probes within their bytes. */
  maintain(): void {
    const bytes = Number(
      this.#database.prepare('SELECT coalesce(sum(length(capture)), 0) AS bytes FROM capture').get()?.bytes ?? 0,
    );
    if (bytes <= mostBytes) return;
    this.#write(() =>
      this.#database.exec(
        'DELETE FROM capture WHERE number IN (SELECT number FROM capture ORDER BY number LIMIT 1000)',
      ),
    );
  }

  close(): void {
    this.#database.close();
  }

  #write<Result>(work: () => Result): Result {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const result = work();
      this.#database.exec('COMMIT');
      this.#writeProblem = undefined;
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      const said = error instanceof Error ? error.message : String(error);
      if (isFull(error)) {
        this.#writeProblem = `the disk of ${this.#folder} is full or cannot be written (${said}): free some space; until then no probe can be placed or changed and no capture is kept, and those that are placed still end`;
        throw new StorageFullError(this.#writeProblem);
      }
      this.#writeProblem = isDamage(error)
        ? `the file of the probes in ${this.#folder} is damaged (${said}): restart the collector, which sets it aside and begins a new one`
        : `the file of the probes in ${this.#folder} cannot be written: ${said}`;
      throw error;
    }
  }
}

const everyProbe = 'SELECT kept FROM probe';

function countsIn(database: DatabaseSync): Map<string, number> {
  const rows = database.prepare(
    'SELECT probe, count(*) AS number FROM capture INDEXED BY capture_of_probe GROUP BY probe',
  );
  return new Map(rows.all().map(({ probe, number }) => [String(probe), Number(number)]));
}

/** Reads enough to notice damage: all probes, and which captures there are. */
function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS probe (id TEXT PRIMARY KEY, kept TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS capture (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, probe TEXT NOT NULL, capture TEXT NOT NULL
      );
      CREATE INDEX IF NOT EXISTS capture_of_probe ON capture (probe, number);
    `);
    database.prepare(everyProbe).all();
    countsIn(database);
    database.prepare('SELECT capture FROM capture ORDER BY number DESC LIMIT 1').get();
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
