import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  futimesSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { threadId } from 'node:worker_threads';

/**
 * Files that only this user (or root, who could change the service itself) can have written. What is read from a cache
 * decides which code runs: a file of somebody else's would let them into the service. Where the system has no owners
 * of this kind (Windows), it is the folder in the user's profile that keeps others out.
 */
const user = process.geteuid?.();

const isOurs = ({ uid }: Stats): boolean => user === undefined || uid === user || uid === 0;
/** Nobody but its owner may write. */
const isTrusted = (stats: Stats): boolean => isOurs(stats) && (user === undefined || (stats.mode & 0o022) === 0);

/** Whether a folder is there, or now is, and is one that only this user can write to. Never throws. */
export function ensurePrivateFolder(folder: string): boolean {
  try {
    return isTrusted(statSync(folder));
  } catch {
    // It is not there, or cannot be reached.
  }
  try {
    const missing = missingFolders(folder);
    // As root with the home of another (sudo): a folder of root's there would be in that user's way ever after.
    if (!isOurs(statSync(dirname(missing[0] ?? folder)))) return false;
    // One by one: on file systems that take none (/proc), Node's recursive mkdir tries for ever.
    for (const path of missing) makeFolder(path);
    return isTrusted(statSync(folder));
  } catch {
    return false;
  }
}

/** The folders that have to be made for this one to be there, the outermost first. */
function missingFolders(folder: string): readonly string[] {
  const missing: string[] = [];
  for (let at = folder; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  return missing;
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process was quicker.
    if (!existsSync(path)) throw error;
  }
}

/** A file that was not touched for so long is touched when it is read, so that what is in use is not the oldest. */
const touchAfterMilliseconds = 24 * 3_600_000;

/**
 * The bytes of a file, at the start of a buffer of their own. Nothing when it is not there, is no plain file, is larger
 * than `mostBytes`, or somebody else could have written it. Never throws.
 */
export function readPrivateFile(path: string, mostBytes: number): Uint8Array<ArrayBuffer> | undefined {
  let file: number | undefined;
  try {
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    // Not a link to a file elsewhere; and a named pipe must not make this wait.
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > mostBytes || !isTrusted(stats)) return undefined;
    const bytes = new Uint8Array(stats.size);
    let read = 0;
    while (read < bytes.byteLength) {
      const more = readSync(file, bytes, read, bytes.byteLength - read, read);
      if (more === 0) return undefined;
      read += more;
    }
    if (Date.now() - stats.mtimeMs > touchAfterMilliseconds) touch(file);
    return bytes;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function touch(file: number): void {
  try {
    const now = Date.now() / 1000;
    futimesSync(file, now, now);
  } catch {
    // A read-only file system: nothing is evicted there.
  }
}

export const temporarySuffix = '.tmp';

/** Writes a file whole or not at all, for this user only. Others that read it at the same time see the old or the new. Throws when it cannot. */
export function writePrivateFile(path: string, parts: readonly Uint8Array[]): void {
  const temporary = `${path}.${process.pid}-${threadId}${temporarySuffix}`;
  let file: number | undefined;
  try {
    // Left behind by a process of the same id that was killed.
    removeFile(temporary);
    file = openSync(temporary, 'wx', 0o600);
    for (const part of parts) {
      for (let at = 0; at < part.byteLength; ) at += writeSync(file, part, at);
    }
    closeSync(file);
    file = undefined;
    renameSync(temporary, path);
  } catch (error) {
    if (file !== undefined) closeSync(file);
    removeFile(temporary);
    throw error;
  }
}

/** Removes a file, if it is there and can be. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, or stays.
  }
}
