import { type Binding, computedKey } from '@runlens/protocol/naming/names';
import { childOf, type SyntaxNode, textOf, unwrapped, wrappers } from './syntax.ts';

const none: Binding = { kind: 'none' };

/** The key of a property or class member as it is named. */
export function keyName(member: SyntaxNode, source: string): string {
  const key = childOf(member, 'key');
  if (!key) return '';
  if (member.computed === true) {
    return typeof key.value === 'string' ? stringText(key, source) : computedKey(source.slice(key.start, key.end));
  }
  return typeof key.value === 'string' ? stringText(key, source) : source.slice(key.start, key.end);
}

/** The text of a string literal between its quotes, escapes kept. */
const stringText = (literal: SyntaxNode, source: string): string => source.slice(literal.start + 1, literal.end - 1);

const escapedIdentifier = /^(?:\\u\{[\da-f]+\}|\\u[\da-f]{4}|[\p{ID_Continue}$])+/iu;

/** An identifier as it is written, escapes kept; without a TypeScript annotation, which is part of some nodes. */
export function identifierText(identifier: SyntaxNode, source: string): string {
  const name = textOf(identifier, 'name');
  if (name === undefined) return source.slice(identifier.start, identifier.end);
  if (source.startsWith(name, identifier.start)) return name;
  return escapedIdentifier.exec(source.slice(identifier.start, identifier.end))?.[0] ?? name;
}

/** The target of an assignment as a path, outermost first: `a.b[c]` is `['a', 'b', '[c]']`. */
export function targetPath(target: SyntaxNode, source: string): readonly string[] {
  const path: string[] = [];
  let at: SyntaxNode | undefined = unwrapped(target);
  while (at?.type === 'MemberExpression') {
    const property = childOf(at, 'property');
    if (property) {
      const literal = typeof property.value === 'string';
      const text = source.slice(property.start, property.end);
      if (at.computed === true) path.unshift(literal ? stringText(property, source) : computedKey(text));
      else path.unshift(text);
    }
    const object: SyntaxNode | undefined = childOf(at, 'object');
    at = object && unwrapped(object);
  }
  if (at?.type === 'Identifier') path.unshift(identifierText(at, source));
  if (at?.type === 'ThisExpression') path.unshift('this');
  return path;
}

/** The last identifier of what is called, or nothing for a call of a call, of an index, of `import()`. */
export function calleeName(call: SyntaxNode, source: string): string | undefined {
  const written = childOf(call, 'callee');
  if (!written) return undefined;
  const callee = unwrapped(written);
  if (callee.type === 'Identifier') return identifierText(callee, source);
  if (callee.type !== 'MemberExpression') return undefined;
  const property = childOf(callee, 'property');
  if (!property) return undefined;
  if (callee.computed !== true) return source.slice(property.start, property.end);
  return typeof property.value === 'string' ? stringText(property, source) : undefined;
}

const assigning = new Set(['=', '||=', '&&=', '??=']);

/**
 * What the place of a child says about the name of the function, class or literal that stands there. `inherited` is
 * what the parent's own place said: wrappers, conditionals and the like hand it on.
 */
export function bindingOf(parent: SyntaxNode, key: string, inherited: Binding, source: string): Binding {
  if (wrappers.has(parent.type)) return inherited;
  switch (parent.type) {
    case 'VariableDeclarator': {
      const id = childOf(parent, 'id');
      return key === 'init' && id?.type === 'Identifier' ? { kind: 'assigned', path: targetPath(id, source) } : none;
    }
    case 'AssignmentExpression':
    case 'AssignmentPattern': {
      const left = childOf(parent, 'left');
      if (key !== 'right' || !left || left.type.endsWith('Pattern')) return none;
      if (parent.type === 'AssignmentExpression' && !assigning.has(textOf(parent, 'operator') ?? '')) return none;
      return { kind: 'assigned', path: targetPath(left, source) };
    }
    case 'ConditionalExpression':
      return key === 'test' ? none : inherited;
    case 'LogicalExpression':
      return inherited;
    case 'Property':
    case 'PropertyDefinition':
    case 'AccessorProperty':
    case 'MethodDefinition': {
      if (key !== 'value') return none;
      const kind = textOf(parent, 'kind');
      const member = { kind: 'member', key: keyName(parent, source) } as const;
      return kind === 'get' || kind === 'set' ? { ...member, accessor: kind } : member;
    }
    case 'CallExpression':
    case 'NewExpression':
      return key === 'arguments' ? { kind: 'argument', callee: calleeName(parent, source) } : none;
    case 'ImportExpression':
      return { kind: 'argument', callee: undefined };
    case 'JSXAttribute': {
      const name = childOf(parent, 'name');
      return { kind: 'argument', callee: name && source.slice(name.start, name.end) };
    }
    case 'JSXExpressionContainer':
      return inherited;
    case 'ExportDefaultDeclaration':
      return { kind: 'default' };
    case 'TSExportAssignment':
      return { kind: 'assigned', path: ['module', 'exports'] };
    default:
      return none;
  }
}
