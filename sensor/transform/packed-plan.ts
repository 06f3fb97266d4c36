import { pieces, restoreText, slotMark, twinBegin, twinEnd, twinMark, withoutTwin } from './emitted.ts';
import { functionKinds, rowLength, sortRows } from './function-rows.ts';
import { JoinedText } from './joined-text.ts';
import type { Language } from './parse.ts';
import type { PlannedFunction, SkippedFunction, TransformPlan } from './plan.ts';
import { canBeFlattened } from './twin-flatten.ts';
import { lineOf, type ProbedFunction, readGates } from './twin-gates.ts';
import { kindUnit, pieceNumber, twinPieces, twinPrefixes } from './twin-pieces.ts';
import { twinRefusalCodes } from './twin-refusals.ts';
import {
  closesBit,
  flatteningKindBits,
  flatteningWords,
  insertionWords,
  operationWords,
  ownerShift,
  pieceBits,
  type TwinRange,
  type TwinSink,
  type TwinWords,
  textBits,
  writeTwin,
} from './twin-text.ts';

/** What became of one text: its plan, or why it cannot be read. */
export interface PlanOutcome {
  readonly plan: TransformPlan;
  readonly language: Language;
  /** Then the plan is empty. */
  readonly unreadable: string | undefined;
}

/** `length` UTF-16 units stand at `offset` of the source; ascending, one entry an offset. No line end among them. */
export interface Shift {
  readonly offset: number;
  readonly length: number;
}

const languages = ['javascript', 'typescript', 'typescriptreact'] as const satisfies readonly Language[];
const headerWords = 12;
const functionWords = 7;
const twinWords = 4;
const mostTexts = 1 << textBits;
/** Of a function's last word, above its flags: why it has no twin, counted from 1. */
const refusalShift = 4;
/** Stands in no inserted text, which has no line ends. */
const textSeparator = '\n';
const notRead = 'a plan that cannot be read';

/**
 * A plan as bytes, in whole 32-bit words of this machine's byte order: numbers about the whole; of each function seven,
 * of each insertion two, of each twin four and of each of its operations three, of each flattening two, of each line of
 * a source with twins one; the names in a row, the different inserted texts, the names that twins read, and what few
 * plans have as JSON.
 */
export function packPlan({ plan, language, unreadable }: PlanOutcome): Uint8Array {
  const { functions, insertions, skipped, twins, flattenings, lineStarts, twinNames, twinPrefix } = plan;
  const texts = new Map<string, number>();
  for (const { text } of insertions) if (!texts.has(text)) texts.set(text, texts.size);
  if (texts.size > mostTexts) throw new RangeError(`a plan with ${texts.size} different texts`);
  const hasRest = skipped.length > 0 || unreadable !== undefined;
  const parts = [
    Buffer.from(functions.map(({ name }) => name).join('')),
    Buffer.from([...texts.keys()].join(textSeparator)),
    Buffer.from(twinNames.join(textSeparator)),
    Buffer.from(hasRest ? JSON.stringify({ skipped, unreadable } satisfies Rest) : ''),
  ];
  const operations = twins.reduce((sum, twin) => sum + twin.operations.length, 0);
  const counts = [functions.length, insertions.length, twins.length, operations, flattenings.length, lineStarts.length];
  const words = wordsOf(counts);
  const lengths = parts.map(({ length }) => length);
  const bytes = new Uint8Array((words * 4 + lengths.reduce((sum, length) => sum + length, 0) + 3) & ~3);
  const numbers = new Int32Array(bytes.buffer, 0, words);
  let at = 0;
  // One by one: a list for each entry took longer than all the rest of this.
  const add = (value: number): void => {
    numbers[at] = value;
    at += 1;
  };
  for (const value of [...counts, ...lengths, twinPrefix, languages.indexOf(language)]) add(value);
  for (const { name, start, end, bodyStart, line, column, kind, arrow, timed, noTwin } of functions) {
    const refusal = noTwin === undefined ? 0 : twinRefusalCodes.indexOf(noTwin) + 1;
    const flags = functionKinds.indexOf(kind) | (arrow ? 4 : 0) | (timed ? 8 : 0) | (refusal << refusalShift);
    add(name.length);
    add(start);
    add(end);
    add(bodyStart);
    add(line);
    add(column);
    add(flags);
  }
  for (const { offset, text, owner, closes } of insertions) {
    add(offset);
    add((owner << ownerShift) | (closes ? closesBit : 0) | (texts.get(text) ?? 0));
  }
  for (const { owner, from, to, operations: own } of twins) {
    add(owner);
    add(from);
    add(to);
    add(own.length);
  }
  for (const { operations: own } of twins) {
    for (const { offset, piece, a, b } of own) {
      add(offset);
      add((b << pieceBits) | piece);
      add(a);
    }
  }
  for (const { offset, length, kind } of flattenings) {
    add(offset);
    add((length << flatteningKindBits) | kind);
  }
  numbers.set(lineStarts, at);
  at = words * 4;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** All words of a plan of so many functions, insertions, twins, operations, flattenings and lines. */
function wordsOf(counts: readonly number[]): number {
  return counts.reduce((sum, count, kind) => sum + count * (wordsEach[kind] ?? 0), headerWords);
}
const wordsEach = [functionWords, insertionWords, twinWords, operationWords, flatteningWords, 1];

interface Rest {
  readonly skipped: readonly SkippedFunction[];
  readonly unreadable: string | undefined;
}

const noRest: Rest = { skipped: [], unreadable: undefined };

/** An inserted text, in the parts between which slots stand. */
interface Parts {
  readonly parts: readonly string[];
  /** Nothing: no twin stands in it. */
  readonly afterTwin: readonly string[] | undefined;
  /** The same as it is inside of a twin. */
  readonly inner: readonly string[];
  readonly endsStatement: boolean;
}

/** A row of entries of one kind: the place of its first word, and how many. */
interface Row {
  readonly first: number;
  readonly count: number;
}

/**
 * A plan read from bytes, which are not trusted to be one: the constructor throws an `Error` when they are not, or would
 * insert anything but texts of the sensor's own; `fits` tells the rest.
 */
export class PackedPlan {
  readonly language: Language;
  readonly skipped: readonly SkippedFunction[];
  readonly unreadable: string | undefined;
  readonly functionCount: number;
  readonly bytes: Uint8Array;
  /** The names that twins read. */
  readonly twinNames: readonly string[];
  readonly #twinPrefix: string;
  readonly #numbers: Int32Array;
  readonly #names: Buffer;
  readonly #texts: readonly Parts[];
  readonly #insertions: Row;
  readonly #twins: Row;
  readonly #operations: Row;
  readonly #flattenings: Row;
  readonly #lines: Row;
  /** Held weakly: of a large service they take megabytes, and are asked for at a start and then hardly ever. */
  #functions: WeakRef<readonly PlannedFunction[]> | undefined;
  #twinOf: ReadonlyMap<number, TwinRange> | undefined;

  /** `bytes` must start at a multiple of four in their buffer. */
  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, byteLength } = bytes;
    const header = [...new Int32Array(buffer, byteOffset, Math.min(headerWords, byteLength >> 2))];
    const counts = header.slice(0, wordsEach.length);
    const lengths = header.slice(wordsEach.length, headerWords - 2);
    const words = wordsOf(counts);
    const texts = lengths.reduce((sum, length) => sum + length, 0);
    const isLess = header.length < headerWords || header.some((count) => count < 0);
    if (isLess || Math.ceil((words * 4 + texts) / 4) * 4 !== byteLength) throw new Error(notRead);
    const rows: Row[] = [];
    counts.reduce((first, count, kind) => {
      rows.push({ first, count });
      return first + count * (wordsEach[kind] ?? 0);
    }, headerWords);
    const nothing = { first: words, count: 0 };
    [, this.#insertions = nothing, this.#twins = nothing, this.#operations = nothing] = rows;
    [, , , , this.#flattenings = nothing, this.#lines = nothing] = rows;
    this.functionCount = counts[0] ?? 0;
    this.bytes = bytes;
    this.#numbers = new Int32Array(buffer, byteOffset, words);
    const text = Buffer.from(buffer, byteOffset + words * 4, texts);
    let at = 0;
    const [names = text, inserted = text, read = text, rest = text] = lengths.map((length) => {
      at += length;
      return text.subarray(at - length, at);
    });
    this.#names = names;
    this.#texts = listOf(inserted).map(partsOf);
    this.twinNames = listOf(read);
    const { skipped, unreadable }: Rest = rest.length === 0 ? noRest : JSON.parse(rest.toString('utf8'));
    const prefix = twinPrefixes[header[headerWords - 2] ?? -1];
    const language = languages[header[headerWords - 1] ?? -1];
    if (!language || !prefix) throw new Error(notRead);
    this.#twinPrefix = prefix;
    this.language = language;
    this.skipped = skipped;
    this.unreadable = unreadable;
  }

  /** In source order; made when asked for. Within one turn of the event loop they are the same objects. */
  get functions(): readonly PlannedFunction[] {
    const made = this.#functions?.deref() ?? this.#unpackFunctions();
    if (this.#functions?.deref() !== made) this.#functions = new WeakRef(made);
    return made;
  }

  #unpackFunctions(): readonly PlannedFunction[] {
    const numbers = this.#numbers;
    const names = this.#names.toString('utf8');
    const functions: PlannedFunction[] = [];
    let nameAt = 0;
    for (let index = 0; index < this.functionCount; index += 1) {
      const at = headerWords + index * functionWords;
      const nameEnd = nameAt + (numbers[at] ?? 0);
      const flags = numbers[at + 6] ?? 0;
      functions.push({
        name: names.slice(nameAt, nameEnd),
        start: numbers[at + 1] ?? 0,
        end: numbers[at + 2] ?? 0,
        bodyStart: numbers[at + 3] ?? 0,
        line: numbers[at + 4] ?? 0,
        column: numbers[at + 5] ?? 0,
        kind: functionKinds[flags & 3] ?? 'sync',
        arrow: (flags & 4) !== 0,
        timed: (flags & 8) !== 0,
        noTwin: twinRefusalCodes[(flags >> refusalShift) - 1],
      });
      nameAt = nameEnd;
    }
    return functions;
  }

  /** What `functionRows` makes of `functions`, which are not made for it. */
  rows(): Int32Array {
    const numbers = this.#numbers;
    const rows = new Int32Array(this.functionCount * rowLength);
    for (let index = 0; index < this.functionCount; index += 1) {
      const at = headerWords + index * functionWords;
      const to = index * rowLength;
      rows[to] = index;
      rows[to + 1] = numbers[at + 1] ?? 0;
      rows[to + 2] = numbers[at + 2] ?? 0;
      rows[to + 3] = numbers[at + 4] ?? 0;
      rows[to + 4] = (numbers[at + 6] ?? 0) & 3;
    }
    return sortRows(rows);
  }

  /**
   * Whether all that the plan inserts has its place in a source, in order, and a slot of its own functions; and whether
   * its twins are made of that source: names stand where they are said to, and nothing is left out but white space,
   * comments, and line ends.
   */
  fits(source: string): boolean {
    const numbers = this.#numbers;
    const { first, count } = this.#insertions;
    let at = 0;
    for (let word = first; word < first + count * insertionWords; word += insertionWords) {
      const offset = numbers[word] ?? -1;
      const owner = (numbers[word + 1] ?? 0) >>> ownerShift;
      const text = this.#texts[(numbers[word + 1] ?? 0) & (mostTexts - 1)];
      if (offset < at || owner >= this.functionCount || !text) return false;
      if (text.afterTwin && !this.#twin(owner)) return false;
      at = offset;
    }
    return at <= source.length && this.#twinsFit(source);
  }

  #twinsFit(source: string): boolean {
    const numbers = this.#numbers;
    if (this.#twins.count > 0 && source.includes(this.#twinPrefix)) return false;
    if (!this.twinNames.every((name) => identifier.test(name))) return false;
    let end = 0;
    for (const { owner, from, to, operations } of this.#allTwins().values()) {
      if (from < 0 || to < from || to > source.length || owner >= this.functionCount) return false;
      let last = from;
      const after = operations.first + operations.count * operationWords;
      if (operations.count < 0 || after > this.#operations.first + this.#operations.count * operationWords)
        return false;
      for (let word = operations.first; word < after; word += operationWords) {
        const offset = numbers[word] ?? -1;
        const piece = (numbers[word + 1] ?? 0) & ((1 << pieceBits) - 1);
        if (offset < last || offset > to || piece >= twinPieces.length) return false;
        last = offset;
        if (piece !== pieceNumber.name && piece !== pieceNumber.readName) continue;
        const name = this.twinNames[((numbers[word + 1] ?? 0) >> pieceBits) % kindUnit];
        if (name === undefined || !source.startsWith(name, numbers[word + 2])) return false;
      }
    }
    const { first, count } = this.#flattenings;
    for (let word = first; word < first + count * flatteningWords; word += flatteningWords) {
      const offset = numbers[word] ?? -1;
      const second = numbers[word + 1] ?? -1;
      const length = second >> flatteningKindBits;
      const kind = second & ((1 << flatteningKindBits) - 1);
      if (offset < end || length < 0 || !canBeFlattened(source.slice(offset, offset + length), kind)) return false;
      end = offset + length;
    }
    return end <= source.length;
  }

  /**
   * Writes the plan into its source with the slots from `firstSlot` on. About 260 ms of CPU for TypeScript's compiler,
   * 9 MB that become 28. `pairs` gets offset and length of all that stands at one place, ascending.
   */
  render(source: string, firstSlot: number, pairs: number[] = []): string {
    const code = new JoinedText();
    const sink: TwinSink = {
      copy: (from, to) => code.add(source.slice(from, to)),
      write: (text) => code.add(text),
    };
    let at = 0;
    this.#eachInsertion((offset, owner, parts) => {
      if (offset > at) sink.copy(at, offset);
      at = offset;
      const before = code.length;
      this.#write(parts, owner, firstSlot, sink);
      addShift(pairs, offset, code.length - before);
    });
    code.add(source.slice(at));
    return code.toString();
  }

  /** What `render` tells of its insertions, without the text; takes about as long. */
  shifts(firstSlot: number): Int32Array {
    const pairs: number[] = [];
    let length = 0;
    const sink: TwinSink = {
      copy: (from, to) => {
        length += to - from;
      },
      write: (text) => {
        length += text.length;
      },
    };
    this.#eachInsertion((offset, owner, parts) => {
      length = 0;
      this.#write(parts, owner, firstSlot, sink);
      addShift(pairs, offset, length);
    });
    return Int32Array.from(pairs);
  }

  /** For each function the line that it ends in, and where it can be probed. */
  gates(): readonly ProbedFunction[] {
    const { first, count } = this.#lines;
    const lineStarts = this.#numbers.subarray(first, first + count);
    return this.functions.map(({ end }, owner) => {
      const range = this.#twin(owner);
      const gates = range && readGates(this.#numbers, range, lineStarts, this.twinNames);
      return { endLine: lineOf(lineStarts, end - 1), gates };
    });
  }

  #eachInsertion(take: (offset: number, owner: number, parts: Parts) => void): void {
    const numbers = this.#numbers;
    const { first, count } = this.#insertions;
    for (let word = first; word < first + count * insertionWords; word += insertionWords) {
      const second = numbers[word + 1] ?? 0;
      const parts = this.#texts[second & (mostTexts - 1)];
      if (parts) take(numbers[word] ?? -1, second >>> ownerShift, parts);
    }
  }

  #write({ parts, afterTwin }: Parts, owner: number, firstSlot: number, sink: TwinSink): void {
    const slot = firstSlot + owner;
    writeParts(parts, slot, sink);
    if (!afterTwin) return;
    sink.write(twinBegin);
    const range = this.#twin(owner);
    if (range) writeTwin(this.#words(firstSlot), range, slot, sink);
    sink.write(twinEnd);
    writeParts(afterTwin, slot, sink);
  }

  #words(firstSlot: number): TwinWords {
    const partsOfWord = (word: number): Parts | undefined => this.#texts[word & (mostTexts - 1)];
    return {
      numbers: this.#numbers,
      prefix: this.#twinPrefix,
      names: this.twinNames,
      insertions: this.#insertions,
      flattenings: this.#flattenings,
      textInside: (word) => (partsOfWord(word)?.inner ?? []).join(String(firstSlot + (word >>> ownerShift))),
      endsStatement: (word) => partsOfWord(word)?.endsStatement === true,
    };
  }

  #twin(owner: number): TwinRange | undefined {
    return this.#allTwins().get(owner);
  }

  #allTwins(): ReadonlyMap<number, TwinRange> {
    if (this.#twinOf) return this.#twinOf;
    const numbers = this.#numbers;
    const all = new Map<number, TwinRange>();
    let { first } = this.#operations;
    for (let index = 0; index < this.#twins.count; index += 1) {
      const word = this.#twins.first + index * twinWords;
      const owner = numbers[word] ?? 0;
      const count = numbers[word + 3] ?? 0;
      const [from, to] = [numbers[word + 1] ?? 0, numbers[word + 2] ?? 0];
      all.set(owner, { owner, from, to, operations: { first, count } });
      first += count * operationWords;
    }
    this.#twinOf = all;
    return all;
  }
}

function addShift(pairs: number[], offset: number, length: number): void {
  const last = pairs.length - 1;
  if (pairs[last - 1] === offset) pairs[last] = (pairs[last] ?? 0) + length;
  else pairs.push(offset, length);
}

/** Pairs of offset and length as objects. */
export const shiftsOf = (pairs: ArrayLike<number>): readonly Shift[] =>
  Array.from({ length: pairs.length / 2 }, (_, at) => ({
    offset: pairs[2 * at] ?? 0,
    length: pairs[2 * at + 1] ?? 0,
  }));

const identifier = /^(?:[\p{ID_Start}$_]|\\u\{?[\da-f]+\}?)(?:[\p{ID_Continue}$\u200c\u200d]|\\u\{?[\da-f]+\}?)*$/iu;

const listOf = (bytes: Buffer): readonly string[] =>
  bytes.length === 0 ? [] : bytes.toString('utf8').split(textSeparator);

function writeParts(parts: readonly string[], slot: number, sink: TwinSink): void {
  for (let at = 0; at < parts.length; at += 1) {
    if (at > 0) sink.write(String(slot));
    sink.write(parts[at] ?? '');
  }
}

const known = new Map<string, Parts>();

/** Only a text that is nothing but pieces of the sensor's is taken; there are a few dozen in all. */
function partsOf(text: string): Parts {
  const before = known.get(text);
  if (before) return before;
  if (restoreText(text.replaceAll(slotMark, '0').replace(twinMark, twinBegin + twinEnd)) !== '')
    throw new Error(notRead);
  const [first = '', afterTwin] = text.split(twinMark);
  const made: Parts = {
    parts: first.split(slotMark),
    afterTwin: afterTwin?.split(slotMark),
    inner: withoutTwin(text).split(slotMark),
    endsStatement: text.endsWith(pieces.semicolon),
  };
  known.set(text, made);
  return made;
}
