import { globalNames, localPrefix, slotMark } from './emitted.ts';

/**
 * The vocabulary of twins. A twin is text of its function and these pieces, nothing else: a plan names them by their
 * place in `twinPieces`. `A` and `B` in a piece stand for two numbers of a plan, `NUL` for the slot, `EOT` for the prefix
 * of the names that the twin has of its own.
 */
const g = globalNames;

/**
 * The first of these that is nowhere in a source is the prefix in its twins. Short, since each gate has it twice; and of
 * Latin-1, or V8 would need twice the memory for the text.
 */
export const twinPrefixes: readonly string[] = ['þ', 'ð', 'ø', localPrefix];
export const prefixMark = '\u0004';

const call = prefixMark;
const number = `${prefixMark}i`;
const caught = `${prefixMark}e`;
const reader = (scope: string) => `${prefixMark}${scope}`;

/** Stand for the two numbers of an operation. */
export const firstNumberMark = '\u0001';
export const secondNumberMark = '\u0002';
const A = firstNumberMark;
const B = secondNumberMark;

/** What comes first of pieces at one offset; the pieces of functions inside are closed before and opened after. */
export const order = {
  /** A tagged template ends, with which an expression of a function inside may end. */
  templateEnds: -1,
  /** A returned value ends: before the semicolon. */
  valueEnds: 0,
  /** A block that was put around a statement ends: after the semicolon. */
  blockEnds: 1,
  blockBegins: 2,
  reads: 3,
  statement: 4,
} as const;

interface TwinPiece {
  readonly text: string;
  readonly order: number;
}
const piece = (text: string, at: number = order.statement): TwinPiece => ({ text, order: at });

/** Kinds of names that twins read, by their number in a plan. */
export const nameKinds = ['parameter', 'var', 'let', 'const', 'closure', 'this'] as const;
export type ReadableKind = (typeof nameKinds)[number];
/** A name's number and its kind share the second number of an operation. */
export const kindUnit = 1 << 20;

/** A gate's scope and whether its statement has others in it share the second number of an operation. */
export const compoundBit = 1;

/** Numbers of the gates that every twin has; the gates of its statements follow. */
export const fixedGates = { entry: 0, return: 1, throw: 2, firstLine: 3 } as const;

const enter = `const ${call}=${g.enter}(${slotMark});`;

const named = {
  /** A parameter or the function's own name: `A` its offset in the source, `B` its length. */
  name: piece(''),
  /** A name is read by its number, which is how many were before it: `A` its offset, `B` its length and kind. */
  readName: piece('', order.reads),
  readThis: piece('', order.reads),

  comma: piece(','),
  await: piece(' await'),
  yieldAll: piece(' yield*'),
  /**
   * Before the twin: V8 compiles a function right after a parenthesis together with the one around, since it is mostly
   * called at once. A twin is hardly ever called.
   */
  twinBegins: piece('(0,'),
  open: piece('('),
  close: piece(')'),
  ownNameEnds: piece(')=>'),
  function: piece('function('),
  async: piece('async function('),
  generator: piece('function*('),
  asyncGenerator: piece('async function*('),
  arrow: piece('('),
  asyncArrow: piece('async('),
  head: piece(`){${enter}`),
  arrowHead: piece(`)=>{${enter}`),

  /** Reads a name of the scope `A` by its number, and of those around it. A name that is not initialised yet throws. */
  readerBegins: piece(`const ${reader(A)}=${number}=>`, order.reads),
  /** In the block of a `switch` a constant might not be reached: functions are there from the start. */
  switchReaderBegins: piece(`function ${reader(A)}(${number}){return `, order.reads),
  /** `B` is the scope around it. */
  readerEnds: piece(`${reader(B)}(${number});`, order.reads),
  switchReaderEnds: piece(`${reader(B)}(${number})}`, order.reads),
  outermostReaderEnds: piece('void 0;', order.reads),

  entry: piece(`${call}(${fixedGates.entry},${reader('0')});`, order.reads),
  /**
   * `A` is the offset at which its statement ends; its number, which is how many were before it, is written. `B` is the
   * scope. A look at the gates before each call would make it a little cheaper and the text of each file longer.
   */
  gate: piece(`${call}(${A},${reader(B)});`),
  blockBegins: piece('{', order.blockBegins),
  blockEnds: piece('}', order.blockEnds),
  tryBegins: piece('try{'),
  returnBegins: piece(` ${call}(${fixedGates.return},${reader(B)},(`),
  returnEnds: piece('))', order.valueEnds),
  /** What an async function returns is an error of its when it is a promise that is rejected. */
  asyncReturnBegins: piece(` ${g.asyncReturn}(${slotMark},0,${call}(${fixedGates.return},${reader(B)},(`),
  asyncReturnEnds: piece(')))', order.valueEnds),
  returnNothing: piece(` ${call}(${fixedGates.return},${reader(B)})`, order.valueEnds),
  return: piece('return'),
  /** The end of the body is reached. */
  end: piece(`;${call}(${fixedGates.return},${reader(B)})`),
  catch: piece(
    `}catch(${caught}){throw ${g.fail}(${slotMark},${call}(${fixedGates.throw},${reader('0')},${caught}),0)}`,
  ),
  bodyEnds: piece('}'),
  /** A template over several lines behind a tag: the tag is called with what the template on one line gives. */
  templateBegins: piece(`(...${g.template}`),
  templateEnds: piece(')', order.templateEnds),
  callWithThis: piece('.call(this'),
  callWithArguments: piece('.apply(this,arguments)'),
} as const;

export type TwinPieceName = keyof typeof named;

/** By number; the order is that of the declaration. */
export const twinPieces: readonly TwinPiece[] = Object.values(named);
const names = Object.keys(named);
/** The number of each piece. */
// The keys are those of `named`, in their order.
export const pieceNumber = Object.fromEntries(names.map((name, index) => [name, index])) as Readonly<
  Record<TwinPieceName, number>
>;
