import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { debug, messageOf } from '../log.ts';
import { checksum, KeptPlanning, type Planning } from './kept-planning.ts';
import { ensurePrivateFolder, openPrivateFile, PrivateFileWriter, readWhole, removeFile } from './private-files.ts';

/**
 * Texts with counters as an earlier start of the program ran them, with the slots that stand in them: so the next start
 * neither digests, nor plans, nor writes anything, and V8's code cache knows the texts again. One file a program, of which
 * what is not needed is not read.
 *
 * What is in it runs as it is, so it is only kept where that lets nobody in (code-cache.ts), and read only if nobody but
 * this user (or root) can have written it. Each entry has its own checksum, which finds what is damaged. A text is used for
 * exactly the text that it was made of, which is kept beside it. Nothing here throws.
 */
export interface KeptTextsOptions {
  readonly folder: string;
  /** Of all that makes texts, as long as 40 hexadecimal digits: other texts, other stamp. */
  readonly stamp: string;
  /** The next free slot for a count of 0, else that after which `count` are taken; undefined: there are not so many. */
  readonly reserve: (count: number) => number | undefined;
  /** Runs something in a later turn of the event loop. */
  readonly later: (work: () => void) => void;
}

export interface KeptText {
  readonly key: string;
  readonly firstSlot: number;
  /** Nothing: there is nothing to measure in it. */
  readonly code: string | undefined;
  readonly planning: Planning;
}

export interface NewText {
  readonly path: string;
  readonly key: string;
  /** As it was loaded; nothing: the key alone says which it is. */
  readonly text: string | undefined;
  readonly code: string | undefined;
  readonly firstSlot: number;
  readonly functionCount: number;
  readonly shifts: Int32Array;
  readonly plan: Uint8Array;
}

/** Bytes of a character, of which V8 keeps a text as well. */
type Width = 1 | 2;

/** An entry of the index. The text, the code, the shifts and the plan stand one after the other at `position`. */
interface Entry {
  readonly path: string;
  readonly key: string;
  readonly firstSlot: number;
  readonly functionCount: number;
  readonly position: number;
  readonly textBytes: number;
  readonly textWidth: Width;
  readonly codeBytes: number;
  readonly codeWidth: Width;
  readonly shiftsBytes: number;
  readonly planBytes: number;
  /** Over text and code, and over shifts and plan. */
  readonly checksums: readonly [number, number];
  /** How often the file was written without its being used. */
  readonly age: number;
}

interface Index {
  readonly stamp: string;
  /** The first slot of all, and how many there are to the last. */
  readonly base: number;
  readonly slots: number;
  readonly entries: readonly Entry[];
}

/** At the end of the file: where the index stands, its length and its checksum. */
const trailerBytes = 24;
/** TypeScript's compiler, 200,000 lines, takes 60 MB. */
const mostFileBytes = 128 * 1024 * 1024;
const mostIndexBytes = 16 * 1024 * 1024;
/** A program that loads other files at each start must not use up the slots. */
const mostSlots = 1 << 17;
/** Slots that no file has any more, beside those that one has. */
const mostUnused = 4_096;
const mostAge = 8;
const sliceMilliseconds = 0.5;
const readAtOnce = 1 << 20;
export const textsSuffix = '.texts';

const { now: performanceNow } = performance;
const clock = performanceNow.bind(performance);

export class KeptTexts {
  readonly #options: KeptTextsOptions;
  readonly #path: string;
  #file: number | undefined;
  #entries: ReadonlyMap<string, Entry> | undefined;
  /** Of the first slot of all: what the program reserves before it. */
  #base = 0;
  readonly #used = new Set<string>();
  readonly #added = new Map<string, NewText>();
  #addedBytes = 0;
  #isSettled = false;
  #writing: Iterator<void> | undefined;
  #scratch = Buffer.alloc(0);

  constructor(options: KeptTextsOptions) {
    this.#options = options;
    this.#path = join(options.folder, options.stamp.slice(0, 40) + textsSuffix);
  }

  /**
   * What is kept of a text from a path. `rest`: what the key of a text without a source map has beside its digest of 64
   * characters; `key`: the whole key, which takes longer. Its slots are reserved.
   */
  find(path: string, text: string, rest: string, key: () => string): KeptText | undefined {
    this.#entries ??= this.#open();
    const entry = this.#entries.get(path);
    if (!entry || this.#file === undefined) return undefined;
    try {
      const isSame =
        entry.textBytes > 0
          ? entry.key.slice(64) === rest && entry.textBytes === text.length * entry.textWidth
          : entry.key === key();
      if (!isSame) return undefined;
      const bytes = this.#read(this.#file, entry);
      if (!bytes) return undefined;
      const { textBytes, codeBytes } = entry;
      if (textBytes > 0 && decoded(bytes, 0, textBytes, entry.textWidth) !== text) return undefined;
      this.#used.add(path);
      return {
        key: entry.key,
        firstSlot: entry.firstSlot,
        code: codeBytes === 0 ? undefined : decoded(bytes, textBytes, codeBytes, entry.codeWidth),
        planning: new KeptPlanning({
          path,
          file: this.#file,
          position: entry.position + textBytes + codeBytes,
          shiftsBytes: entry.shiftsBytes,
          planBytes: entry.planBytes,
          checksum: entry.checksums[1],
        }),
      };
    } catch (error) {
      debug(`a kept text is not used: ${messageOf(error)}`);
      return undefined;
    }
  }

  add(text: NewText): void {
    this.#entries ??= this.#open();
    const bytes = (text.text?.length ?? 0) + (text.code?.length ?? 0) + text.plan.byteLength;
    // A program that makes up texts for ever must not fill the memory.
    if (this.#addedBytes + bytes > mostFileBytes / 2) return;
    this.#addedBytes += bytes;
    this.#added.set(text.path, text);
    this.#isSettled = false;
  }

  /**
   * To be called now and then: begins to write what is new once no more has come since the last time. True: none has come, and
   * nothing is left to write.
   */
  settle(): boolean {
    this.#scratch = Buffer.alloc(0);
    const wasSettled = this.#isSettled;
    this.#isSettled = true;
    if (!wasSettled) return false;
    if (this.#added.size === 0) return true;
    if (!this.#writing) {
      this.#writing = this.#write();
      const turn = (): void => {
        if (!this.#writeUntil(clock() + sliceMilliseconds)) this.#options.later(turn);
      };
      this.#options.later(turn);
    }
    return false;
  }

  /** Writes all that is new, now. */
  save(): void {
    if (this.#added.size === 0) return;
    this.#writing ??= this.#write();
    this.#writeUntil(Number.POSITIVE_INFINITY);
  }

  /** Whether nothing is left to write. */
  #writeUntil(time: number): boolean {
    try {
      while (this.#writing && !this.#writing.next().done) if (clock() > time) return false;
    } catch (error) {
      debug(`texts could not be kept: ${messageOf(error)}`);
      this.#added.clear();
    }
    this.#writing = undefined;
    return true;
  }

  /** The file stays open: what it holds is as it was, whoever puts another one in its place. */
  #open(): ReadonlyMap<string, Entry> {
    const entries = new Map<string, Entry>();
    this.#base = this.#options.reserve(0) ?? 0;
    const file = openPrivateFile(this.#path, mostFileBytes);
    if (!file) return entries;
    try {
      const index = readIndex(file.descriptor, file.size);
      const isOurs = index.stamp === this.#options.stamp && index.base === this.#base && index.slots <= mostSlots;
      if (isOurs && this.#options.reserve(index.slots) === this.#base) {
        for (const entry of index.entries) entries.set(entry.path, entry);
        this.#file = file.descriptor;
        return entries;
      }
    } catch (error) {
      debug(`kept texts are not used: ${messageOf(error)}`);
    }
    closeSync(file.descriptor);
    return entries;
  }

  /** All of an entry. Its plan too is checked now: once the text runs, a damaged plan would leave it without functions. */
  #read(file: number, entry: Entry): Buffer | undefined {
    const { position, textBytes, codeBytes, checksums } = entry;
    const bytes = this.#room(bytesOf(entry)).subarray(0, bytesOf(entry));
    const planAt = textBytes + codeBytes;
    const isWhole =
      readWhole(file, bytes, position) &&
      checksum(bytes.subarray(0, planAt)) === checksums[0] &&
      checksum(bytes.subarray(planAt)) === checksums[1];
    return isWhole ? bytes : undefined;
  }

  /** At least so many bytes, with what was put into them before. */
  #room(bytes: number): Buffer {
    const before = this.#scratch;
    if (before.byteLength < bytes) {
      this.#scratch = Buffer.allocUnsafeSlow(bytes);
      before.copy(this.#scratch);
    }
    return this.#scratch;
  }

  *#write(): Generator<void> {
    const { folder, stamp } = this.#options;
    if (!ensurePrivateFolder(folder)) {
      debug(`no texts are kept: ${folder} cannot be made, or is not this user's alone`);
      this.#added.clear();
      return;
    }
    const taken = [...this.#added.values()];
    const old = [...(this.#entries ?? [])].flatMap(([path, entry]) => {
      const age = this.#used.has(path) ? 0 : entry.age + 1;
      return age > mostAge || this.#added.has(path) ? [] : [{ ...entry, age }];
    });
    const all = [...taken, ...old];
    const end = all.reduce((most, { firstSlot, functionCount }) => Math.max(most, firstSlot + functionCount), 0);
    const inUse = all.reduce((sum, { functionCount }) => sum + functionCount, 0);
    if (end - this.#base > inUse * 2 + mostUnused) {
      // The next start gives out all slots anew.
      removeFile(this.#path);
      this.#forget(taken);
      return;
    }
    const writer = new PrivateFileWriter(this.#path);
    try {
      const entries: Entry[] = [];
      for (const text of taken) {
        entries.push(writeText(writer, text, (bytes) => this.#room(bytes)));
        yield;
      }
      for (const entry of old) {
        if (writer.length > mostFileBytes / 2) break;
        entries.push(yield* this.#copy(writer, entry));
        yield;
      }
      const index = Buffer.from(
        JSON.stringify({ stamp, base: this.#base, slots: end - this.#base, entries } satisfies Index),
      );
      const trailer = Buffer.alloc(trailerBytes);
      trailer.writeDoubleLE(writer.length, 0);
      trailer.writeUInt32LE(index.byteLength, 8);
      trailer.writeUInt32LE(checksum(index), 12);
      writer.write(index);
      writer.write(trailer);
      writer.commit();
    } finally {
      writer.abandon();
    }
    this.#forget(taken);
  }

  /** Those that came meanwhile are still to be written. */
  #forget(written: readonly NewText[]): void {
    for (const text of written) if (this.#added.get(text.path) === text) this.#added.delete(text.path);
    if (this.#added.size === 0) this.#addedBytes = 0;
  }

  *#copy(writer: PrivateFileWriter, entry: Entry): Generator<void, Entry> {
    const position = writer.length;
    const length = bytesOf(entry);
    for (let done = 0; done < length; done += readAtOnce) {
      const size = Math.min(readAtOnce, length - done);
      const part = this.#room(size).subarray(0, size);
      if (this.#file === undefined || !readWhole(this.#file, part, entry.position + done)) {
        throw new Error('the file with kept texts has become shorter');
      }
      writer.write(part);
      yield;
    }
    return { ...entry, position };
  }
}

const bytesOf = ({ textBytes, codeBytes, shiftsBytes, planBytes }: Entry): number =>
  textBytes + codeBytes + shiftsBytes + planBytes;

/** Throws when it is damaged. */
function readIndex(file: number, size: number): Index {
  const trailer = Buffer.alloc(trailerBytes);
  if (size < trailerBytes || !readWhole(file, trailer, size - trailerBytes)) throw new Error('it is cut off');
  const length = trailer.readUInt32LE(8);
  if (length > mostIndexBytes) throw new Error('its index is too long');
  const bytes = Buffer.alloc(length);
  const isThere = readWhole(file, bytes, trailer.readDoubleLE(0));
  if (!isThere || checksum(bytes) !== trailer.readUInt32LE(12)) throw new Error('its index is damaged');
  // The checksum says that this is what `#write` wrote.
  return JSON.parse(bytes.toString('utf8')) as Index;
}

/** Writes a text by way of a buffer that is used again: what is thrown away of 10 MB of texts would stay in the process. */
function writeText(writer: PrivateFileWriter, text: NewText, room: (bytes: number) => Buffer): Entry {
  const { path, key, firstSlot, functionCount, shifts, plan } = text;
  const position = writer.length;
  const source = put(text.text ?? '', room, 0);
  const code = put(text.code ?? '', room, source.bytes);
  const first = room(0).subarray(0, source.bytes + code.bytes);
  const checksumOfFirst = checksum(first);
  writer.write(first);
  const shiftsBytes = shifts.byteLength;
  const second = room(shiftsBytes + plan.byteLength).subarray(0, shiftsBytes + plan.byteLength);
  second.set(new Uint8Array(shifts.buffer, shifts.byteOffset, shiftsBytes));
  second.set(plan, shiftsBytes);
  writer.write(second);
  return {
    path,
    key,
    firstSlot,
    functionCount,
    position,
    textBytes: source.bytes,
    textWidth: source.width,
    codeBytes: code.bytes,
    codeWidth: code.width,
    shiftsBytes,
    planBytes: plan.byteLength,
    checksums: [checksumOfFirst, checksum(second)],
    age: 0,
  };
}

/** In such a text V8 keeps two bytes of each character; in others it knows without looking that there is none. */
const wide = /[\u0100-\uffff]/;

/** Puts a text into a buffer that has its room, at an offset. */
function put(
  text: string,
  room: (bytes: number) => Buffer,
  offset: number,
): { readonly bytes: number; readonly width: Width } {
  const width = wide.test(text) ? 2 : 1;
  const bytes = text.length * width;
  room(offset + bytes).write(text, offset, width === 1 ? 'latin1' : 'utf16le');
  return { bytes, width };
}

function decoded(bytes: Buffer, from: number, length: number, width: Width): string {
  return bytes.toString(width === 1 ? 'latin1' : 'utf16le', from, from + length);
}
