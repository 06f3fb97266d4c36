/** Probes and their captures on disk: a database of its own, so that what probes bring never slows the profiles down. */
import type { DatabaseSync } from 'node:sqlite';
import { type Capture, captureSchema, probeLimits } from '@runlens/protocol';
import { SideDatabase } from '../store/sqlite/side-database.ts';
import { type KeptProbe, keptProbeSchema } from './kept-probe.ts';

/** Only ever append. The first tables are older than the count of migrations: they may be there. */
const migrations: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS probe (id TEXT PRIMARY KEY, kept TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE IF NOT EXISTS capture (
     number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, probe TEXT NOT NULL, capture TEXT NOT NULL
   );
   CREATE INDEX IF NOT EXISTS capture_of_probe ON capture (probe, number);`,
];

/** Bytes of captures that are kept in all; the oldest go first. */
const mostBytes = 256 * 1024 * 1024;

const everyProbe = 'SELECT kept FROM probe';

/** What writes throws `StorageFullError` where there is no room; then nothing of it is kept. */
export class ProbeFile {
  readonly #kept: SideDatabase;
  readonly #database: DatabaseSync;
  /** Captures of each probe: asked for with every state that is told. */
  #counts: Map<string, number>;

  /** Sets a file that cannot be read aside. Throws `NewerStoreError`, or what the file system says. */
  constructor(folder: string, now: number) {
    this.#kept = new SideDatabase({
      folder,
      file: 'probes.sqlite',
      now,
      migrations,
      check: (database) => {
        database.prepare(everyProbe).all();
        countsIn(database);
        database.prepare('SELECT capture FROM capture ORDER BY number DESC LIMIT 1').get();
      },
      words: {
        of: 'the probes',
        untilThereIsRoom:
          'no probe can be placed or changed and no capture is kept, and those that are placed still end',
        whenBegunAnew: 'place the probes again that are wanted',
      },
    });
    this.#database = this.#kept.database;
    this.#counts = countsIn(this.#database);
  }

  /** What is wrong now, as sentences that say what to do. */
  problems(): readonly string[] {
    return this.#kept.problems();
  }

  /** Those that cannot be read any more are left out. */
  all(): KeptProbe[] {
    return this.#kept.read(keptProbeSchema, 'kept', everyProbe);
  }

  put(kept: KeptProbe): void {
    this.#kept.write(() =>
      this.#database
        .prepare('INSERT INTO probe (id, kept) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET kept = excluded.kept')
        .run(kept.probe.id, JSON.stringify(kept)),
    );
  }

  remove(id: string): void {
    this.#kept.write(() => {
      this.#database.prepare('DELETE FROM capture WHERE probe = ?').run(id);
      this.#database.prepare('DELETE FROM probe WHERE id = ?').run(id);
    });
    this.#counts.delete(id);
  }

  /** False: it is there already. */
  addCapture(capture: Capture): boolean {
    const more = this.#kept.write(() => {
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
    const next = 'SELECT capture FROM capture WHERE probe = ? AND number > ? ORDER BY number LIMIT ?';
    return this.#kept.read(captureSchema, 'capture', next, probe, from, limit);
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
    this.#kept.write(() =>
      this.#database.exec(
        'DELETE FROM capture WHERE number IN (SELECT number FROM capture ORDER BY number LIMIT 1000)',
      ),
    );
  }

  close(): void {
    this.#kept.close();
  }
}

function countsIn(database: DatabaseSync): Map<string, number> {
  const rows = database.prepare(
    'SELECT probe, count(*) AS number FROM capture INDEXED BY capture_of_probe GROUP BY probe',
  );
  return new Map(rows.all().map(({ probe, number }) => [String(probe), Number(number)]));
}
