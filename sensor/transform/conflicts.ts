import type { FoundFunction } from '../naming/functions.ts';
import { childEntries, childOf, childrenOf, isClass, isFunction, type SyntaxNode, textOf } from '../naming/syntax.ts';
import { statementsOf } from './safe.ts';

/**
 * Why a body cannot be put into a block, if so. Functions declared at the top of a body are hoisted like `var`; in the
 * block of a `try` they become lexical there (ECMA-262, B.3.2 and 14.2.1), which is the same unless another
 * declaration of the function has the same name: a parameter, a `var` anywhere in the body, a second function, a
 * function in a block (hoisted to the top in sloppy mode), or one that `eval` may bring.
 */
export function blockConflict({ node, body, hasDirectEval }: FoundFunction): string | undefined {
  if (body.type !== 'BlockStatement') return undefined;
  const declarations = statementsOf(body).filter(({ type }) => type === 'FunctionDeclaration');
  if (declarations.length === 0) return undefined;
  if (hasDirectEval) return 'declares functions and calls eval';
  const seen = new Set<string>(['arguments']);
  for (const parameter of childrenOf(node, 'params')) addPatternNames(parameter, seen);
  const own = new Set<SyntaxNode>(declarations);
  for (const statement of statementsOf(body)) addHoistedNames(statement, own, seen);
  for (const declaration of declarations) {
    const id = childOf(declaration, 'id');
    const name = id && textOf(id, 'name');
    if (name === undefined) continue;
    if (seen.has(name)) return `declares ${name} more than once`;
    seen.add(name);
  }
  return undefined;
}

/** Names that statements hoist to their function: `var`, and functions in blocks; `own` are looked at apart. */
function addHoistedNames(node: SyntaxNode, own: ReadonlySet<SyntaxNode>, names: Set<string>): void {
  if (node.type === 'FunctionDeclaration') {
    const id = childOf(node, 'id');
    if (id && !own.has(node)) addPatternNames(id, names);
    return;
  }
  if (isFunction(node) || isClass(node) || node.type.endsWith('Expression')) return;
  if (node.type === 'VariableDeclaration') {
    if (textOf(node, 'kind') !== 'var') return;
    for (const declarator of childrenOf(node, 'declarations')) {
      const id = childOf(declarator, 'id');
      if (id) addPatternNames(id, names);
    }
    return;
  }
  for (const [, child] of childEntries(node)) addHoistedNames(child, own, names);
}

/** Every identifier of a pattern; a default value's may be among them, which errs on the careful side. */
function addPatternNames(pattern: SyntaxNode, names: Set<string>): void {
  if (pattern.type === 'Identifier') {
    names.add(textOf(pattern, 'name') ?? '');
    return;
  }
  if (isFunction(pattern) || isClass(pattern)) return;
  for (const [, child] of childEntries(pattern)) addPatternNames(child, names);
}
