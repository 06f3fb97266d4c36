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

/** A file that is open, until its owner closes it. */
export interface OpenFile {
  readonly descriptor: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * Opens a file to be read. Nothing when it is not there, is no plain file, is larger than `mostBytes`, or somebody else
 * could have written it. Never throws.
 */
export function openPrivateFile(path: string, mostBytes: number): OpenFile | undefined {
  let descriptor: number | undefined;
  try {
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    // Not a link to a file elsewhere; and a named pipe must not make this wait.
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (stats.isFile() && stats.size <= mostBytes && isTrusted(stats)) {
      if (Date.now() - stats.mtimeMs > touchAfterMilliseconds) touch(descriptor);
      return { descriptor, size: stats.size };
    }
  } catch {
    // As if it were not there.
  }
  if (descriptor !== undefined) closeSync(descriptor);
  return undefined;
}

/** Fills a buffer with what stands at a place of a file. False: it ends before. Throws when it cannot be read. */
export function readWhole(descriptor: number, bytes: Uint8Array, position: number): boolean {
  for (let read = 0; read < bytes.byteLength; ) {
    const more = readSync(descriptor, bytes, read, bytes.byteLength - read, position + read);
    if (more === 0) return false;
    read += more;
  }
  return true;
}

/** The bytes of such a file, at the start of a buffer of their own. Never throws. */
export function readPrivateFile(path: string, mostBytes: number): Uint8Array<ArrayBuffer> | undefined {
  const file = openPrivateFile(path, mostBytes);
  if (!file) return undefined;
  try {
    const bytes = new Uint8Array(file.size);
    return readWhole(file.descriptor, bytes, 0) ? bytes : undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(file.descriptor);
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

/**
 * Writes a file whole or not at all, for this user only, a part after the other. Others that read it at the same time see the
 * old or the new. What cannot be done is thrown, and then nothing is left of it.
 */
export class PrivateFileWriter {
  readonly #path: string;
  readonly #temporary: string;
  #file: number | undefined;
  /** Bytes written. */
  length = 0;

  constructor(path: string) {
    this.#path = path;
    this.#temporary = `${path}.${process.pid}-${threadId}${temporarySuffix}`;
    // Left behind by a process of the same id that was killed.
    removeFile(this.#temporary);
    this.#file = openSync(this.#temporary, 'wx', 0o600);
  }

  write(part: Uint8Array): void {
    this.#orNothing((file) => {
      for (let at = 0; at < part.byteLength; ) at += writeSync(file, part, at);
      this.length += part.byteLength;
    });
  }

  commit(): void {
    this.#orNothing((file) => {
      this.#file = undefined;
      closeSync(file);
      renameSync(this.#temporary, this.#path);
    });
  }

  abandon(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    removeFile(this.#temporary);
  }

  #orNothing(work: (file: number) => void): void {
    if (this.#file === undefined) throw new Error(`${this.#path} is not being written`);
    try {
      work(this.#file);
    } catch (error) {
      this.abandon();
      throw error;
    }
  }
}

/** The same at once. */
export function writePrivateFile(path: string, parts: readonly Uint8Array[]): void {
  const writer = new PrivateFileWriter(path);
  for (const part of parts) writer.write(part);
  writer.commit();
}

/** Removes a file, if it is there and can be. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, or stays.
  }
}
