import { type Binding, FunctionNames } from '@runlens/protocol/naming/names';
import { bindingOf, identifierText } from './bindings.ts';
import {
  childEntries,
  childOf,
  childrenOf,
  isClass,
  isFunction,
  type SyntaxNode,
  skipTrivia,
  textOf,
} from './syntax.ts';

/** A function with a body, as it stands in one source text. */
export interface FoundFunction {
  /** Qualified name, by the rules of `protocol/naming`. */
  readonly name: string;
  /** Offset of the first token: `async`, `function`, an arrow's parameter, a method's first modifier or key. */
  readonly start: number;
  readonly end: number;
  readonly node: SyntaxNode;
  readonly body: SyntaxNode;
  /** The property, class member or nothing that this function is the value of. */
  readonly member: SyntaxNode | undefined;
  /** How many functions are around it. */
  readonly depth: number;
  /** Its own `return` statements, not those of functions inside. */
  readonly returns: readonly SyntaxNode[];
  /** A `with` statement is around it, so that every name in it is looked up in an object first. */
  readonly insideWith: boolean;
  /** Its own body has a `with` statement. */
  readonly hasWith: boolean;
  /** Its own body calls `eval` by that name. */
  readonly hasDirectEval: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Place {
  readonly binding: Binding;
  readonly owner: (Omit<Mutable<FoundFunction>, 'returns'> & { returns: SyntaxNode[] }) | undefined;
  readonly member: SyntaxNode | undefined;
  readonly insideWith: boolean;
}

const none: Binding = { kind: 'none' };
const members = new Set(['Property', 'PropertyDefinition', 'AccessorProperty', 'MethodDefinition']);

/**
 * Every function with a body in a tree, in source order. Throws a `RangeError` for a tree that is nested deeper than
 * the stack.
 */
export function findFunctions(program: SyntaxNode, source: string): readonly FoundFunction[] {
  const names = new FunctionNames();
  const found: FoundFunction[] = [];

  const visit = (node: SyntaxNode, place: Place): void => {
    if (isFunction(node)) visitFunction(node, place);
    else if (isClass(node)) visitClass(node, place);
    else if (node.type === 'ObjectExpression') inScope(node, place, place.binding);
    else if (node.type === 'TSModuleDeclaration') inScope(node, place, declared(node, source) ?? none);
    else if (node.type === 'BinaryExpression') visitBinary(node, place);
    else if (node.type === 'WithStatement') {
      if (place.owner) place.owner.hasWith = true;
      visitChildren(node, { ...place, insideWith: true });
    } else {
      if (node.type === 'ReturnStatement') place.owner?.returns.push(node);
      if (node.type === 'CallExpression' && place.owner && isDirectEval(node)) place.owner.hasDirectEval = true;
      visitChildren(node, place);
    }
  };

  const visitChildren = (node: SyntaxNode, place: Place): void => {
    for (const [key, child] of childEntries(node)) visitChild(node, key, child, place);
  };

  const visitChild = (node: SyntaxNode, key: string, child: SyntaxNode, place: Place): void => {
    if (key === 'key' && node.computed !== true) return;
    const binding = bindingOf(node, key, place.binding, source);
    const member = key === 'value' && members.has(node.type) ? node : undefined;
    // Nearly always the same as around it.
    const isSame = binding === place.binding && member === place.member;
    visit(child, isSame ? place : { binding, owner: place.owner, member, insideWith: place.insideWith });
  };

  const inScope = (node: SyntaxNode, place: Place, binding: Binding): void => {
    names.enterObject(binding);
    visitChildren(node, { ...place, binding: none });
    names.leave();
  };

  /** Sums of ten thousand terms lean to the left: their depth must not be the stack's. */
  const visitBinary = (node: SyntaxNode, place: Place): void => {
    const rights: SyntaxNode[] = [];
    let left: SyntaxNode | undefined = node;
    while (left?.type === 'BinaryExpression') {
      const right = childOf(left, 'right');
      if (right) rights.push(right);
      left = childOf(left, 'left');
    }
    const inner = { ...place, binding: none, member: undefined };
    if (left) visit(left, inner);
    for (const right of rights.reverse()) visit(right, inner);
  };

  const visitClass = (node: SyntaxNode, place: Place): void => {
    const outside = { ...place, binding: none, member: undefined };
    for (const [key, child] of childEntries(node)) {
      if (key === 'id') continue;
      if (key !== 'body') {
        visit(child, outside);
        continue;
      }
      names.enterClass(declared(node, source) ?? place.binding);
      visitChildren(child, outside);
      names.leave();
    }
  };

  const visitFunction = (node: SyntaxNode, place: Place): void => {
    const body = childOf(node, 'body');
    if (!body || body.type === 'TSEmptyBodyFunctionExpression') return;
    const isMethod =
      place.member !== undefined &&
      (place.member.type === 'MethodDefinition' ||
        place.member.method === true ||
        textOf(place.member, 'kind') === 'get' ||
        textOf(place.member, 'kind') === 'set');
    const owner = {
      name: names.enterFunction(declared(node, source) ?? place.binding),
      start: isMethod && place.member ? memberStart(place.member, source) : node.start,
      end: node.end,
      node,
      body,
      member: isMethod ? place.member : undefined,
      depth: place.owner ? place.owner.depth + 1 : 0,
      returns: [],
      insideWith: place.insideWith,
      hasWith: false,
      hasDirectEval: false,
    };
    found.push(owner);
    visitChildren(node, { binding: none, owner, member: undefined, insideWith: place.insideWith });
    names.leave();
  };

  visit(program, { binding: none, owner: undefined, member: undefined, insideWith: false });
  return found;
}

function declared(node: SyntaxNode, source: string): Binding | undefined {
  const id = childOf(node, 'id');
  return id && { kind: 'declared', name: identifierText(id, source) };
}

/** The first token of a member after its decorators. */
function memberStart(member: SyntaxNode, source: string): number {
  const decorator = childrenOf(member, 'decorators').at(-1);
  return decorator ? skipTrivia(source, decorator.end) : member.start;
}

function isDirectEval(call: SyntaxNode): boolean {
  const callee = childOf(call, 'callee');
  return callee?.type === 'Identifier' && textOf(callee, 'name') === 'eval';
}
