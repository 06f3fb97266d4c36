/**
 * Finds a line of a source as written in the text of a script that V8 runs, and the names that can be read there. For code
 * that has no gates: it was loaded before the sensor, belongs to a package, or was refused a twin.
 */

import { rootedPath } from '../../load/first-party.ts';
import { findFunctions } from '../../naming/functions.ts';
import { childEntries, childOf, isNode, type SyntaxNode, textOf } from '../../naming/syntax.ts';
import type { IdentityOptions } from '../../source/identity.ts';
import { sourceMapOf } from '../../source/source-map.ts';
import { SourceTracer } from '../../source/source-tracer.ts';
import { globalPrefix, localPrefix } from '../../transform/emitted.ts';
import { parse } from '../../transform/parse.ts';
import type { ReadableName } from '../gates.ts';

export interface ScriptText {
  /** Absolute path. */
  readonly path: string;
  /** As V8 runs it. */
  readonly text: string;
}

export interface ScriptPlace {
  readonly kind: 'found';
  /** In the script; both 0-based, as V8's inspector has them. */
  readonly scriptLine: number;
  readonly scriptColumn: number;
  /** 1-based, of the source as written. */
  readonly line: number;
  readonly functionName: string;
  /** UTF-16 units of the function's text: what a breakpoint costs grows with it. */
  readonly functionLength: number;
  readonly names: readonly ReadableName[];
  /** `(index) => value`, as text to be evaluated in the frame. */
  readonly reader: string;
}

/** `reason`: a sentence for a person. */
export type ScriptPlaceResult = ScriptPlace | { readonly kind: 'absent'; readonly reason: string };

/** As many as gates read. */
const mostNames = 48;
/** Longer texts are not read. */
const longestScript = 2_000_000;

interface Candidate {
  readonly fn: OwnFunction;
  readonly offset: number;
  readonly line: number;
}

interface OwnFunction {
  readonly name: string;
  readonly node: SyntaxNode;
  readonly body: SyntaxNode;
  readonly statements: readonly SyntaxNode[];
}

/** `file` as in `code.file.path`; `line` 1-based, of the source as written. Never throws. */
export function placeInScript(
  { path, text }: ScriptText,
  file: string,
  line: number,
  at: 'line' | 'entry',
  options: IdentityOptions,
): ScriptPlaceResult {
  if (text.length > longestScript) return absent(`${file} is too long to be looked through.`);
  try {
    const program = parseAny(text);
    const mapping = mappingOf(path, text, options);
    const lines = new Lines(text);
    const functions = findFunctions(program, text).flatMap(({ name, node }): readonly OwnFunction[] => {
      const body = childOf(node, 'body');
      return body ? [{ name, node, body, statements: ownStatements(body) }] : [];
    });
    const candidates: Candidate[] = [];
    for (const fn of functions) {
      const starts =
        at === 'entry' || fn.statements.length === 0 ? [entryOf(fn)] : fn.statements.map(({ start }) => start);
      for (const offset of starts) {
        const place = mapping.place(lines.at(offset), text);
        if (place?.file === file) candidates.push({ fn, offset, line: place.line });
      }
    }
    const chosen = choose(candidates, functions, line, at, (offset) => mapping.place(lines.at(offset), text)?.line);
    if (!chosen) return absent(`Line ${line} of ${file} is in no function of the script that runs.`);
    return placeAt(chosen, program, lines, mapping.nameAt);
  } catch (error) {
    return absent(`The script of ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const absent = (reason: string): ScriptPlaceResult => ({ kind: 'absent', reason });

/** V8 tells of a CommonJS module what is within the function that Node makes of it. */
function parseAny(text: string): SyntaxNode {
  try {
    return parse(text, 'module', 'javascript').program;
  } catch {
    return parse(text, 'commonjs', 'javascript').program;
  }
}

const entryOf = ({ body, statements }: OwnFunction): number => statements[0]?.start ?? body.start;

/** The first statement on the line; else the next within the innermost function around it. */
function choose(
  candidates: readonly Candidate[],
  functions: readonly OwnFunction[],
  line: number,
  at: 'line' | 'entry',
  lineOf: (offset: number) => number | undefined,
): Candidate | undefined {
  const span = (fn: OwnFunction): number => fn.node.end - fn.node.start;
  const around = functions
    .filter(({ node }) => {
      const first = lineOf(node.start);
      const last = lineOf(node.end - 1);
      return first !== undefined && last !== undefined && first <= line && line <= last;
    })
    .sort((one, other) => span(one) - span(other));
  const [innermost] = around;
  if (at === 'entry') return candidates.find(({ fn }) => fn === innermost);
  const onLine = candidates.filter((one) => one.line === line).sort((one, other) => one.offset - other.offset)[0];
  if (onLine) return onLine;
  for (const fn of around) {
    const next = candidates
      .filter((one) => one.fn === fn && one.line > line)
      .sort((one, other) => one.line - other.line)[0];
    if (next) return next;
    const before = candidates.filter((one) => one.fn === fn).at(-1);
    if (before && lineOf(fn.node.start) === line) return before;
  }
  return undefined;
}

function placeAt(
  { fn, offset, line }: Candidate,
  program: SyntaxNode,
  lines: Lines,
  nameAt: (position: ScriptPosition) => string | undefined,
): ScriptPlace {
  const found = readableNames(fn, program, offset).slice(0, mostNames);
  const names = found.map(({ name, kind, start }, index) => ({
    index,
    name: (start === undefined ? undefined : nameAt(lines.at(start))) ?? name,
    kind,
  }));
  const position = lines.at(offset);
  return {
    kind: 'found',
    scriptLine: position.line - 1,
    scriptColumn: position.column,
    line,
    functionName: fn.name,
    functionLength: fn.node.end - fn.node.start,
    names,
    reader: `(n)=>${found.map(({ name }, index) => `n===${index}?${name}:`).join('')}void 0`,
  };
}

interface FoundName {
  readonly name: string;
  readonly kind: ReadableName['kind'];
  /** Where it is declared. */
  readonly start: number | undefined;
}

/** Words that are no plain names in some frames, and what the sensor has inserted. */
const isReadable = (name: string): boolean =>
  !/^(?:arguments|await|yield|eval|let|static|enum)$/.test(name) &&
  !name.startsWith(globalPrefix) &&
  !name.startsWith(localPrefix);

/** Names in the order in which a person looks for them: parameters, locals from the inside out, `this`, what is around. */
function readableNames(fn: OwnFunction, program: SyntaxNode, offset: number): readonly FoundName[] {
  const found = new Map<string, FoundName>();
  const add = (node: SyntaxNode, kind: FoundName['kind']): void => {
    const name = textOf(node, 'name');
    if (name !== undefined && isReadable(name) && !found.has(name)) found.set(name, { name, kind, start: node.start });
  };
  const locals: (readonly [SyntaxNode, FoundName['kind']])[] = [];
  declaredAround(fn.body, offset, (node, kind) => locals.push([node, kind]));
  // The innermost first: of two of one name it is the one that is read.
  for (const [node, kind] of locals.reverse()) add(node, kind);
  for (const parameter of parametersOf(fn.node)) bound(parameter, (node) => add(node, 'parameter'));
  const used = new Set<string>();
  let usesThis = false;
  walk(fn.node, (node, parent) => {
    const isOwnName = parent === fn.node && node === childOf(fn.node, 'id');
    if (node.type === 'Identifier' && !isOwnName) used.add(textOf(node, 'name') ?? '');
    if (node.type === 'ThisExpression') usesThis = true;
    return true;
  });
  const own = [...found.values()];
  const parameters = own.filter(({ kind }) => kind === 'parameter');
  const others = own.filter(({ kind }) => kind !== 'parameter');
  const self: FoundName[] = usesThis ? [{ name: 'this', kind: 'this', start: undefined }] : [];
  const around: (readonly [SyntaxNode, FoundName['kind']])[] = [];
  declaredAround(program, fn.node.start, (node) => around.push([node, 'closure']));
  const known = new Set(found.keys());
  const closures: FoundName[] = [];
  for (const [node] of around.reverse()) {
    const name = textOf(node, 'name');
    if (name === undefined || known.has(name) || !used.has(name) || !isReadable(name)) continue;
    known.add(name);
    closures.push({ name, kind: 'closure', start: node.start });
  }
  return [...parameters, ...others, ...self, ...closures];
}

const isFunction = ({ type }: SyntaxNode): boolean =>
  type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression';

const parametersOf = (node: SyntaxNode): readonly SyntaxNode[] => {
  const params = node.params;
  return Array.isArray(params) ? params.filter(isNode) : [];
};

/** Declarations in scope at an offset, the outermost first: of each block and function around it, whatever comes later in it too. */
function declaredAround(
  root: SyntaxNode,
  offset: number,
  declare: (name: SyntaxNode, kind: FoundName['kind']) => void,
): void {
  const hasIt = (node: SyntaxNode): boolean => node.start <= offset && offset < node.end;
  walk(root, (node) => {
    if (isFunction(node)) {
      const id = childOf(node, 'id');
      if (id && node.type === 'FunctionDeclaration' && node !== root) declare(id, 'const');
      if (!hasIt(node)) return false;
      if (node !== root)
        for (const parameter of parametersOf(node)) bound(parameter, (name) => declare(name, 'parameter'));
      return true;
    }
    const id = node.type === 'ClassDeclaration' ? childOf(node, 'id') : undefined;
    if (id) declare(id, 'const');
    if (node.type === 'VariableDeclaration') {
      const kind = textOf(node, 'kind');
      for (const [, declarator] of childEntries(node)) {
        const target = childOf(declarator, 'id');
        if (target) bound(target, (name) => declare(name, kind === 'var' || kind === 'let' ? kind : 'const'));
      }
      return true;
    }
    if (node.type === 'ImportDeclaration') {
      for (const [, specifier] of childEntries(node)) {
        const local = childOf(specifier, 'local');
        if (local) declare(local, 'const');
      }
      return false;
    }
    if (node.type === 'CatchClause' && hasIt(node)) {
      const param = childOf(node, 'param');
      if (param) bound(param, (name) => declare(name, 'let'));
    }
    // What is declared in a block beside the place is not seen there, but for `var`.
    if (isBlock(node) && node !== root && !hasIt(node)) {
      walk(node, (inner) => {
        if (isFunction(inner)) return false;
        if (inner.type === 'VariableDeclaration' && textOf(inner, 'kind') === 'var') {
          for (const [, declarator] of childEntries(inner)) {
            const target = childOf(declarator, 'id');
            if (target) bound(target, (name) => declare(name, 'var'));
          }
        }
        return true;
      });
      return false;
    }
    return true;
  });
}

const isBlock = ({ type }: SyntaxNode): boolean =>
  type === 'BlockStatement' ||
  type === 'ForStatement' ||
  type === 'ForInStatement' ||
  type === 'ForOfStatement' ||
  type === 'SwitchStatement' ||
  type === 'CatchClause' ||
  type === 'StaticBlock' ||
  type === 'ClassBody';

/** The names that a pattern binds. */
function bound(pattern: SyntaxNode, tell: (name: SyntaxNode) => void): void {
  switch (pattern.type) {
    case 'Identifier':
      tell(pattern);
      return;
    case 'AssignmentPattern': {
      const left = childOf(pattern, 'left');
      if (left) bound(left, tell);
      return;
    }
    case 'RestElement': {
      const argument = childOf(pattern, 'argument');
      if (argument) bound(argument, tell);
      return;
    }
    case 'Property': {
      const value = childOf(pattern, 'value');
      if (value) bound(value, tell);
      return;
    }
    case 'ObjectPattern':
    case 'ArrayPattern':
      for (const [, part] of childEntries(pattern)) bound(part, tell);
  }
}

/** The statements of a function's own, in source order: none of a function within it. */
function ownStatements(body: SyntaxNode): readonly SyntaxNode[] {
  const statements: SyntaxNode[] = [];
  walk(body, (node, parent) => {
    if (node !== body && isFunction(node)) return false;
    const isHead = parent?.type.startsWith('For') === true && node.type === 'VariableDeclaration';
    const isStatement =
      node.type === 'VariableDeclaration' ||
      (node.type.endsWith('Statement') && node.type !== 'BlockStatement' && node.type !== 'EmptyStatement');
    if (isStatement && !isHead) statements.push(node);
    return node.type !== 'ClassBody';
  });
  return statements.sort((one, other) => one.start - other.start);
}

/** In source order, without recursion: texts may be nested deep. `into`: whether its children are visited. */
function walk(root: SyntaxNode, into: (node: SyntaxNode, parent: SyntaxNode | undefined) => boolean): void {
  const open: (readonly [SyntaxNode, SyntaxNode | undefined])[] = [[root, undefined]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, parent] = next;
    if (!into(node, parent)) continue;
    const children = childEntries(node);
    for (let at = children.length - 1; at >= 0; at -= 1) {
      const child = children[at]?.[1];
      if (child) open.push([child, node]);
    }
  }
}

interface ScriptPosition {
  /** 1-based. */
  readonly line: number;
  /** 0-based, UTF-16 units. */
  readonly column: number;
}

class Lines {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  at(offset: number): ScriptPosition {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) };
  }
}

interface ScriptMapping {
  readonly place: (
    position: ScriptPosition,
    text: string,
  ) => { readonly file: string; readonly line: number } | undefined;
  readonly nameAt: (position: ScriptPosition) => string | undefined;
}

function mappingOf(path: string, text: string, options: IdentityOptions): ScriptMapping {
  const map = sourceMapOf(path, text);
  if (map.kind !== 'found') {
    const file = rootedPath(options.root, path);
    return { place: ({ line }) => ({ file, line }), nameAt: () => undefined };
  }
  const tracer = new SourceTracer(map, options);
  // The sensor's own insertions are on lines of their statements: a map that is of the text before them holds for lines.
  const isShifted = text.includes(globalPrefix);
  const traced = (segment: ReturnType<SourceTracer['lineSegments']>[number] | undefined) => {
    const place = segment && tracer.trace(segment);
    if (place?.kind === 'text') return { file: place.source.file, line: place.source.lineAt(place.offset) };
    return place?.kind === 'noText' ? { file: place.file, line: place.line } : undefined;
  };
  return {
    place: ({ line, column }) => {
      const segments = tracer.lineSegments(line - 1);
      if (!isShifted) return traced(segments.findLast((segment) => segment[0] <= column));
      const places = segments.map(traced).filter((place) => place !== undefined);
      const [first] = places;
      return places.every((place) => place.file === first?.file && place.line === first.line) ? first : undefined;
    },
    nameAt: ({ line, column }) => {
      const segment = isShifted ? undefined : tracer.lineSegments(line - 1).find(([start]) => start === column);
      return segment && tracer.nameOf(segment);
    },
  };
}
