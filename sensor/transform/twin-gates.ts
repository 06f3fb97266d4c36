import { compoundBit, fixedGates, kindUnit, nameKinds, pieceNumber, type ReadableKind } from './twin-pieces.ts';
import { operationWords, pieceBits, type TwinRange } from './twin-text.ts';

/** A place in the text that was loaded. */
export interface GatePosition {
  /** UTF-16 units. */
  readonly offset: number;
  /** 1-based. */
  readonly line: number;
  /** 0-based, UTF-16 units. */
  readonly column: number;
}

/** The gate before a statement. */
export interface StatementGate extends GatePosition {
  readonly gate: number;
  /** Offset after the statement. */
  readonly end: number;
  /** The line of its last character. */
  readonly endLine: number;
  /** Other statements are in it. */
  readonly isCompound: boolean;
  /** What can be read there: names of this scope, and of those around it. */
  readonly scope: number;
}

/** A name that gates can read. */
export interface GateName {
  /** What a reader takes. */
  readonly index: number;
  /** As it is in the text that was loaded. */
  readonly name: string;
  readonly kind: ReadableKind;
  readonly scope: number;
  /** Where it is declared; of `this` nowhere. */
  readonly position: GatePosition | undefined;
}

export interface ProbedFunction {
  /** 1-based; the first where the plan knows no lines, as none of its functions can be probed. */
  readonly endLine: number;
  /** Nothing: it has no twin. */
  readonly gates: FunctionGates | undefined;
}

/** Where a function that has a twin can be probed. */
export interface FunctionGates {
  /** How many there are, with those at entry, return and throw. */
  readonly gateCount: number;
  /** Where its body begins: what the gate at its entry stands before. */
  readonly entry: GatePosition;
  /** There is a gate where an error leaves it. */
  readonly seesThrows: boolean;
  /** In source order. */
  readonly statements: readonly StatementGate[];
  /** By index. */
  readonly names: readonly GateName[];
  /** The scope around each, by number; 0 is around all. */
  readonly scopes: readonly number[];
}

/** Reads what a plan says of the gates of one twin. */
export function readGates(
  numbers: Int32Array,
  { from, operations }: TwinRange,
  lineStarts: Int32Array,
  known: readonly string[],
): FunctionGates {
  const statements: StatementGate[] = [];
  const names: GateName[] = [];
  const scopes = [0];
  let scope = 0;
  let seesThrows = false;
  const positionOf = (offset: number): GatePosition => {
    const line = lineOf(lineStarts, offset);
    return { offset, line, column: offset - (lineStarts[line - 1] ?? 0) };
  };
  const end = operations.first + operations.count * operationWords;
  for (let word = operations.first; word < end; word += operationWords) {
    const offset = numbers[word] ?? 0;
    const b = (numbers[word + 1] ?? 0) >> pieceBits;
    const a = numbers[word + 2] ?? 0;
    switch ((numbers[word + 1] ?? 0) & ((1 << pieceBits) - 1)) {
      case pieceNumber.readerBegins:
      case pieceNumber.switchReaderBegins:
        scope = a;
        break;
      case pieceNumber.readerEnds:
      case pieceNumber.switchReaderEnds:
        scopes[a] = b;
        break;
      case pieceNumber.readName:
      case pieceNumber.readThis: {
        const kind = nameKinds[Math.floor(b / kindUnit)] ?? 'closure';
        const isThis = kind === 'this';
        const name = isThis ? 'this' : (known[b % kindUnit] ?? '');
        names.push({ index: names.length, name, kind, scope, position: isThis ? undefined : positionOf(a) });
        break;
      }
      case pieceNumber.gate:
        statements.push({
          ...positionOf(offset),
          gate: fixedGates.firstLine + statements.length,
          end: a,
          endLine: lineOf(lineStarts, Math.max(offset, a - 1)),
          isCompound: (b & compoundBit) !== 0,
          scope: b >> compoundBit,
        });
        break;
      case pieceNumber.catch:
        seesThrows = true;
        break;
    }
  }
  return {
    gateCount: fixedGates.firstLine + statements.length,
    entry: positionOf(from),
    seesThrows,
    statements,
    names,
    scopes,
  };
}

/** The names that can be read in a scope: its own first, then those around it; of two of one name the inner. */
export function namesIn({ names, scopes }: FunctionGates, scope: number): readonly GateName[] {
  const found = new Map<string, GateName>();
  for (let at = scope, left = scopes.length; left >= 0; left -= 1) {
    for (const name of names) if (name.scope === at && !found.has(name.name)) found.set(name.name, name);
    if (at === 0) break;
    at = scopes[at] ?? 0;
  }
  return [...found.values()];
}

/** 1-based. */
export function lineOf(lineStarts: Int32Array, offset: number): number {
  let low = 0;
  let high = lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}
