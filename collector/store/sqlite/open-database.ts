/** Opens the files of a store: makes the folder, keeps a second collector out, sets a store that cannot be read aside. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { mergeBlobs, mergedBound } from '../histogram-blob.ts';
import { DataFolderInUseError } from '../profile-store.ts';
import { migrate } from './schema.ts';
import { isBusy, openOrSetAside } from './set-aside.ts';
import { tiers } from './tiers.ts';

const storeFile = 'profiles.sqlite';
const lockFile = 'lock.sqlite';

export interface OpenedDatabase {
  /** Held for as long as the store is open: the operating system lets go of it, also after kill -9. */
  readonly lock: DatabaseSync;
  readonly writer: DatabaseSync;
  /** Sees what was committed, while the writer is in the middle of a transaction. */
  readonly reader: DatabaseSync;
  /** Where a store that could not be read was moved. */
  readonly movedAside: string | undefined;
}

/** Throws {@link DataFolderInUseError}, `NewerStoreError`, or what the file system says. */
export function openDatabase(folder: string, now: number, maxPages?: number): OpenedDatabase {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = takeLock(folder);
  try {
    const { opened, movedAside } = openOrSetAside(folder, storeFile, now, () => open(folder, maxPages));
    return { lock, ...opened, movedAside };
  } catch (error) {
    lock.close();
    throw error;
  }
}

function takeLock(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, lockFile), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new DataFolderInUseError(
      `another collector uses the data folder ${folder}: use that one, stop it, or give this one a folder of its own (--data)`,
    );
  }
}

function open(folder: string, maxPages: number | undefined): Pick<OpenedDatabase, 'reader' | 'writer'> {
  const path = join(folder, storeFile);
  const writer = new DatabaseSync(path, { timeout: 5_000 });
  try {
    // NORMAL: a commit survives the death of the process; after a power cut the last commits may be missing, the
    // store stays whole (sqlite.org/wal.html). FULL would add a disk flush to each commit.
    writer.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864');
    // The pages of the minute, hour and day at hand take 4 MB at 20,000 functions; the rest the system keeps anyway.
    writer.exec('PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY');
    if (maxPages !== undefined) writer.exec(`PRAGMA max_page_count = ${maxPages}`);
    writer.function('merge_histograms', { deterministic: true }, (one, other) => {
      if (!(one instanceof Uint8Array)) return other;
      if (!(other instanceof Uint8Array)) return one;
      const target = new Uint8Array(mergedBound(one.length, other.length));
      return target.subarray(0, mergeBlobs(one, 0, one.length, other, 0, other.length, target, 0));
    });
    migrate(writer);
    // Catches a damaged tree at its root; a full check would take seconds for a day of data.
    for (const table of [...tiers.map(({ table }) => table), 'detail', 'journal'])
      writer.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get();
    chmodSync(path, 0o600);
    const reader = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    reader.exec('PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY');
    return { writer, reader };
  } catch (error) {
    writer.close();
    throw error;
  }
}
