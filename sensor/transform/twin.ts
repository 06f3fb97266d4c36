import type { FoundFunction } from '../naming/functions.ts';
import { childOf, childrenOf, type SyntaxNode } from '../naming/syntax.ts';
import type { ParsedComment } from './parse.ts';
import { type Flattening, flattenedTexts, flattenings, type Range } from './twin-flatten.ts';
import {
  compoundBit,
  kindUnit,
  nameKinds,
  order,
  pieceNumber,
  type ReadableKind,
  type TwinPieceName,
  twinPieces,
  twinPrefixes,
} from './twin-pieces.ts';
import type { TwinRefusal } from './twin-refusals.ts';
import { type DeclaredName, findScopes, type Scope, type ScopedFunction } from './twin-scopes.ts';

/** One piece at an offset of the source, with the two numbers that its text may name. */
export interface TwinOperation {
  readonly offset: number;
  /** In `twinPieces`. */
  readonly piece: number;
  readonly a: number;
  readonly b: number;
}

/** The twin of `functions[owner]`: the source from `from` to `to`, flattened, with pieces in it. */
export interface Twin {
  readonly owner: number;
  readonly from: number;
  readonly to: number;
  /** In the order in which they are written; ascending offsets. */
  readonly operations: readonly TwinOperation[];
}

export interface TwinPlan {
  readonly twins: readonly Twin[];
  /** For each function without a twin, why. */
  readonly refusals: ReadonlyMap<number, TwinRefusal>;
  readonly flattenings: readonly Flattening[];
  /** The names that twins have as parameters and read. */
  readonly names: readonly string[];
  /** The place in `twinPrefixes` of the one that the names of the sensor's in them have. */
  readonly prefix: number;
}

/** A function of the plan with the form in which it is measured. */
export interface TwinCandidate {
  readonly found: FoundFunction;
  /** Where its measured body begins, after directives. */
  readonly bodyStart: number;
  /** Has a `try` around its body. */
  readonly countsErrors: boolean;
}

/** More would make a reader longer than anybody reads. */
const mostClosureNames = 48;
const mostNames = 250;
const mostGates = 4000;
/** A longer one is a wrapper of a whole program. */
const mostCharacters = 200_000;
/** All twins of a file are at most so many times as long as it, so that what is loaded is about three times as long. */
const mostGrowth = 1.6;
/** Below that nothing is saved: the files of most services, of which each line should be reachable. */
const leastFile = 16_000;

/** Plans the twins of a source. Throws a `RangeError` for a tree that is nested deeper than the stack. */
export function planTwins(
  program: SyntaxNode,
  comments: readonly ParsedComment[],
  source: string,
  candidates: readonly TwinCandidate[],
): TwinPlan {
  const scoped = findScopes(
    program,
    source,
    candidates.map(({ found }) => found),
  );
  const refusals = new Map<number, TwinRefusal>();
  const twins: Twin[] = [];
  const names = new Names(source);
  candidates.forEach((candidate, owner) => {
    const fn = scoped.functions.get(candidate.found.node);
    const refusal = fn ? refusalOf(fn, candidate) : 'parser';
    if (!fn || refusal) refusals.set(owner, refusal ?? 'parser');
    else twins.push(new TwinWriter(fn, candidate, source, names, scoped.tagged).write(owner));
  });
  const prefix = twinPrefixes.findIndex((one) => !source.includes(one));
  const all = flattenings(source, comments, scoped.literals, scoped.kept, scoped.semicolons);
  const kept = withinGrowth(twins, candidates, all, source.length, refusals);
  return { twins: kept, refusals, flattenings: inside(kept, all), names: names.all, prefix };
}

function refusalOf(fn: ScopedFunction, { found }: TwinCandidate): TwinRefusal | undefined {
  if (fn.refusal) return fn.refusal;
  if (found.hasWith || found.insideWith) return 'with';
  if (found.hasDirectEval) return 'eval';
  if (found.end - found.start > mostCharacters) return 'size';
  if (fn.gates.length > mostGates) return 'size';
  if (fn.isArrow) return undefined;
  const isGenerator = found.node.generator === true;
  const needsArrow = borrows(fn);
  if (isGenerator && needsArrow) return 'generator';
  // Elements of `arguments` may be the parameters themselves, which the twin has of its own.
  const mayBeMapped = fn.usesArguments && fn.hasSimpleParameters && fn.parameters.length > 0;
  if (needsArrow && mayBeMapped && found.member?.type !== 'MethodDefinition') return 'arguments';
  return undefined;
}

/** Pieces that stay together; of groups at one offset the one of lower order comes first. */
interface Group {
  readonly offset: number;
  readonly order: number;
  readonly operations: readonly TwinOperation[];
}

const operation = (offset: number, piece: TwinPieceName, a = 0, b = 0): TwinOperation => ({
  offset,
  piece: pieceNumber[piece],
  a,
  b,
});

/** Numbers the different names. */
class Names {
  readonly all: string[] = [];
  readonly #source: string;
  readonly #numbers = new Map<string, number>();

  constructor(source: string) {
    this.#source = source;
  }

  /** Throws a `RangeError` when there are too many. */
  numberOf({ start, length }: DeclaredName): number {
    const name = this.#source.slice(start, start + length);
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.all.push(name) - 1;
    if (number >= kindUnit) throw new RangeError('more different names than a plan can hold');
    this.#numbers.set(name, number);
    return number;
  }
}

const group = (offset: number, piece: TwinPieceName, a = 0, b = 0): Group => ({
  offset,
  order: twinPieces[pieceNumber[piece]]?.order ?? order.statement,
  operations: [operation(offset, piece, a, b)],
});

/** Statements that others are in. */
const compounds = new Set([
  'IfStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
  'SwitchStatement',
  'TryStatement',
  'LabeledStatement',
]);

/** Writes the operations of one twin. */
class TwinWriter {
  readonly #fn: ScopedFunction;
  readonly #candidate: TwinCandidate;
  readonly #source: string;
  readonly #known: Names;
  readonly #tagged: readonly Range[];
  readonly #scopeNumbers = new Map<Scope, number>();
  readonly #isArrow: boolean;
  readonly #isAsync: boolean;
  readonly #isGenerator: boolean;
  #names = 0;

  constructor(fn: ScopedFunction, candidate: TwinCandidate, source: string, known: Names, tagged: readonly Range[]) {
    const { node } = candidate.found;
    this.#fn = fn;
    this.#candidate = candidate;
    this.#source = source;
    this.#known = known;
    this.#tagged = tagged;
    this.#isAsync = node.async === true;
    this.#isGenerator = node.generator === true;
    // An arrow function has `this`, `super`, `new.target` and `arguments` of the function around it: the original.
    this.#isArrow = fn.isArrow || borrows(fn);
  }

  write(owner: number): Twin {
    const { found, bodyStart, countsErrors } = this.#candidate;
    const { body } = found;
    const isBlock = body.type === 'BlockStatement';
    const from = isBlock ? bodyStart : body.start;
    const to = isBlock ? body.end - 1 : body.end;
    this.#scopeNumbers.set(this.#fn.scope, 0);
    const operations = [
      ...this.#head(from),
      ...this.#outermostReader(from),
      operation(from, 'entry'),
      ...(countsErrors ? [operation(from, 'tryBegins')] : []),
      ...(isBlock ? [] : [operation(from, 'return'), operation(from, this.#returnPiece('Begins'))]),
      ...this.#middle(isBlock, from, to),
      ...(isBlock ? this.#end(to) : [operation(to, this.#returnPiece('Ends'))]),
      operation(to, countsErrors ? 'catch' : 'bodyEnds'),
      ...(countsErrors ? [operation(to, 'bodyEnds')] : []),
      ...this.#tail(to),
    ];
    return { owner, from, to, operations };
  }

  #middle(isBlock: boolean, from: number, to: number): readonly TwinOperation[] {
    const { readers, gates, returns } = this.#fn;
    // Those of functions inside, too.
    const tagged = this.#tagged.filter(({ start, end }) => start >= from && end <= to);
    const groups = [
      ...tagged.flatMap(({ start, end }) => [group(start, 'templateBegins'), group(end, 'templateEnds')]),
      ...readers.flatMap(({ scope, offset, isSwitch }) => this.#reader(scope, offset, isSwitch)),
      ...gates.flatMap((gate) => this.#gate(gate)),
      ...(isBlock ? returns.flatMap(({ node, scope }) => this.#return(node, scope)) : []),
    ];
    groups.sort((one, other) => one.offset - other.offset || one.order - other.order);
    return groups.flatMap(({ operations }) => operations);
  }

  #head(offset: number): readonly TwinOperation[] {
    const keyword = this.#isArrow
      ? (['arrow', 'asyncArrow'] as const)
      : this.#isGenerator
        ? (['generator', 'asyncGenerator'] as const)
        : (['function', 'async'] as const);
    const own = this.#fn.ownName;
    const prefix: readonly TwinPieceName[] = this.#isGenerator ? ['yieldAll'] : this.#isAsync ? ['await'] : [];
    return [
      ...prefix.map((piece) => operation(offset, piece)),
      operation(offset, 'twinBegins'),
      ...(own ? [operation(offset, 'open'), this.#nameAt(offset, own), operation(offset, 'ownNameEnds')] : []),
      operation(offset, keyword[this.#isAsync ? 1 : 0]),
      ...this.#parameters(offset),
      operation(offset, this.#isArrow ? 'arrowHead' : 'head'),
    ];
  }

  #tail(offset: number): readonly TwinOperation[] {
    const own = this.#fn.ownName;
    const close = operation(offset, 'close');
    const open = operation(offset, 'open');
    const parameters = this.#parameters(offset);
    const named = own ? [open, this.#nameAt(offset, own), close] : [];
    const { usesArguments, usesThis } = this.#fn;
    if (!this.#isArrow && usesArguments) return [close, ...named, operation(offset, 'callWithArguments')];
    // Each byte of its code counts when V8 decides whether a function is small enough to be inlined.
    if (this.#isArrow || !usesThis) return [close, ...named, open, ...parameters, close];
    const comma = parameters.length > 0 ? [operation(offset, 'comma')] : [];
    return [close, ...named, operation(offset, 'callWithThis'), ...comma, ...parameters, close];
  }

  #nameAt(offset: number, name: DeclaredName): TwinOperation {
    return operation(offset, 'name', name.start, this.#known.numberOf(name));
  }

  #parameters(offset: number): readonly TwinOperation[] {
    return this.#fn.parameters.flatMap((parameter, index) =>
      index === 0 ? [this.#nameAt(offset, parameter)] : [operation(offset, 'comma'), this.#nameAt(offset, parameter)],
    );
  }

  #read(offset: number, name: DeclaredName, kind: ReadableKind): readonly TwinOperation[] {
    if (this.#names >= mostNames) return [];
    this.#names += 1;
    const number = nameKinds.indexOf(kind) * kindUnit + this.#known.numberOf(name);
    return [operation(offset, 'readName', name.start, number)];
  }

  #readAll(offset: number, scope: Scope): readonly TwinOperation[] {
    return [...scope.names.values()].flatMap((name) =>
      name.kind === 'other' ? [] : this.#read(offset, name, name.kind),
    );
  }

  #outermostReader(offset: number): readonly TwinOperation[] {
    const { scope, closure, usesThis: hasThis } = this.#fn;
    const own = this.#readAll(offset, scope);
    if (hasThis) this.#names += 1;
    return [
      operation(offset, 'readerBegins', 0),
      ...own,
      ...(hasThis ? [operation(offset, 'readThis', 0, nameKinds.indexOf('this') * kindUnit)] : []),
      ...[...closure.values()].slice(0, mostClosureNames).flatMap((name) => this.#read(offset, name, 'closure')),
      operation(offset, 'outermostReaderEnds'),
    ];
  }

  /** Nothing for a scope without names. */
  #reader(scope: Scope, offset: number, isSwitch: boolean): readonly Group[] {
    const names = this.#readAll(offset, scope);
    if (names.length === 0) return [];
    const number = this.#scopeNumbers.size;
    const around = this.#scopeNumber(scope.parent);
    this.#scopeNumbers.set(scope, number);
    const begins = operation(offset, isSwitch ? 'switchReaderBegins' : 'readerBegins', number);
    const ends = operation(offset, isSwitch ? 'switchReaderEnds' : 'readerEnds', number, around);
    return [{ offset, order: order.reads, operations: [begins, ...names, ends] }];
  }

  /** The number of the innermost scope around that has a reader. */
  #scopeNumber(scope: Scope | undefined): number {
    for (let around = scope; around; around = around.parent) {
      const number = this.#scopeNumbers.get(around);
      if (number !== undefined) return number;
    }
    return 0;
  }

  #gate({ node, scope, needsBlock }: ScopedFunction['gates'][number]): readonly Group[] {
    const compound = compounds.has(node.type) ? compoundBit : 0;
    const gate = group(node.start, 'gate', node.end, this.#scopeNumber(scope) * 2 + compound);
    return needsBlock ? [group(node.start, 'blockBegins'), gate, group(node.end, 'blockEnds')] : [gate];
  }

  #return(statement: SyntaxNode, scope: Scope): readonly Group[] {
    const keywordEnd = statement.start + 'return'.length;
    const number = this.#scopeNumber(scope);
    if (!childOf(statement, 'argument')) return [group(keywordEnd, 'returnNothing', 0, number)];
    const end = this.#source[statement.end - 1] === ';' ? statement.end - 1 : statement.end;
    return [group(keywordEnd, this.#returnPiece('Begins'), 0, number), group(end, this.#returnPiece('Ends'))];
  }

  #returnPiece(side: 'Begins' | 'Ends'): TwinPieceName {
    return this.#isAsync && !this.#isGenerator ? `asyncReturn${side}` : `return${side}`;
  }

  /** What is done where the end of the body is reached. */
  #end(offset: number): readonly TwinOperation[] {
    const last = childrenOf(this.#candidate.found.body, 'body').at(-1);
    if (last?.type === 'ReturnStatement' || last?.type === 'ThrowStatement') return [];
    return [operation(offset, 'end', 0, this.#scopeNumber(this.#fn.readers[0]?.scope))];
  }
}

const borrows = (fn: ScopedFunction): boolean =>
  fn.usesSuper || fn.usesNewTarget || (fn.usesArguments && !fn.hasSimpleParameters);

/** Drops the twins that copy most of other functions until all are within the bound, and notes why. */
function withinGrowth(
  twins: readonly Twin[],
  candidates: readonly TwinCandidate[],
  all: readonly Flattening[],
  sourceLength: number,
  refusals: Map<number, TwinRefusal>,
): readonly Twin[] {
  const saved = [0];
  for (const { length, kind } of all) saved.push((saved.at(-1) ?? 0) + length - (flattenedTexts[kind]?.length ?? 0));
  const insideOf = nested(candidates);
  const sizes = twins.map(({ owner, from, to, operations }) => {
    const left = (saved[firstFrom(all, to)] ?? 0) - (saved[firstFrom(all, from)] ?? 0);
    const pieces = operations.reduce((sum, one) => sum + pieceLength(one), 0);
    const { count, characters } = insideOf[owner] ?? { count: 0, characters: 0 };
    return { owner, length: to - from - left + pieces + count * nestedPieces, characters };
  });
  let total = sizes.reduce((sum, { length }) => sum + length, 0);
  const most = Math.max(leastFile, sourceLength * mostGrowth);
  for (const { owner, length } of sizes.sort((a, b) => b.characters - a.characters || b.length - a.length)) {
    if (total <= most) break;
    total -= length;
    refusals.set(owner, 'growth');
  }
  return twins.filter(({ owner }) => !refusals.has(owner));
}

/** About what a name takes with its case in a reader. */
const namePiece = 12;
/** About what is inserted into a function that is inside another. */
const nestedPieces = 130;

function pieceLength({ piece }: TwinOperation): number {
  const text = twinPieces[piece]?.text ?? '';
  return text === '' ? namePiece : text.length + 2;
}

/** For each function, how many are in it, and how long those are that are in no other of them. */
function nested(
  candidates: readonly TwinCandidate[],
): readonly { readonly count: number; readonly characters: number }[] {
  const open: number[] = [];
  const totals = candidates.map(() => ({ count: 0, characters: 0 }));
  candidates.forEach(({ found: { start, end } }, index) => {
    while (open.length > 0 && (candidates[open.at(-1) ?? 0]?.found.end ?? 0) <= start) open.pop();
    for (const around of open) {
      const total = totals[around];
      if (total) total.count += 1;
    }
    const parent = totals[open.at(-1) ?? -1];
    if (parent) parent.characters += end - start;
    open.push(index);
  });
  return totals;
}

/** The first flattening at or after an offset. */
function firstFrom(all: readonly Flattening[], offset: number): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Those that lie in a twin. */
function inside(twins: readonly Twin[], all: readonly Flattening[]): readonly Flattening[] {
  const found: Flattening[] = [];
  let done = 0;
  for (const { from, to } of twins.toSorted((a, b) => a.from - b.from)) {
    for (let at = Math.max(done, firstFrom(all, from)); (all[at]?.offset ?? to + 1) <= to; at += 1) {
      const one = all[at];
      if (one) found.push(one);
      done = at + 1;
    }
  }
  return found;
}
