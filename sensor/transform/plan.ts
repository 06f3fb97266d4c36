import { type FoundFunction, findFunctions } from '../naming/functions.ts';
import { lineStarts } from '../naming/line-starts.ts';
import { childOf, childrenOf, type SyntaxNode, textOf, unwrapped } from '../naming/syntax.ts';
import { blockConflict } from './conflicts.ts';
import { globalPrefix, localPrefix, pieces, piecesWithTwin } from './emitted.ts';
import { ignoredRanges } from './ignore.ts';
import { type Language, parse, type SourceType } from './parse.ts';
import { cannotFail, statementsOf } from './safe.ts';
import { planTwins, type Twin, type TwinCandidate, type TwinPlan } from './twin.ts';
import type { Flattening } from './twin-flatten.ts';
import type { TwinRefusal } from './twin-refusals.ts';

export type FunctionKind = 'sync' | 'async' | 'generator' | 'asyncGenerator';

/** A function that is measured. Offsets are UTF-16 units of the text as written. */
export interface PlannedFunction {
  readonly name: string;
  /** First token: `async`, `function`, an arrow's parameter, a method's first modifier or key after its decorators. */
  readonly start: number;
  readonly end: number;
  readonly bodyStart: number;
  /** 1-based. */
  readonly line: number;
  /** 0-based, UTF-16 units. */
  readonly column: number;
  readonly kind: FunctionKind;
  readonly arrow: boolean;
  /** Has a duration; without, calls only, and errors unless the body cannot fail. */
  readonly timed: boolean;
  /** Why its lines cannot be probed; nothing: they can. */
  readonly noTwin: TwinRefusal | undefined;
}

export interface SkippedFunction {
  readonly name: string;
  readonly line: number;
  /** A sentence for a reader of the editor. */
  readonly reason: string;
  /** Its calls are counted all the same; errors and durations are not. */
  readonly counted: boolean;
}

/** A text to insert at an offset of the source; `NUL` stands for the slot of `functions[owner]`, `ETX` for its twin. */
export interface Insertion {
  readonly offset: number;
  readonly text: string;
  readonly owner: number;
  /** Closes what ends at the offset: stands before all that opens there. */
  readonly closes: boolean;
}

/** What a source needs, without the slots, so that it can be kept on disk by the content's hash. */
export interface TransformPlan {
  readonly functions: readonly PlannedFunction[];
  readonly skipped: readonly SkippedFunction[];
  /** In the order in which they are to be inserted; ascending offsets. */
  readonly insertions: readonly Insertion[];
  /** In the order of `functions`, of which some have one. */
  readonly twins: readonly Twin[];
  /** What makes one line of the source, in the twins; ascending offsets. */
  readonly flattenings: readonly Flattening[];
  /** Offsets at which lines of the source begin; empty where nothing can be probed. */
  readonly lineStarts: readonly number[];
  /** The names that twins have as parameters and read. */
  readonly twinNames: readonly string[];
  /** The place in `twinPrefixes` of the one that the names of the sensor's in twins have. */
  readonly twinPrefix: number;
}

export const emptyPlan: TransformPlan = {
  functions: [],
  skipped: [],
  insertions: [],
  twins: [],
  flattenings: [],
  lineStarts: [],
  twinNames: [],
  twinPrefix: 0,
};

interface Ranked extends Omit<Insertion, 'closes'> {
  /** Of two at one offset: what closes comes before what opens, and the innermost is closed first. */
  readonly rank: number;
}

/**
 * Plans the measuring of one source; `probes`: also twins, by which its lines can be probed. Throws a `SyntaxError`
 * (cannot be read) or a `RangeError` (nested too deep).
 */
export function planTransform(
  source: string,
  sourceType: SourceType,
  language: Language,
  probes = true,
): TransformPlan {
  if (source.includes(globalPrefix) || source.includes(localPrefix)) {
    throw new SyntaxError(`the text already contains ${globalPrefix} or ${localPrefix}, names that the sensor inserts`);
  }
  const { program, comments } = parse(source, sourceType, language);
  const lines = new LineIndex(source);
  const ignored = ignoredRanges(source, comments);
  const measured: Measured[] = [];
  const skipped: SkippedFunction[] = [];
  let leftAloneUntil = -1;
  let leftAloneBecause = '';

  for (const found of findFunctions(program, source)) {
    const { line, column } = lines.at(found.start);
    const skip = (reason: string, counted: boolean) => skipped.push({ name: found.name, line, reason, counted });
    const whole = ignored(found.start) ?? (isAsm(found.body) ? 'it is asm.js' : undefined);
    if (whole !== undefined && found.end > leftAloneUntil) {
      leftAloneUntil = found.end;
      leftAloneBecause = whole;
    }
    if (found.end <= leftAloneUntil) {
      skip(leftAloneBecause, false);
      continue;
    }
    if (found.insideWith) {
      skip('a with statement around it would see the names that the sensor inserts', false);
      continue;
    }
    const conflict = found.hasWith ? 'has a with statement' : blockConflict(found);
    if (conflict !== undefined) skip(`only its calls are counted: it ${conflict}`, true);
    const kind = kindOf(found.node);
    const form = conflict !== undefined || cannotFail(found) ? 'count' : kind.endsWith('enerator') ? 'errors' : 'timed';
    measured.push({ found, form, kind, line, column, bodyStart: startOfBody(found), countsErrors: form !== 'count' });
  }

  const { twins, refusals, flattenings, names, prefix } = probes
    ? twinsOf(program, comments, source, measured)
    : noTwins;
  const withTwin = new Set(twins.map(({ owner }) => owner));
  const insertions = measured.flatMap(({ found, form, kind }, owner) =>
    measure(found, form, kind, source, withTwin.has(owner)).map((piece) => ({ ...piece, owner })),
  );
  insertions.sort((a, b) => a.offset - b.offset || b.rank - a.rank);
  return {
    functions: measured.map(({ found, form, kind, line, column }, owner) => ({
      name: found.name,
      start: found.start,
      end: found.end,
      bodyStart: found.body.start,
      line,
      column,
      kind,
      arrow: found.node.type === 'ArrowFunctionExpression',
      timed: form === 'timed',
      noTwin: withTwin.has(owner) ? undefined : (refusals.get(owner) ?? 'disabled'),
    })),
    skipped,
    insertions: insertions.map(({ offset, text, owner, rank }) => ({ offset, text, owner, closes: rank >= 0 })),
    twins,
    flattenings,
    lineStarts: probes ? lines.starts : [],
    twinNames: twins.length > 0 ? names : [],
    twinPrefix: prefix,
  };
}

interface Measured extends TwinCandidate {
  readonly form: Form;
  readonly kind: FunctionKind;
  readonly line: number;
  readonly column: number;
}

const noTwins: TwinPlan = { twins: [], refusals: new Map(), flattenings: [], names: [], prefix: 0 };

function twinsOf(...[program, comments, source, measured]: Parameters<typeof planTwins>): TwinPlan {
  try {
    return planTwins(program, comments, source, measured);
  } catch (error) {
    // Nested deeper than the stack of this longer walk: measured all the same.
    if (!(error instanceof RangeError)) throw error;
    return { ...noTwins, refusals: new Map(measured.map((_, owner) => [owner, 'size'])) };
  }
}

type Form = 'count' | 'errors' | 'timed';
type Piece = Omit<Ranked, 'owner'>;

/** Where the statements of a function begin, after its directives; the start of an arrow's expression. */
function startOfBody({ body }: FoundFunction): number {
  if (body.type !== 'BlockStatement') return body.start;
  return directiveOf(body)?.end ?? body.start + 1;
}

const directiveOf = (body: SyntaxNode): SyntaxNode | undefined =>
  childrenOf(body, 'body').findLast((statement) => textOf(statement, 'directive') !== undefined);

function measure(
  found: FoundFunction,
  form: Form,
  kind: FunctionKind,
  source: string,
  hasTwin: boolean,
): readonly Piece[] {
  const { body, returns, depth } = found;
  const opens = (offset: number, text: string): Piece => ({ offset, text, rank: -1 - depth });
  const closes = (offset: number, text: string, inner = 0): Piece => ({ offset, text, rank: 2 * depth + inner });
  const isAsync = kind === 'async';
  const first = hasTwin ? { ...pieces, ...piecesWithTwin } : pieces;

  if (body.type !== 'BlockStatement') {
    if (form === 'count') {
      return [opens(body.start, first.countExpressionOpen), closes(body.end, pieces.countExpressionClose)];
    }
    if (isAsync) return [opens(body.start, first.asyncArrowOpen), closes(body.end, pieces.asyncArrowClose)];
    const open = takesName(body) ? first.arrowNamelessOpen : first.arrowOpen;
    return [opens(body.start, open), closes(body.end, pieces.arrowClose)];
  }

  const directive = directiveOf(body);
  const start = startOfBody(found);
  const end = body.end - 1;
  const separator = directive && source[directive.end - 1] !== ';' ? pieces.semicolon : '';
  if (form === 'count') return [opens(start, separator + first.count)];
  if (form === 'errors') {
    return [opens(start, separator + first.generatorOpen), closes(end, pieces.generatorClose)];
  }

  const timedReturns = returns.map((statement) => measureReturn(statement, isAsync, source));
  const needsValue = !isAsync && returns.some((statement) => childOf(statement, 'argument'));
  const last = statementsOf(body).at(-1);
  const reachesEnd = last?.type !== 'ReturnStatement' && last?.type !== 'ThrowStatement';
  return [
    opens(start, separator + (needsValue ? first.openWithValue : first.open)),
    ...timedReturns.flatMap(({ open, close }) => [
      opens(open.offset, open.text),
      ...(close ? [closes(close.offset, close.text, 1)] : []),
    ]),
    closes(end, reachesEnd ? pieces.end + pieces.close : pieces.close),
  ];
}

interface At {
  readonly offset: number;
  readonly text: string;
}

function measureReturn(statement: SyntaxNode, isAsync: boolean, source: string): { open: At; close?: At } {
  const keywordEnd = statement.start + 'return'.length;
  const hasSemicolon = source[statement.end - 1] === ';';
  const semicolon = hasSemicolon ? '' : pieces.semicolon;
  const argument = childOf(statement, 'argument');
  if (!argument) return { open: { offset: keywordEnd, text: pieces.returnNothing + semicolon } };
  const offset = hasSemicolon ? statement.end - 1 : statement.end;
  if (isAsync) {
    return {
      open: { offset: keywordEnd, text: pieces.asyncReturnOpen },
      close: { offset, text: pieces.asyncReturnClose + semicolon },
    };
  }
  return {
    open: { offset: keywordEnd, text: takesName(argument) ? pieces.returnNamelessOpen : pieces.returnOpen },
    close: { offset, text: pieces.returnClose + semicolon },
  };
}

/** A nameless function or class, which an assignment would name. */
function takesName(expression: SyntaxNode): boolean {
  const inner = unwrapped(expression);
  if (inner.type === 'ArrowFunctionExpression') return true;
  return (inner.type === 'FunctionExpression' || inner.type === 'ClassExpression') && !childOf(inner, 'id');
}

function kindOf(node: SyntaxNode): FunctionKind {
  if (node.generator === true) return node.async === true ? 'asyncGenerator' : 'generator';
  return node.async === true ? 'async' : 'sync';
}

/** V8 compiles asm.js by itself and warns on the console when it has been touched. */
function isAsm(body: SyntaxNode): boolean {
  return childrenOf(body, 'body').some((statement) => textOf(statement, 'directive') === 'use asm');
}

class LineIndex {
  readonly starts: readonly number[];

  constructor(source: string) {
    this.starts = lineStarts(source);
  }

  at(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) };
  }
}
