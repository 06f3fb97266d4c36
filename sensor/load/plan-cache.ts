import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { CacheSetting } from '../configuration.ts';
import { debug, messageOf } from '../log.ts';
import { textsSuffix } from './kept-texts.ts';
import {
  ensurePrivateFolder,
  readPrivateFile,
  removeFile,
  temporarySuffix,
  writePrivateFile,
} from './private-files.ts';

/**
 * Plans of the texts that a program loaded before, so that its next start need not parse them. One file a program: of a
 * service with five hundred modules it is read in a millisecond, where five hundred files would take twenty.
 *
 * What is in it decides which code runs in the service. So: a file is read only if nobody but this user (or root) can
 * have written it (private-files.ts); it begins with a digest over what it is for and all that is in it, so that what is
 * cut off, damaged, of another version or put under another name is as if it were not there; and it holds plans, not
 * code: the code is written anew from the text that was loaded, and a plan can only insert texts of the sensor's own
 * (packed-plan.ts). Nothing here throws, and a service without a cache is only slower to start.
 */
export interface PlanCacheOptions {
  readonly folder: string;
  /** Of all that makes plans: other plans, other version. */
  readonly version: string;
  /** What else the plans depend on beside the texts, and which program it is. */
  readonly program: readonly string[];
}

/** One entry of a file's index: which bytes after the index, and how often the file was written without its being used. */
type Entry = readonly [key: string, offset: number, length: number, age: number];

interface Kept {
  readonly bytes: Uint8Array;
  readonly age: number;
}

const digestBytes = 32;
/** TypeScript's compiler, 200,000 lines, takes 2.4 MB. */
const mostFileBytes = 64 * 1024 * 1024;
const mostFolderBytes = 256 * 1024 * 1024;
const oldestMilliseconds = 30 * 24 * 3_600_000;
const oldestTemporaryMilliseconds = 3_600_000;
/** A program may load other files at each start, as commands do. */
const mostAge = 8;
const suffix = '.plans';

export class PlanCache {
  readonly #folder: string;
  readonly #path: string;
  readonly #stamp: string;
  /** What was read, until `settle` lets go of it. */
  #read: ReadonlyMap<string, Kept> | undefined;
  readonly #used = new Set<string>();
  readonly #added = new Map<string, Uint8Array>();
  #addedBytes = 0;
  #isSettled = false;

  constructor({ folder, version, program }: PlanCacheOptions) {
    this.#folder = folder;
    this.#stamp = cacheStamp(version, program);
    this.#path = join(folder, this.#stamp.slice(0, 40) + suffix);
  }

  /** The bytes kept under a key, at a multiple of four in their buffer. */
  find(key: string): Uint8Array | undefined {
    this.#read ??= this.#readFile();
    const found = this.#added.get(key) ?? this.#read.get(key)?.bytes;
    if (found) this.#used.add(key);
    return found;
  }

  add(key: string, bytes: Uint8Array): void {
    // A program that makes up texts for ever must not fill the memory.
    if (this.#addedBytes + bytes.byteLength > mostFileBytes) return;
    this.#addedBytes += bytes.byteLength;
    this.#added.set(key, bytes);
    this.#isSettled = false;
  }

  /** To be called now and then: writes what is new once no more has come since the last time. */
  settle(): void {
    if (this.#isSettled) this.save();
    this.#isSettled = true;
  }

  /**
   * Writes what is new, together with what other processes wrote meanwhile. Takes about 5 ms for 50,000 lines. False: it could
   * not be written.
   */
  save(): boolean {
    this.#read = undefined;
    if (this.#added.size === 0) return true;
    const added = new Map(this.#added);
    this.#added.clear();
    this.#addedBytes = 0;
    try {
      if (!ensurePrivateFolder(this.#folder)) {
        debug(`no plans are kept: ${this.#folder} cannot be made, or is not this user's alone`);
        return false;
      }
      writePrivateFile(this.#path, this.#encode(added));
      tidy(this.#folder, this.#path);
      return true;
    } catch (error) {
      debug(`plans could not be kept: ${messageOf(error)}`);
      return false;
    }
  }

  #readFile(): ReadonlyMap<string, Kept> {
    const kept = new Map<string, Kept>();
    const bytes = readPrivateFile(this.#path, mostFileBytes);
    if (!bytes || bytes.byteLength < digestBytes + 4) return kept;
    try {
      const body = bytes.subarray(digestBytes);
      if (!digestOf([this.#stamp, body]).equals(bytes.subarray(0, digestBytes))) return kept;
      const [indexBytes = 0] = new Int32Array(bytes.buffer, digestBytes, 1);
      const start = digestBytes + 4 + padded(indexBytes);
      const index = Buffer.from(bytes.buffer, digestBytes + 4, indexBytes).toString('utf8');
      const entries: readonly Entry[] = JSON.parse(index);
      for (const [key, offset, length, age] of entries) {
        kept.set(key, { bytes: bytes.subarray(start + offset, start + offset + length), age });
      }
    } catch {
      // As if it were not there: it is written anew.
    }
    return kept;
  }

  #encode(added: ReadonlyMap<string, Uint8Array>): readonly Uint8Array[] {
    const entries: Entry[] = [];
    const plans: Uint8Array[] = [];
    let offset = 0;
    const put = (key: string, bytes: Uint8Array, age: number): void => {
      if (offset + bytes.byteLength > mostFileBytes / 2) return;
      entries.push([key, offset, bytes.byteLength, age]);
      plans.push(bytes);
      offset += bytes.byteLength;
    };
    for (const [key, bytes] of added) put(key, bytes, 0);
    const before = [...this.#readFile()].map(([key, { bytes, age }]) => ({
      key,
      bytes,
      age: this.#used.has(key) ? 0 : age + 1,
    }));
    for (const { key, bytes, age } of before.sort((a, b) => a.age - b.age)) {
      if (age <= mostAge && !added.has(key)) put(key, bytes, age);
    }
    const index = Buffer.from(JSON.stringify(entries));
    const head = new Uint8Array(4 + padded(index.byteLength));
    new Int32Array(head.buffer, 0, 1)[0] = index.byteLength;
    head.set(index, 4);
    return [digestOf([this.#stamp, head, ...plans]), head, ...plans];
  }
}

/** Names what is kept for a program: another version, another program, another stamp. */
export function cacheStamp(version: string, program: readonly string[]): string {
  // Numbers lie in the files in this machine's byte order.
  const order = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 'little' : 'big';
  return digestOf([JSON.stringify([version, order, ...program])]).toString('hex');
}

const padded = (bytes: number): number => (bytes + 3) & ~3;

function digestOf(parts: readonly (string | Uint8Array)[]): Buffer {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** Keeps the folder within its bounds: first goes what was not used for longest, and what killed processes left. */
function tidy(folder: string, justWritten: string): void {
  const now = Date.now();
  const files = readdirSync(folder)
    .filter((name) => [suffix, textsSuffix, temporarySuffix].some((end) => name.endsWith(end)))
    .flatMap((name) => {
      try {
        const path = join(folder, name);
        const { mtimeMs, size } = statSync(path);
        const oldest = name.endsWith(temporarySuffix) ? oldestTemporaryMilliseconds : oldestMilliseconds;
        return [{ path, size, mtimeMs, isOutdated: now - mtimeMs > oldest }];
      } catch {
        // Another process was quicker.
        return [];
      }
    })
    .sort((a, b) => b.mtimeMs - a.mtimeMs);
  let bytes = 0;
  for (const { path, size, isOutdated } of files) {
    if (path === justWritten) bytes += size;
    else if (isOutdated || bytes + size > mostFolderBytes) removeFile(path);
    else bytes += size;
  }
}

/**
 * The folder for the sensor's cache: in `RUNLENS_CACHE`, else in the user's cache folder (XDG Base Directory
 * specification). Nothing where it is turned off or the user has no home: services often run as such a user.
 */
export function cacheFolder(setting: CacheSetting, environment: NodeJS.ProcessEnv): string | undefined {
  if (setting.kind === 'off') return undefined;
  if (setting.kind === 'folder') return join(resolve(setting.path), 'sensor');
  const { XDG_CACHE_HOME } = environment;
  try {
    // A relative path is to be ignored, by the specification.
    if (XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, 'runlens', 'sensor');
    const home = homedir();
    return isAbsolute(home) && statSync(home).isDirectory() ? join(home, '.cache', 'runlens', 'sensor') : undefined;
  } catch {
    return undefined;
  }
}
