import { slotMark } from './emitted.ts';
import { flattened, flattenedTexts } from './twin-flatten.ts';
import {
  compoundBit,
  firstNumberMark,
  fixedGates,
  kindUnit,
  order,
  pieceNumber,
  prefixMark,
  secondNumberMark,
  twinPieces,
} from './twin-pieces.ts';

type Hole = 'a' | 'b' | 'slot' | 'prefix';
const holes: Readonly<Record<string, Hole>> = {
  [firstNumberMark]: 'a',
  [secondNumberMark]: 'b',
  [slotMark]: 'slot',
  [prefixMark]: 'prefix',
};
const anyHole = new RegExp(`[${Object.keys(holes).join('')}]`);

/** Where something stands among others at its offset. */
const place = {
  templateEnds: 0,
  innerCloses: 1,
  valueEnds: 2,
  semicolon: 3,
  blockEnds: 4,
  own: 5,
  innerOpens: 6,
  space: 7,
} as const;
const placeOf = new Map<number, number>([
  [order.templateEnds, place.templateEnds],
  [order.valueEnds, place.valueEnds],
  [order.blockEnds, place.blockEnds],
]);
const places = 8;

const pieces = twinPieces.map(({ text, order: at }) => ({
  texts: text.split(anyHole),
  holes: [...text].flatMap((character) => holes[character] ?? []),
  place: placeOf.get(at) ?? place.own,
}));

/** A plan as its twins see it: numbers in words, of which some are of one kind in a row. */
export interface TwinWords {
  readonly numbers: Int32Array;
  /** Of the names that twins have of their own. */
  readonly prefix: string;
  /** The names that twins read. */
  readonly names: readonly string[];
  readonly insertions: WordRow;
  readonly flattenings: WordRow;
  /** What is inserted into a function inside, without a twin: by the second word of its insertion. */
  readonly textInside: (word: number) => string;
  /** Whether that ends with a semicolon in the place of the parser's. */
  readonly endsStatement: (word: number) => boolean;
}

interface WordRow {
  /** The first word. */
  readonly first: number;
  readonly count: number;
}

export const insertionWords = 2;
export const flatteningWords = 2;
export const operationWords = 3;
/** Of the second word of an insertion: its text, whether it stands before all that opens at its offset, its owner. */
export const textBits = 8;
export const closesBit = 1 << textBits;
export const ownerShift = textBits + 1;
/** Of the second word of a flattening. */
export const flatteningKindBits = 3;
/** Of the second word of an operation. */
export const pieceBits = 8;

export interface TwinRange {
  readonly owner: number;
  readonly from: number;
  readonly to: number;
  readonly operations: WordRow;
}

const kindMask = (1 << flatteningKindBits) - 1;

/** Takes the parts of a twin as they come. */
export interface TwinSink {
  /** A part of the source. */
  copy(from: number, to: number): void;
  write(text: string): void;
}

/**
 * Writes a twin: its function's text on one line, its pieces, and what is inserted into the functions
 * inside.
 */
export function writeTwin(
  words: TwinWords,
  { owner, from, operations }: TwinRange,
  slot: number,
  sink: TwinSink,
): void {
  const { numbers, prefix, names: known, insertions, flattenings, textInside, endsStatement } = words;
  const insertionsEnd = insertions.first + insertions.count * insertionWords;
  const flatteningsEnd = flattenings.first + flattenings.count * flatteningWords;
  let insertion = firstFrom(numbers, insertions, insertionWords, from);
  let flattening = firstFrom(numbers, flattenings, flatteningWords, from);
  let at = from;

  const copyTo = (offset: number): void => {
    if (offset <= at) return;
    sink.copy(at, offset);
    at = offset;
  };
  /** Of the next that is inserted inside: those of functions around are not in the twin. */
  const innerKey = (): number => {
    while (insertion < insertionsEnd && (numbers[insertion + 1] ?? 0) >>> ownerShift <= owner)
      insertion += insertionWords;
    if (insertion >= insertionsEnd) return Number.POSITIVE_INFINITY;
    const closes = ((numbers[insertion + 1] ?? 0) & closesBit) !== 0;
    return (numbers[insertion] ?? 0) * places + (closes ? place.innerCloses : place.innerOpens);
  };
  const flatKey = (): number => {
    if (flattening >= flatteningsEnd) return Number.POSITIVE_INFINITY;
    const isSemicolon = ((numbers[flattening + 1] ?? 0) & kindMask) === flattened.semicolon;
    return (numbers[flattening] ?? 0) * places + (isSemicolon ? place.semicolon : place.space);
  };
  /** Whether what is inserted into a function inside ends the statement that ends at an offset. */
  const isEnded = (offset: number): boolean => {
    let word = firstFrom(numbers, insertions, insertionWords, offset);
    for (; word < insertionsEnd && numbers[word] === offset; word += insertionWords) {
      const second = numbers[word + 1] ?? 0;
      if (second >>> ownerShift > owner && endsStatement(second)) return true;
    }
    return false;
  };
  let nextInner = innerKey();
  let nextFlat = flatKey();
  /** All of the source and of what is inserted inside that stands before a place at an offset. */
  const advance = (offset: number, before: number): void => {
    const end = offset * places + before;
    while (nextInner < end || nextFlat < end) {
      if (nextInner < nextFlat) {
        copyTo(numbers[insertion] ?? 0);
        sink.write(textInside(numbers[insertion + 1] ?? 0));
        insertion += insertionWords;
        nextInner = innerKey();
        continue;
      }
      const start = numbers[flattening] ?? 0;
      const flat = numbers[flattening + 1] ?? 0;
      if ((flat & kindMask) !== flattened.semicolon || !isEnded(start)) {
        copyTo(start);
        sink.write(flattenedTexts[flat & kindMask] ?? ' ');
        at = Math.max(at, start + (flat >> flatteningKindBits));
      }
      flattening += flatteningWords;
      nextFlat = flatKey();
    }
    copyTo(offset);
  };

  let names = 0;
  let gates: number = fixedGates.firstLine;
  const end = operations.first + operations.count * operationWords;
  for (let word = operations.first; word < end; word += operationWords) {
    const offset = numbers[word] ?? 0;
    const piece = (numbers[word + 1] ?? 0) & ((1 << pieceBits) - 1);
    const second = (numbers[word + 1] ?? 0) >> pieceBits;
    const isGate = piece === pieceNumber.gate;
    const a = isGate ? gates : (numbers[word + 2] ?? 0);
    const b = isGate ? second >> compoundBit : second;
    if (isGate) gates += 1;
    const parts = pieces[piece];
    if (!parts) continue;
    advance(offset, offset === from ? place.innerCloses : parts.place);
    if (piece === pieceNumber.name) sink.write(known[b] ?? '');
    else if (piece === pieceNumber.readName || piece === pieceNumber.readThis) {
      sink.write(`${prefix}i==${names}?${piece === pieceNumber.readThis ? 'this' : known[second % kindUnit]}:`);
      names += 1;
    } else {
      sink.write(parts.texts[0] ?? '');
      for (let next = 0; next < parts.holes.length; next += 1) {
        const hole = parts.holes[next];
        sink.write(hole === 'prefix' ? prefix : String(hole === 'a' ? a : hole === 'b' ? b : slot));
        sink.write(parts.texts[next + 1] ?? '');
      }
    }
  }
}

/** The first word of a row's entry that is at or after an offset, or that after the row. */
export function firstFrom(numbers: Int32Array, { first, count }: WordRow, entryWords: number, offset: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[first + middle * entryWords] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return first + low * entryWords;
}
