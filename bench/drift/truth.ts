/**
 * Which functions of two texts are the same, by a reading of its own: TypeScript's parser and tokens, nothing of the
 * language server's. Two rules:
 *
 * 1. the same tokens from the parameters on, and the same names of all that it stands in and of itself. Of several such
 *    (twins) the first is the first and so on, where both texts have as many; else it cannot be known.
 * 2. of what is left: the same tokens, at least {@link fewestTellingTokens} of them, found once among all functions of each text.
 *
 * Two functions are unlike when less than {@link leastLikeness} of what they say is common to them, in order, by a diff of
 * their tokens that are names, literals or operators.
 */
import { diffArrays } from 'diff';
import ts from 'typescript-5';

/** A function as TypeScript reads it. */
export interface WrittenFunction {
  readonly start: number;
  /** Offset behind its last token. */
  readonly end: number;
  readonly line: number;
  /** Names of all that it stands in and its own, from the file's top. */
  readonly path: string;
  /** From the parameters on, without comments. */
  readonly tokens: readonly string[];
  /** Those tokens as one text. */
  readonly body: string;
}

export const fewestTellingTokens = 12;
/** Where its own name or all that it stands in is the same, and where only the body tells. */
export const leastLikeness = { named: 0.25, other: 0.4 };
/** A diff of more differences than that is not made to its end: such texts are unlike. */
const mostDifferences = 30_000;

/** All functions with a body, in source order. Throws when TypeScript cannot read the text. */
export function writtenFunctions(file: string, text: string): readonly WrittenFunction[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false);
  const tokens: { readonly start: number; readonly text: string }[] = [];
  const found: { readonly node: ts.FunctionLikeDeclaration; readonly path: string }[] = [];
  const visit = (node: ts.Node, path: readonly string[]): void => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    const name = nameOf(node, source);
    const inside = name === undefined ? path : [...path, name];
    if (isFunction(node)) {
      found.push({ node, path: name === undefined ? [...path, '()'].join('.') : inside.join('.') });
    }
    const children = node.getChildren(source);
    if (children.length === 0 && node.end > node.getStart(source)) {
      tokens.push({ start: node.getStart(source), text: text.slice(node.getStart(source), node.end) });
    }
    for (const child of children) visit(child, isFunction(node) && name === undefined ? [...path, '()'] : inside);
  };
  visit(source, []);
  const starts = tokens.map(({ start }) => start);
  return found
    .map(({ node, path }) => {
      const from = atOrAfter(starts, node.parameters.pos);
      const of = tokens.slice(from, atOrAfter(starts, node.end)).map((token) => token.text);
      const start = node.getStart(source);
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      return { start, end: node.end, line, path, tokens: of, body: of.join('\u0001') };
    })
    .sort((a, b) => a.start - b.start || b.end - a.end);
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

/** The name under which something stands in the text; undefined: it has none, or is no place of functions. */
function nameOf(node: ts.Node, source: ts.SourceFile): string | undefined {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (
    ts.isFunctionLike(node) ||
    ts.isClassLike(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isVariableDeclaration(node)
  ) {
    return node.name?.getText(source);
  }
  if (ts.isPropertyDeclaration(node) || ts.isModuleDeclaration(node)) return node.name.getText(source);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    return node.left.getText(source);
  }
  return undefined;
}

function atOrAfter(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface Truth {
  /** Index among the new functions by index among the old. */
  readonly same: ReadonlyMap<number, number>;
  /** How many old functions are twins of which the new text has more or fewer. */
  readonly undecided: number;
}

export function sameFunctions(old: readonly WrittenFunction[], now: readonly WrittenFunction[]): Truth {
  const same = new Map<number, number>();
  let undecided = 0;
  const place = ({ path, body }: WrittenFunction): string => `${path}\0${body}`;
  const there = byKey(now, place);
  const left = new Set(old.keys());
  const free = new Set(now.keys());
  for (const [key, ofOld] of byKey(old, place)) {
    const ofNow = there.get(key);
    if (!ofNow) continue;
    if (ofNow.length !== ofOld.length) undecided += ofOld.length;
    for (const [nth, index] of ofOld.entries()) {
      left.delete(index);
      const other = ofNow[nth];
      if (ofNow.length === ofOld.length && other !== undefined) same.set(index, other);
    }
    for (const index of ofNow) free.delete(index);
  }
  const newBodies = byKey(now, ({ body }) => body);
  for (const [body, [index, ...more]] of byKey(old, (each) => each.body)) {
    const [other, ...others] = newBodies.get(body) ?? [];
    if (index === undefined || other === undefined || more.length > 0 || others.length > 0) continue;
    const isTelling = (old[index]?.tokens.length ?? 0) >= fewestTellingTokens;
    if (isTelling && left.has(index) && free.has(other)) same.set(index, other);
  }
  return { same, undecided };
}

export function isUnlike(one: WrittenFunction, other: WrittenFunction): boolean {
  const [name, otherName] = [one, other].map(({ path }) => path.slice(path.lastIndexOf('.') + 1));
  const isNamed = one.path === other.path || (name === otherName && name !== '()');
  return likeness(one, other) < (isNamed ? leastLikeness.named : leastLikeness.other);
}

/** From 0 to 1: twice what the two have in common, in order, by what they have. */
export function likeness(one: WrittenFunction, other: WrittenFunction): number {
  if (one.body === other.body) return 1;
  const [a, b] = [one.tokens.filter(saysSomething), other.tokens.filter(saysSomething)];
  if (a.length + b.length === 0) return 1;
  const parts = diffArrays(a, b, { maxEditLength: mostDifferences });
  const common = parts?.filter(({ added, removed }) => !added && !removed) ?? [];
  return (2 * common.reduce((sum, { count }) => sum + count, 0)) / (a.length + b.length);
}

/** Brackets, commas and dots are in every function, and arrows in as many as are written so. */
const saysSomething = (token: string): boolean => !/^(?:[()[\]{};:,.]|=>)$/.test(token);

function byKey<T>(values: readonly T[], key: (value: T) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [index, value] of values.entries()) {
    const members = groups.get(key(value));
    if (members) members.push(index);
    else groups.set(key(value), [index]);
  }
  return groups;
}
