/** A database that cannot be read is set aside, never deleted, and a new one is begun. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const resultCode = { busy: 5, ioError: 10, corrupt: 11, full: 13, notADatabase: 26 } as const;

function isOneOf(error: unknown, ...codes: readonly (keyof typeof resultCode)[]): boolean {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return false;
  const primary = error.errcode & 0xff;
  return codes.some((code) => resultCode[code] === primary);
}

export const isBusy = (error: unknown): boolean => isOneOf(error, 'busy');
/** Also where the disk is there and cannot be written. */
export const isFull = (error: unknown): boolean => isOneOf(error, 'full', 'ioError');
export const isDamage = (error: unknown): boolean => isOneOf(error, 'corrupt', 'notADatabase');

export interface Opened<Database> {
  readonly opened: Database;
  /** Where a file that could not be read was moved. */
  readonly movedAside: string | undefined;
}

/** `open` must leave nothing open when it throws, and read enough to notice damage. Throws what it throws, but for damage. */
export function openOrSetAside<Database>(
  folder: string,
  file: string,
  now: number,
  open: () => Database,
): Opened<Database> {
  try {
    return { opened: open(), movedAside: undefined };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const aside = join(folder, `damaged-${new Date(now).toISOString().replaceAll(':', '-')}`);
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    for (const suffix of ['', '-wal', '-shm']) {
      const from = join(folder, file + suffix);
      if (existsSync(from)) renameSync(from, join(aside, file + suffix));
    }
    return { opened: open(), movedAside: aside };
  }
}
