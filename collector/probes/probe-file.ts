/** Probes and their captures on disk: a database of its own, so that what probes bring never slows the profiles down. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  type Actor,
  actorSchema,
  type Capture,
  captureSchema,
  type Probe,
  type ProbeCause,
  type ProbeState,
  probeCauses,
  probeLimits,
  probeSchema,
  probeStates,
} from '@runlens/protocol';
import { z } from 'zod';

const file = 'probes.sqlite';

/** What is kept of a probe: itself, and how it ended. */
export interface KeptProbe {
  readonly probe: Probe;
  /** Undefined while it lives. */
  readonly end?:
    | { readonly state: ProbeState; readonly cause: ProbeCause; readonly detail: string; readonly at: string }
    | undefined;
  /** Of an agent's: by whom it was approved; undefined while it waits for that. */
  readonly approvedBy?: Actor | undefined;
  readonly proposed: boolean;
  readonly hits: number;
}

const keptSchema = z.object({
  probe: probeSchema,
  end: z
    .object({ state: z.enum(probeStates), cause: z.enum(probeCauses), detail: z.string(), at: z.iso.datetime() })
    .optional(),
  approvedBy: actorSchema.optional(),
  proposed: z.boolean(),
  hits: z.number(),
}) satisfies z.ZodType<KeptProbe>;

/** Bytes of captures that are kept in all; the oldest go first. */
const mostBytes = 256 * 1024 * 1024;

export class ProbeFile {
  readonly #database: DatabaseSync;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, file);
    this.#database = new DatabaseSync(path, { timeout: 5_000 });
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS probe (id TEXT PRIMARY KEY, kept TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS capture (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, probe TEXT NOT NULL, capture TEXT NOT NULL
      );
      CREATE INDEX IF NOT EXISTS capture_of_probe ON capture (probe, number);
    `);
    chmodSync(path, 0o600);
  }

  /** Those that cannot be read any more are left out. */
  all(): KeptProbe[] {
    const kept: KeptProbe[] = [];
    for (const row of this.#database.prepare('SELECT kept FROM probe').all()) {
      const parsed = keptSchema.safeParse(jsonOf(row.kept));
      if (parsed.success) kept.push(parsed.data);
    }
    return kept;
  }

  put(kept: KeptProbe): void {
    this.#database
      .prepare('INSERT INTO probe (id, kept) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET kept = excluded.kept')
      .run(kept.probe.id, JSON.stringify(kept));
  }

  remove(id: string): void {
    this.#database.prepare('DELETE FROM probe WHERE id = ?').run(id);
    this.#database.prepare('DELETE FROM capture WHERE probe = ?').run(id);
  }

  /** False: it is there already. */
  addCapture(capture: Capture): boolean {
    const { changes } = this.#database
      .prepare('INSERT OR IGNORE INTO capture (id, probe, capture) VALUES (?, ?, ?)')
      .run(capture.id, capture.probe, JSON.stringify(capture));
    if (Number(changes) === 0) return false;
    this.#database
      .prepare(
        'DELETE FROM capture WHERE probe = ?1 AND number <= (SELECT number FROM capture WHERE probe = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)',
      )
      .run(capture.probe, probeLimits.capturesKept);
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
    return Number(
      this.#database.prepare('SELECT count(*) AS number FROM capture WHERE probe = ?').get(probe)?.number ?? 0,
    );
  }

  /** Keeps the captures of all probes within their bytes. */
  maintain(): void {
    const bytes = Number(
      this.#database.prepare('SELECT coalesce(sum(length(capture)), 0) AS bytes FROM capture').get()?.bytes ?? 0,
    );
    if (bytes <= mostBytes) return;
    this.#database.exec('DELETE FROM capture WHERE number IN (SELECT number FROM capture ORDER BY number LIMIT 1000)');
  }

  close(): void {
    this.#database.close();
  }
}

function jsonOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
