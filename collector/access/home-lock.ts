/** One process at a time changes the files of a home folder. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { homeFiles } from '@runlens/protocol/home';
import { isBusy } from '../store/sqlite/set-aside.ts';

/** Another process holds the lock for longer than anything that is done under it takes. */
export class HomeBusyError extends Error {
  override readonly name = 'HomeBusyError';
}

/** What is done under the lock takes milliseconds; a hundred who wait for each other take a second. */
const waitMilliseconds = 10_000;

/**
 * Runs `work` while no other process runs its own under this lock. It is SQLite's on an empty file, which the operating
 * system lets go of when the process ends, however it ends. Throws a {@link HomeBusyError}, and what `work` throws.
 */
export function underHomeLock<Result>(home: string, work: () => Result, wait: number = waitMilliseconds): Result {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const path = join(home, homeFiles.lock);
  const lock = new DatabaseSync(path, { timeout: wait });
  try {
    chmodSync(path, 0o600);
    lock.exec('BEGIN EXCLUSIVE');
    return work();
  } catch (error) {
    if (!isBusy(error)) throw error;
    throw new HomeBusyError(
      `another process has been changing the files of ${home} for ${wait / 1000} s: wait for it, or end it (it holds ${path})`,
    );
  } finally {
    // Nothing was written: closing lets go of the lock.
    lock.close();
  }
}
