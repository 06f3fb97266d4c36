import { restoreText, slotMark } from './emitted.ts';
import type { Language } from './parse.ts';
import type { FunctionKind, PlannedFunction, SkippedFunction, TransformPlan } from './plan.ts';

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

const kinds = ['sync', 'async', 'generator', 'asyncGenerator'] as const satisfies readonly FunctionKind[];
const languages = ['javascript', 'typescript', 'typescriptreact'] as const satisfies readonly Language[];
const headerWords = 6;
const functionWords = 7;
const insertionWords = 2;
/** An insertion's text and its owner share a word. */
const textBits = 8;
const mostTexts = 1 << textBits;
/** Stands in no inserted text, which has no line ends. */
const textSeparator = '\n';
const notRead = 'a plan that cannot be read';

/**
 * A plan as bytes, in whole 32-bit words of this machine's byte order: six numbers about the whole; of each function
 * seven, of each insertion two; the names in a row, the different inserted texts, and what few plans have as JSON. Of TypeScript's compiler
 * (21,688 functions) it is 2.4 MB; as objects it is 11 MB of JSON and takes ten times as long to read.
 */
export function packPlan({ plan, language, unreadable }: PlanOutcome): Uint8Array {
  const { functions, insertions, skipped } = plan;
  const texts = new Map<string, number>();
  for (const { text } of insertions) if (!texts.has(text)) texts.set(text, texts.size);
  if (texts.size > mostTexts) throw new RangeError(`a plan with ${texts.size} different texts`);
  const names = Buffer.from(functions.map(({ name }) => name).join(''));
  const joined = Buffer.from([...texts.keys()].join(textSeparator));
  const hasRest = skipped.length > 0 || unreadable !== undefined;
  const rest = Buffer.from(hasRest ? JSON.stringify({ skipped, unreadable } satisfies Rest) : '');
  const words = headerWords + functions.length * functionWords + insertions.length * insertionWords;
  const bytes = new Uint8Array((words * 4 + names.length + joined.length + rest.length + 3) & ~3);
  const numbers = new Int32Array(bytes.buffer, 0, words);
  const counts = [functions.length, insertions.length, names.length, joined.length, rest.length];
  numbers.set([...counts, languages.indexOf(language)]);
  let at = headerWords;
  for (const { name, start, end, bodyStart, line, column, kind, arrow, timed } of functions) {
    const flags = kinds.indexOf(kind) | (arrow ? 4 : 0) | (timed ? 8 : 0);
    numbers.set([name.length, start, end, bodyStart, line, column, flags], at);
    at += functionWords;
  }
  for (const { offset, text, owner } of insertions) {
    numbers[at] = offset;
    numbers[at + 1] = (owner << textBits) | (texts.get(text) ?? 0);
    at += insertionWords;
  }
  bytes.set(names, words * 4);
  bytes.set(joined, words * 4 + names.length);
  bytes.set(rest, words * 4 + names.length + joined.length);
  return bytes;
}

interface Rest {
  readonly skipped: readonly SkippedFunction[];
  readonly unreadable: string | undefined;
}

const noRest: Rest = { skipped: [], unreadable: undefined };

/** An inserted text, in the parts between which slots stand. */
type Parts = readonly string[];

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
  readonly #numbers: Int32Array;
  readonly #names: Buffer;
  readonly #texts: readonly Parts[];
  readonly #insertionCount: number;
  #functions: readonly PlannedFunction[] | undefined;

  /** `bytes` must start at a multiple of four in their buffer. */
  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, byteLength } = bytes;
    const header = new Int32Array(buffer, byteOffset, Math.min(headerWords, byteLength >> 2));
    const [functions = 0, insertions = 0, names = 0, texts = 0, rest = 0, language = -1] = header;
    const words = headerWords + functions * functionWords + insertions * insertionWords;
    const length = (words * 4 + names + texts + rest + 3) & ~3;
    const isLess = functions < 0 || insertions < 0 || names < 0 || texts < 0 || rest < 0;
    if (isLess || length !== byteLength) throw new Error(notRead);
    this.functionCount = functions;
    this.bytes = bytes;
    this.#insertionCount = insertions;
    this.#numbers = new Int32Array(buffer, byteOffset, words);
    const text = Buffer.from(buffer, byteOffset + words * 4, names + texts + rest);
    this.#names = text.subarray(0, names);
    this.#texts =
      texts === 0
        ? []
        : text
            .toString('utf8', names, names + texts)
            .split(textSeparator)
            .map(partsOf);
    const { skipped, unreadable }: Rest = rest === 0 ? noRest : JSON.parse(text.toString('utf8', names + texts));
    const read = languages[language];
    if (!read) throw new Error(notRead);
    this.language = read;
    this.skipped = skipped;
    this.unreadable = unreadable;
  }

  /** In source order; made when first asked for. */
  get functions(): readonly PlannedFunction[] {
    this.#functions ??= this.#unpackFunctions();
    return this.#functions;
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
        kind: kinds[flags & 3] ?? 'sync',
        arrow: (flags & 4) !== 0,
        timed: (flags & 8) !== 0,
      });
      nameAt = nameEnd;
    }
    return functions;
  }

  /** Whether all that the plan inserts has its place in a source, in order, and a slot of its own functions. */
  fits(source: string): boolean {
    const numbers = this.#numbers;
    const first = headerWords + this.functionCount * functionWords;
    let at = 0;
    for (let index = 0; index < this.#insertionCount; index += 1) {
      const word = first + index * insertionWords;
      const offset = numbers[word] ?? -1;
      const owner = (numbers[word + 1] ?? 0) >>> textBits;
      const text = (numbers[word + 1] ?? 0) & (mostTexts - 1);
      if (offset < at || owner >= this.functionCount || text >= this.#texts.length) return false;
      at = offset;
    }
    return at <= source.length;
  }

  /**
   * Writes the plan into its source with the slots from `firstSlot` on. About 50 ms for TypeScript's compiler, 86,582
   * insertions, half of it when V8 makes one text of the parts. `shifts` is filled where it is given: few need it.
   */
  render(source: string, firstSlot: number, shifts?: Shift[]): string {
    const numbers = this.#numbers;
    const first = headerWords + this.functionCount * functionWords;
    const last = first + this.#insertionCount * insertionWords;
    let code = '';
    let at = 0;
    let shift: { offset: number; length: number } | undefined;
    for (let word = first; word < last; word += insertionWords) {
      const offset = numbers[word] ?? -1;
      const owner = (numbers[word + 1] ?? 0) >>> textBits;
      const parts = this.#texts[(numbers[word + 1] ?? 0) & (mostTexts - 1)] ?? [];
      let written = parts[0] ?? '';
      for (let part = 1; part < parts.length; part += 1) written += String(firstSlot + owner) + parts[part];
      code += source.slice(at, offset) + written;
      at = offset;
      if (!shifts) continue;
      if (shift?.offset === offset) shift.length += written.length;
      else {
        shift = { offset, length: written.length };
        shifts.push(shift);
      }
    }
    return code + source.slice(at);
  }

  /** What `render` fills into its `shifts`, as pairs of offset and length. */
  shifts(firstSlot: number): Int32Array {
    const numbers = this.#numbers;
    const first = headerWords + this.functionCount * functionWords;
    const pairs: number[] = [];
    for (let index = 0; index < this.#insertionCount; index += 1) {
      const word = first + index * insertionWords;
      const offset = numbers[word] ?? 0;
      const slot = firstSlot + ((numbers[word + 1] ?? 0) >>> textBits);
      const parts = this.#texts[(numbers[word + 1] ?? 0) & (mostTexts - 1)] ?? [];
      const length = parts.join('').length + (parts.length - 1) * String(slot).length;
      if (pairs.at(-2) === offset) pairs[pairs.length - 1] = (pairs.at(-1) ?? 0) + length;
      else pairs.push(offset, length);
    }
    return Int32Array.from(pairs);
  }
}

const known = new Map<string, Parts>();

/** Only a text that is nothing but pieces of the sensor's is taken; there are a few dozen in all. */
function partsOf(text: string): Parts {
  const before = known.get(text);
  if (before) return before;
  if (restoreText(text.replaceAll(slotMark, '0')) !== '') throw new Error(notRead);
  const parts = text.split(slotMark);
  known.set(text, parts);
  return parts;
}
