import type { FoundFunction } from '../naming/functions.ts';
import { childOf, childrenOf, isFunction, type SyntaxNode, textOf, unwrapped } from '../naming/syntax.ts';

/** Statements of a body after its directives. */
export function statementsOf(body: SyntaxNode): readonly SyntaxNode[] {
  return childrenOf(body, 'body').filter((statement) => textOf(statement, 'directive') === undefined);
}

/**
 * Whether running the body can neither throw nor take time worth a clock: nothing in it, or the return of a literal, a
 * parameter, a new function. Such a function is counted only, without a `try`.
 */
export function cannotFail({ node, body }: FoundFunction): boolean {
  // What an async function returns may be a promise that is rejected.
  const parameters = new Set(
    childrenOf(node, 'params').flatMap((parameter) =>
      parameter.type === 'Identifier' && node.async !== true ? [textOf(parameter, 'name')] : [],
    ),
  );
  if (body.type !== 'BlockStatement') return cannotThrow(body, parameters);
  return statementsOf(body).every((statement) => {
    if (statement.type === 'EmptyStatement') return true;
    const argument = childOf(statement, 'argument');
    return statement.type === 'ReturnStatement' && (!argument || cannotThrow(argument, parameters));
  });
}

function cannotThrow(expression: SyntaxNode, parameters: ReadonlySet<string | undefined>): boolean {
  const inner = unwrapped(expression);
  switch (inner.type) {
    case 'Literal':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return true;
    case 'TemplateLiteral':
      return childrenOf(inner, 'expressions').length === 0;
    case 'Identifier': {
      const name = textOf(inner, 'name');
      return name === 'undefined' || parameters.has(name);
    }
    case 'ArrayExpression':
      return childrenOf(inner, 'elements').every(
        (element) => element.type !== 'SpreadElement' && cannotThrow(element, parameters),
      );
    // A method may be a `then`, which an async function would call.
    case 'ObjectExpression':
      return childrenOf(inner, 'properties').every((property) => {
        const value = childOf(property, 'value');
        if (property.type !== 'Property' || property.computed === true || !value) return false;
        return !isFunction(value) && cannotThrow(value, parameters);
      });
    case 'UnaryExpression': {
      const argument = childOf(inner, 'argument');
      const operator = textOf(inner, 'operator');
      return (
        (operator === '!' || operator === 'void' || operator === 'typeof') &&
        !!argument &&
        cannotThrow(argument, parameters)
      );
    }
    default:
      return false;
  }
}
