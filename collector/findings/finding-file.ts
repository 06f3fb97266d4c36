/** Findings on disk, in a database of their own: what people decided outlives restarts, and never slows the profiles down. */
import { findingSchema, findingStates } from '@runlens/protocol/api/findings';
import { z } from 'zod';
import { SideDatabase } from '../store/sqlite/side-database.ts';
import type { FindingRecord } from './life-cycle.ts';

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

const every = 'SELECT record FROM finding';

/** What writes throws `StorageFullError` where there is no room; then nothing of it is kept. */
export class FindingFile {
  readonly #kept: SideDatabase;

  /** Sets a file that cannot be read aside. Throws `NewerStoreError`, or what the file system says. */
  constructor(folder: string, now: number) {
    this.#kept = new SideDatabase({
      folder,
      file: 'findings.sqlite',
      now,
      migrations,
      check: (database) => void database.prepare(every).all(),
      words: {
        of: 'the findings',
        untilThereIsRoom: 'no state of a finding can be set',
        whenBegunAnew: 'findings are found again, what was muted or accepted is to be said again',
      },
    });
  }

  /** What is wrong now, as sentences that say what to do. */
  problems(): readonly string[] {
    return this.#kept.problems();
  }

  /** Those that cannot be read any more are left out. */
  all(): FindingRecord[] {
    return this.#kept.read(recordSchema, 'record', every);
  }

  write(changed: readonly FindingRecord[], removed: readonly string[] = []): void {
    if (changed.length + removed.length === 0) return;
    this.#kept.write((database) => {
      const put = database.prepare('INSERT OR REPLACE INTO finding VALUES (?, ?)');
      for (const record of changed) put.run(record.finding.id, JSON.stringify(record));
      const remove = database.prepare('DELETE FROM finding WHERE id = ?');
      for (const id of removed) remove.run(id);
    });
  }

  close(): void {
    this.#kept.close();
  }
}
