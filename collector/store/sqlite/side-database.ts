/**
 * A small database of one part of the collector beside that of the profiles: what it keeps outlives restarts, and never
 * slows the profiles down.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { z } from 'zod';
import { StorageFullError } from '../profile-store.ts';
import { jsonOf } from './kept-json.ts';
import { migrate } from './schema.ts';
import { isDamage, isFull, openOrSetAside } from './set-aside.ts';

export interface SideDatabaseOptions {
  readonly folder: string;
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Only ever append. */
  readonly migrations: readonly string[];
  /** Reads enough to notice damage. */
  readonly check: (database: DatabaseSync) => void;
  /** What people are told. */
  readonly words: {
    /** What it holds, in the plural: `the findings`. */
    readonly of: string;
    /** What a full disk keeps from being done, after "until then". */
    readonly untilThereIsRoom: string;
    /** What to know or do when a damaged file was set aside and a new one begun. */
    readonly whenBegunAnew: string;
  };
}

export class SideDatabase {
  readonly database: DatabaseSync;
  readonly #folder: string;
  readonly #words: SideDatabaseOptions['words'];
  readonly #movedAside: string | undefined;
  #writeProblem: string | undefined;

  /** Sets a file that cannot be read aside. Throws `NewerStoreError`, or what the file system says. */
  constructor({ folder, file, now, migrations, check, words }: SideDatabaseOptions) {
    this.#folder = folder;
    this.#words = words;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { opened, movedAside } = openOrSetAside(folder, file, now, () => open(join(folder, file), migrations, check));
    this.database = opened;
    this.#movedAside = movedAside;
  }

  /** What is wrong now, as sentences that say what to do. */
  problems(): readonly string[] {
    const { of, whenBegunAnew } = this.#words;
    return [
      ...(this.#writeProblem === undefined ? [] : [this.#writeProblem]),
      ...(this.#movedAside === undefined
        ? []
        : [
            `the file of ${of} was damaged and was moved to ${this.#movedAside}; a new one was begun: ${whenBegunAnew}`,
          ]),
    ];
  }

  /** What the rows of a statement hold as JSON in this column; those that cannot be read any more are left out. */
  read<Schema extends z.ZodType>(
    schema: Schema,
    column: string,
    sql: string,
    ...values: (string | number)[]
  ): z.infer<Schema>[] {
    const found: z.infer<Schema>[] = [];
    for (const row of this.database.prepare(sql).all(...values)) {
      const parsed = schema.safeParse(jsonOf(row[column]));
      if (parsed.success) found.push(parsed.data);
    }
    return found;
  }

  /** All of the work or nothing. Throws {@link StorageFullError} where there is no room. */
  write<Result>(work: (database: DatabaseSync) => Result): Result {
    const { database } = this;
    try {
      database.exec('BEGIN IMMEDIATE');
      const result = work(database);
      database.exec('COMMIT');
      this.#writeProblem = undefined;
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      const said = error instanceof Error ? error.message : String(error);
      const { of, untilThereIsRoom } = this.#words;
      if (isFull(error)) {
        this.#writeProblem = `the disk of ${this.#folder} is full or cannot be written (${said}): free some space; until then ${untilThereIsRoom}`;
        throw new StorageFullError(this.#writeProblem);
      }
      this.#writeProblem = isDamage(error)
        ? `the file of ${of} in ${this.#folder} is damaged (${said}): restart the collector, which sets it aside and begins a new one`
        : `the file of ${of} in ${this.#folder} cannot be written: ${said}`;
      throw error;
    }
  }

  close(): void {
    this.database.close();
  }
}

/** Leaves nothing open when it throws. */
function open(path: string, migrations: readonly string[], check: (database: DatabaseSync) => void): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    migrate(database, migrations);
    check(database);
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
