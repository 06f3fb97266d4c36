/** The little of ESTree that the sensor relies on, read from whichever parser made the tree. */

export interface SyntaxNode {
  readonly type: string;
  /** UTF-16 offset of the first character. */
  readonly start: number;
  /** UTF-16 offset after the last character. */
  readonly end: number;
  readonly [key: string]: unknown;
}

/** What parsers hang on nodes besides their children. */
const notChildren = new Set([
  'leadingComments',
  'trailingComments',
  'innerComments',
  'comments',
  'extra',
  'tokens',
  'errors',
  'loc',
]);

export function isNode(value: unknown): value is SyntaxNode {
  // Not by Reflect.get: it is asked for each field of each node, and that took 5 % of a first start.
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** The child in a field that holds one node, or nothing. */
export function childOf(node: SyntaxNode, key: string): SyntaxNode | undefined {
  const value = node[key];
  return isNode(value) ? value : undefined;
}

/** The children in a field that holds a list; holes are left out. */
export function childrenOf(node: SyntaxNode, key: string): readonly SyntaxNode[] {
  const value = node[key];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** A field that holds text: a name, an operator, a kind. */
export function textOf(node: SyntaxNode, key: string): string | undefined {
  const value = node[key];
  return typeof value === 'string' ? value : undefined;
}

/** Every child with the field that it stands in, in source order. */
export function childEntries(node: SyntaxNode): readonly (readonly [key: string, child: SyntaxNode])[] {
  const entries: (readonly [string, SyntaxNode])[] = [];
  let last = -1;
  let sorted = true;
  const add = (key: string, child: SyntaxNode) => {
    if (child.start < last) sorted = false;
    last = child.start;
    entries.push([key, child]);
  };
  for (const key in node) {
    const value = node[key];
    if (typeof value !== 'object' || value === null || notChildren.has(key)) continue;
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) add(key, item);
    } else if (isNode(value)) add(key, value);
  }
  if (!sorted) entries.sort((a, b) => a[1].start - b[1].start);
  return entries;
}

/** The expression inside parentheses and inside TypeScript's wrappers that leave no trace at run time. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  let inner = node;
  for (
    let next: SyntaxNode | undefined = inner;
    next;
    next = wrappers.has(inner.type) ? childOf(inner, 'expression') : undefined
  ) {
    inner = next;
  }
  return inner;
}

export const wrappers: ReadonlySet<string> = new Set([
  'ParenthesizedExpression',
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
  'TSNonNullExpression',
  'TSInstantiationExpression',
  'ChainExpression',
]);

export const isFunction = (node: SyntaxNode): boolean =>
  node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression';

export const isClass = (node: SyntaxNode): boolean =>
  node.type === 'ClassDeclaration' || node.type === 'ClassExpression';

/** The first offset at or after `offset` that is neither white space nor in a comment. */
export function skipTrivia(source: string, offset: number): number {
  let at = offset;
  for (;;) {
    const trivia = /^(?:\s+|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)/.exec(source.slice(at, at + 4096));
    if (!trivia) return at;
    at += trivia[0].length;
  }
}
