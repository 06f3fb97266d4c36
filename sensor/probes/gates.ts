import { isSecretName } from '@runlens/protocol/redaction/names';
import { rootedPath } from '../load/first-party.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import { debug, messageOf } from '../log.ts';
import type { IdentityOptions } from '../source/identity.ts';
import { sourceMapOf } from '../source/source-map.ts';
import { SourceTracer } from '../source/source-tracer.ts';
import {
  type FunctionGates,
  type GateName,
  type GatePosition,
  namesIn,
  type StatementGate,
} from '../transform/twin-gates.ts';
import { fixedGates } from '../transform/twin-pieces.ts';
import { twinRefusals } from '../transform/twin-refusals.ts';

/** A name that can be read at a location. */
export interface ReadableName {
  /** What the reader that a gate's handler is given takes. */
  readonly index: number;
  /** As it is in the source as written, as far as its map tells. */
  readonly name: string;
  readonly kind: GateName['kind'];
}

/** A place in one loaded copy of a source where a probe can be put. */
export interface Location {
  readonly slot: number;
  /** To be given to `Runtime.open`. */
  readonly gateCount: number;
  readonly gate: number;
  /** `entry`: the function has been called, its parameters are there; `line`: before a statement. */
  readonly kind: 'entry' | 'line';
  /** The line of the source as written that the gate stands before: the one asked for, or the next that has code. */
  readonly line: number;
  readonly functionName: string;
  /** Absolute path of what was loaded. */
  readonly path: string;
  readonly names: readonly ReadableName[];
  /** Before its first statement, and after its parameters are there. */
  readonly entryGate: number;
  /** Of the whole function: where it returns; the value is what it returns. */
  readonly returnGate: number;
  /** Where an error leaves it; nothing for a function whose errors are not seen. */
  readonly throwGate: number | undefined;
  /** Names that can be read at entry, return and throw. */
  readonly entryNames: readonly ReadableName[];
  /**
   * Slots of the functions around it that have twins. A function that was made while one of these was open, by a call of
   * that one, is not probed.
   */
  readonly around: readonly number[];
}

export type Located =
  | { readonly kind: 'found'; readonly locations: readonly Location[] }
  /** Nothing that was loaded comes from this source. */
  | { readonly kind: 'notLoaded' }
  /** The line is in no function: such code runs once, when its file is loaded. */
  | { readonly kind: 'outside' }
  /** It is in a function that cannot be probed. `reason` is a sentence for a person. */
  | { readonly kind: 'refused'; readonly functionName: string; readonly reason: string; readonly path: string };

/** A function of a loaded file, by lines of one source as written. */
interface MappedFunction {
  readonly slot: number;
  readonly name: string;
  readonly path: string;
  readonly start: number;
  readonly startLine: number;
  readonly endLine: number;
  readonly depth: number;
  readonly refusal: string | undefined;
  readonly gates: FunctionGates | undefined;
  readonly statements: readonly MappedStatement[];
  readonly entryLine: number;
  readonly nameOf: (name: GateName) => string;
  readonly around: readonly number[];
}

interface MappedStatement {
  readonly gate: StatementGate;
  readonly line: number;
  readonly endLine: number;
}

/** By file as in `code.file.path`. */
type FileIndex = ReadonlyMap<string, readonly MappedFunction[]>;

/**
 * Finds the gates of a line in everything that was loaded. Files are looked into when a line is first asked for, one
 * after the other; it reads source maps, so it belongs where nobody waits for it.
 */
export class Gates {
  readonly #options: IdentityOptions;
  readonly #files: { file: LoadedFile; index: FileIndex | undefined }[] = [];

  constructor(options: IdentityOptions) {
    this.#options = options;
  }

  /** Of a file with a source map it keeps the text until the first question. */
  add(file: LoadedFile): void {
    this.#files.push({ file, index: undefined });
  }

  /** Whether functions of that source were loaded; `path` as in `code.file.path`. Never throws. */
  has(path: string): boolean {
    return this.#functionsOf(path).length > 0;
  }

  #functionsOf(path: string): readonly (readonly MappedFunction[])[] {
    return this.#files.flatMap((entry) => {
      if (!entry.index) {
        entry.index = indexOf(entry.file, this.#options);
        entry.file = entry.file.withoutText();
      }
      const found = entry.index.get(path);
      return found ? [found] : [];
    });
  }

  /** `path` as in `code.file.path`; `line` 1-based, of the source as written. Never throws. */
  locate(path: string, line: number): Located {
    const functions = this.#functionsOf(path);
    if (functions.length === 0) return { kind: 'notLoaded' };
    const answers = functions.map((one) => locateIn(one, line));
    const locations = answers.flatMap((answer) => (answer.kind === 'found' ? answer.locations : []));
    if (locations.length > 0) return { kind: 'found', locations };
    return answers.find(({ kind }) => kind === 'refused') ?? { kind: 'outside' };
  }
}

/** Of the functions of one loaded file that come from one source, in source order. */
function locateIn(functions: readonly MappedFunction[], line: number): Located {
  const around = functions.filter(({ startLine, endLine }) => startLine <= line && line <= endLine);
  if (around.length === 0) return { kind: 'outside' };
  const onLine = around
    .flatMap((fn) => [
      ...fn.statements
        .filter((statement) => statement.line === line)
        .map(({ gate }) => ({ fn, gate, offset: gate.offset })),
      // Its head is on the line, or its body is an expression there.
      ...(fn.gates && (fn.startLine === line || fn.entryLine === line)
        ? [{ fn, gate: undefined, offset: fn.gates.entry.offset }]
        : []),
    ])
    .sort((a, b) => a.offset - b.offset)[0];
  if (onLine) return found(onLine.fn, onLine.gate, line);
  for (const fn of [...around].sort((a, b) => b.depth - a.depth || b.start - a.start)) {
    if (fn.refusal !== undefined) return { kind: 'refused', functionName: fn.name, reason: fn.refusal, path: fn.path };
    const next = fn.statements.find((statement) => statement.line > line);
    const over = fn.statements.findLast((statement) => statement.line < line && line <= statement.endLine);
    // In the middle of a statement: the gate before it. Between the statements in one: the next.
    if (over && !over.gate.isCompound) return found(fn, over.gate, over.line);
    if (next) return found(fn, next.gate, next.line);
  }
  const [outermost] = around;
  return outermost?.gates ? found(outermost, outermost.statements.at(-1)?.gate, line) : { kind: 'outside' };
}

function found(fn: MappedFunction, gate: StatementGate | undefined, line: number): Located {
  const { gates, nameOf } = fn;
  if (!gates) return { kind: 'outside' };
  const readable = (scope: number): readonly ReadableName[] =>
    namesIn(gates, scope).map((name) => ({ index: name.index, name: nameOf(name), kind: name.kind }));
  const location: Location = {
    slot: fn.slot,
    gateCount: gates.gateCount,
    gate: gate?.gate ?? fixedGates.entry,
    kind: gate ? 'line' : 'entry',
    line,
    functionName: fn.name,
    path: fn.path,
    names: readable(gate?.scope ?? 0),
    entryGate: fixedGates.entry,
    returnGate: fixedGates.return,
    throwGate: gates.seesThrows ? fixedGates.throw : undefined,
    entryNames: readable(0),
    around: fn.around,
  };
  return { kind: 'found', locations: [location] };
}

/** Where a place in the loaded text is in a source as written. */
interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

interface Mapping {
  readonly place: (position: { readonly line: number; readonly column: number }) => SourcePlace | undefined;
  readonly nameAt: (position: GatePosition) => string | undefined;
}

function indexOf(file: LoadedFile, options: IdentityOptions): FileIndex {
  const index = new Map<string, MappedFunction[]>();
  try {
    const mapping = mappingOf(file, options);
    const probed = file.gates();
    const open: { readonly end: number; readonly slot: number; readonly hasTwin: boolean }[] = [];
    file.functions.forEach((planned, at) => {
      while (open.length > 0 && (open.at(-1)?.end ?? 0) <= planned.start) open.pop();
      const slot = file.firstSlot + at;
      const around = open.flatMap((one) => (one.hasTwin ? [one.slot] : []));
      const depth = open.length;
      const { gates, endLine } = probed[at] ?? { gates: undefined, endLine: planned.line };
      open.push({ end: planned.end, slot, hasTwin: gates !== undefined });
      const start = mapping.place(planned);
      if (!start) return;
      const statements = (gates?.statements ?? []).flatMap((gate): readonly MappedStatement[] => {
        const place = mapping.place(gate);
        if (place?.file !== start.file) return [];
        // Source maps say where things begin; how long a statement is in the source only the loaded text tells.
        return [{ gate, line: place.line, endLine: place.line + gate.endLine - gate.line }];
      });
      const entryLine = gates ? (mapping.place(gates.entry)?.line ?? start.line) : start.line;
      const last = Math.max(start.line, entryLine, ...statements.map(({ endLine }) => endLine));
      const fn: MappedFunction = {
        slot,
        name: planned.name,
        path: file.path,
        start: planned.start,
        startLine: start.line,
        endLine: Math.max(last, start.line + endLine - planned.line),
        depth,
        refusal: planned.noTwin === undefined ? undefined : twinRefusals[planned.noTwin],
        gates,
        statements,
        entryLine,
        // A map that is of another build calls a password something else: it would be shown.
        nameOf: ({ name, position }) =>
          isSecretName(name, 'text') ? name : ((position && mapping.nameAt(position)) ?? name),
        around,
      };
      const known = index.get(start.file);
      if (known) known.push(fn);
      else index.set(start.file, [fn]);
    });
  } catch (error) {
    debug(`${file.path}: its lines cannot be probed: ${messageOf(error)}`);
  }
  return index;
}

function mappingOf(file: LoadedFile, options: IdentityOptions): Mapping {
  const map = sourceMapOf(file.path, file.text);
  if (map.kind !== 'found') {
    const path = rootedPath(options.root, file.path);
    return { place: ({ line }) => ({ file: path, line }), nameAt: () => undefined };
  }
  const tracer = new SourceTracer(map, options);
  const segmentAt = (line: number, column: number) =>
    tracer.lineSegments(line - 1).findLast((segment) => segment[0] <= column);
  return {
    place: ({ line, column }) => {
      const segment = segmentAt(line, column);
      const traced = segment && tracer.trace(segment);
      if (traced?.kind === 'text') return { file: traced.source.file, line: traced.source.lineAt(traced.offset) };
      return traced?.kind === 'noText' ? { file: traced.file, line: traced.line } : undefined;
    },
    nameAt: ({ line, column }) => {
      const segment = segmentAt(line, column);
      return segment?.[0] === column ? tracer.nameOf(segment) : undefined;
    },
  };
}
