import type { FoundFunction } from '../naming/functions.ts';
import {
  childEntries,
  childOf,
  childrenOf,
  isClass,
  isFunction,
  type SyntaxNode,
  textOf,
  wrappers,
} from '../naming/syntax.ts';
import { flattened, type LiteralRange, lineFeedEscape, type Range } from './twin-flatten.ts';
import type { TwinRefusal } from './twin-refusals.ts';

/** A name as it is declared, with the place of one identifier that spells it. */
export interface DeclaredName {
  readonly kind: 'parameter' | 'var' | 'let' | 'const' | 'other';
  readonly start: number;
  readonly length: number;
  readonly scope: Scope;
}

export interface Scope {
  readonly parent: Scope | undefined;
  /** The function whose code it is in; nothing: the file's. */
  readonly owner: ScopedFunction | undefined;
  readonly names: Map<string, DeclaredName>;
}

/** A place for a gate: a statement that is in a list, or is the whole body of an `if` or a loop and gets a block. */
export interface GatePlace {
  readonly node: SyntaxNode;
  readonly scope: Scope;
  readonly needsBlock: boolean;
}

/** Where the names of a scope can first be read. */
export interface ReaderPlace {
  readonly scope: Scope;
  readonly offset: number;
  readonly isSwitch: boolean;
}

/** A function with what the text of its twin depends on. */
export interface ScopedFunction {
  readonly node: SyntaxNode;
  readonly found: FoundFunction | undefined;
  readonly parent: ScopedFunction | undefined;
  readonly isArrow: boolean;
  /** Of its parameters and `var` names. */
  scope: Scope;
  /** Names of the parameters, in their order. */
  readonly parameters: readonly DeclaredName[];
  readonly gates: GatePlace[];
  readonly readers: ReaderPlace[];
  readonly returns: { readonly node: SyntaxNode; readonly scope: Scope }[];
  /** Names of functions and modules around it that its text uses. */
  readonly closure: Map<string, DeclaredName>;
  usesThis: boolean;
  usesArguments: boolean;
  usesSuper: boolean;
  usesNewTarget: boolean;
  hasSimpleParameters: boolean;
  /** The identifier of a function expression that its own text uses. */
  ownName: DeclaredName | undefined;
  refusal: TwinRefusal | undefined;
}

export interface ScopedSource {
  /** By node. */
  readonly functions: ReadonlyMap<SyntaxNode, ScopedFunction>;
  /** Parts of literals over several lines, which can be written in one. */
  readonly literals: readonly LiteralRange[];
  /** Templates behind a tag that have such parts. */
  readonly tagged: readonly Range[];
  /** Literals over several lines, which cannot. */
  readonly kept: readonly Range[];
  /** Where the parser inserted a semicolon. */
  readonly semicolons: readonly number[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Reference {
  readonly name: string;
  readonly scope: Scope;
  readonly isWrite: boolean;
}

const ended = new Set([
  'ExpressionStatement',
  'VariableDeclaration',
  'ReturnStatement',
  'ThrowStatement',
  'BreakStatement',
  'ContinueStatement',
  'DebuggerStatement',
  'DoWhileStatement',
  'PropertyDefinition',
  'AccessorProperty',
]);
/** Statements before which nothing runs, or which must stay where they are. */
const withoutGate = new Set(['BlockStatement', 'FunctionDeclaration', 'EmptyStatement']);
const notCode = new Set([
  'typeAnnotation',
  'returnType',
  'typeParameters',
  'typeArguments',
  'superTypeParameters',
  'implements',
]);
/** In a statement whose one child is a statement, the fields that are. */
const bodies: Readonly<Record<string, readonly string[]>> = {
  IfStatement: ['consequent', 'alternate'],
  ForStatement: ['body'],
  ForInStatement: ['body'],
  ForOfStatement: ['body'],
  WhileStatement: ['body'],
  DoWhileStatement: ['body'],
};
const multiLine = /[\n\r\u2028\u2029]/;
/** Line ends that nobody writes, and that stay. */
const rareLineEnd = /[\u2028\u2029]/;

/** Finds the scopes of a source, what each of its functions uses, and where gates can stand in them. */
export function findScopes(program: SyntaxNode, source: string, found: readonly FoundFunction[]): ScopedSource {
  const foundOf = new Map(found.map((one) => [one.node, one]));
  const functions = new Map<SyntaxNode, Mutable<ScopedFunction>>();
  const references: Reference[] = [];
  const literals: LiteralRange[] = [];
  const tagged: Range[] = [];
  /** Behind `new`: a call there would be that of the constructor. */
  const behindNew = new Set<SyntaxNode>();
  const kept: Range[] = [];
  const semicolons: number[] = [];

  const inner = (parent: Scope, owner = parent.owner): Scope => ({ parent, owner, names: new Map() });
  const refuse = (fn: ScopedFunction | undefined, refusal: TwinRefusal): void => {
    for (let at = fn; at; at = at.parent) at.refusal ??= refusal;
  };
  const declare = (id: SyntaxNode, kind: DeclaredName['kind'], scope: Scope): DeclaredName | undefined => {
    const name = textOf(id, 'name');
    if (name === undefined) return undefined;
    const start = id.start;
    const isAsWritten = source.startsWith(name, start);
    // Escapes are part of the name, a type behind it is not.
    if (!isAsWritten && childOf(id, 'typeAnnotation')) refuse(scope.owner, 'syntax');
    const declared: DeclaredName = { kind, start, length: isAsWritten ? name.length : id.end - id.start, scope };
    // A parameter that `var` names again is still a parameter.
    if (kind !== 'var' || !scope.names.has(name)) scope.names.set(name, declared);
    return declared;
  };
  const functionScope = (scope: Scope): Scope => {
    let at = scope;
    while (at.parent && at.parent.owner === at.owner && at !== at.owner?.scope) at = at.parent;
    return at;
  };

  /** Declares the names of a pattern, and visits what is computed in it. */
  const bind = (
    pattern: SyntaxNode,
    kind: DeclaredName['kind'],
    scope: Scope,
    names: DeclaredName[] = [],
  ): DeclaredName[] => {
    switch (pattern.type) {
      case 'Identifier': {
        const declared = textOf(pattern, 'name') === 'this' ? undefined : declare(pattern, kind, scope);
        if (declared) names.push(declared);
        break;
      }
      case 'ObjectPattern':
        for (const property of childrenOf(pattern, 'properties')) {
          const key = childOf(property, 'key');
          if (key && (property.computed === true || key.type === 'Literal')) visit(key, scope);
          const value = childOf(property, 'value') ?? childOf(property, 'argument');
          if (value) bind(value, kind, scope, names);
        }
        break;
      case 'ArrayPattern':
        for (const element of childrenOf(pattern, 'elements')) bind(element, kind, scope, names);
        break;
      case 'RestElement': {
        const argument = childOf(pattern, 'argument');
        if (argument) bind(argument, kind, scope, names);
        break;
      }
      case 'AssignmentPattern': {
        const left = childOf(pattern, 'left');
        const right = childOf(pattern, 'right');
        if (left) bind(left, kind, scope, names);
        if (right) visit(right, scope);
        break;
      }
      default:
        refuse(scope.owner, 'syntax');
    }
    return names;
  };

  const refer = (id: SyntaxNode, scope: Scope, isWrite = false): void => {
    const name = textOf(id, 'name');
    if (name === undefined) return;
    references.push({ name, scope, isWrite });
    if (name === 'arguments') lexical(scope.owner, 'usesArguments');
  };
  /** What an arrow function uses of the function around it, that one uses. */
  const lexical = (
    fn: ScopedFunction | undefined,
    use: 'usesThis' | 'usesArguments' | 'usesSuper' | 'usesNewTarget',
  ): void => {
    for (let at = fn; at; at = at.isArrow ? at.parent : undefined) at[use] = true;
  };

  const writes = (target: SyntaxNode | undefined, scope: Scope): void => {
    if (!target) return;
    if (target.type === 'Identifier') refer(target, scope, true);
    else if (target.type === 'MemberExpression') return;
    else if (target.type === 'AssignmentPattern' || wrappers.has(target.type)) {
      writes(childOf(target, 'left') ?? childOf(target, 'expression'), scope);
    } else {
      for (const part of [...childrenOf(target, 'elements'), ...childrenOf(target, 'properties')]) {
        writes(childOf(part, 'value') ?? childOf(part, 'argument') ?? part, scope);
      }
    }
  };

  const visitAll = (node: SyntaxNode, scope: Scope): void => {
    for (const [key, child] of childEntries(node)) if (!notCode.has(key)) visit(child, scope);
  };

  const visitKeyed = (node: SyntaxNode, scope: Scope, valueScope = scope): void => {
    for (const decorator of childrenOf(node, 'decorators')) {
      refuse(scope.owner, 'syntax');
      visit(decorator, scope);
    }
    const key = childOf(node, 'key');
    const value = childOf(node, 'value');
    if (key && (node.computed === true || key.type === 'Literal')) visit(key, scope);
    if (value) visit(value, valueScope);
  };

  const endOf = (node: SyntaxNode): void => {
    if (source[node.end - 1] !== ';') semicolons.push(node.end);
  };

  const visitStatements = (statements: readonly SyntaxNode[], scope: Scope): void => {
    for (const statement of statements) visitStatement(statement, scope, false);
  };

  /** A statement where a gate can stand; with `needsBlock` after a block was put around it. */
  const visitStatement = (node: SyntaxNode, scope: Scope, needsBlock: boolean): void => {
    const isType = node.type.startsWith('TS');
    if (!withoutGate.has(node.type) && textOf(node, 'directive') === undefined && !isType) {
      scope.owner?.gates.push({ node, scope, needsBlock });
    }
    visit(node, scope);
  };

  /** The body of an `if` or a loop; `scope` has the names of a loop's head. */
  const visitBody = (body: SyntaxNode, scope: Scope, hasNames: boolean): void => {
    if (body.type === 'BlockStatement') {
      visitBlock(body, scope, hasNames ? scope : undefined);
      return;
    }
    if (body.type === 'FunctionDeclaration' || body.type === 'EmptyStatement') {
      visit(body, scope);
      return;
    }
    if (hasNames) scope.owner?.readers.push({ scope, offset: body.start, isSwitch: false });
    visitStatement(body, scope, true);
  };

  /** `outside`: a scope whose names can first be read in this block. */
  const visitBlock = (block: SyntaxNode, parent: Scope, outside?: Scope): void => {
    const scope = inner(parent);
    const offset = block.start + 1;
    if (outside) scope.owner?.readers.push({ scope: outside, offset, isSwitch: false });
    scope.owner?.readers.push({ scope, offset, isSwitch: false });
    visitStatements(childrenOf(block, 'body'), scope);
  };

  const visitLoop = (node: SyntaxNode, outer: Scope): void => {
    const scope = inner(outer);
    for (const key of ['init', 'left', 'right', 'test', 'update'] as const) {
      const part = childOf(node, key);
      if (!part) continue;
      if (part.type === 'VariableDeclaration') visitVariables(part, scope);
      else visit(part, scope);
      if (key === 'left') writes(part, scope);
    }
    const body = childOf(node, 'body');
    if (body) visitBody(body, scope, scope.names.size > 0);
  };

  const visitVariables = (node: SyntaxNode, scope: Scope): void => {
    const kind = textOf(node, 'kind');
    for (const declarator of childrenOf(node, 'declarations')) {
      const id = childOf(declarator, 'id');
      const init = childOf(declarator, 'init');
      if (id && kind === 'var') bind(id, 'var', functionScope(scope));
      else if (id) bind(id, kind === 'let' ? 'let' : 'const', scope);
      if (init) visit(init, scope);
    }
  };

  const visitFunction = (node: SyntaxNode, outer: Scope): void => {
    const isArrow = node.type === 'ArrowFunctionExpression';
    const id = childOf(node, 'id');
    let around = outer;
    if (id && node.type === 'FunctionDeclaration') declare(id, 'other', outer);
    const body = childOf(node, 'body');
    if (!body) return;
    const parameters: DeclaredName[] = [];
    const fn: Mutable<ScopedFunction> = {
      node,
      found: foundOf.get(node),
      parent: outer.owner,
      isArrow,
      scope: outer,
      parameters,
      gates: [],
      readers: [],
      returns: [],
      closure: new Map(),
      usesThis: false,
      usesArguments: false,
      usesSuper: false,
      usesNewTarget: false,
      hasSimpleParameters: true,
      ownName: undefined,
      refusal: undefined,
    };
    if (id && node.type === 'FunctionExpression') {
      around = inner(outer);
      declare(id, 'other', around);
    }
    fn.scope = inner(around, fn);
    functions.set(node, fn);
    const before = references.length;
    for (const parameter of childrenOf(node, 'params')) {
      if (parameter.type !== 'Identifier') fn.hasSimpleParameters = false;
      if (childrenOf(parameter, 'decorators').length > 0) refuse(fn, 'syntax');
      bind(parameter, 'parameter', fn.scope, parameters);
    }
    const names = new Set(fn.scope.names.keys());
    if (names.size < parameters.length) fn.refusal ??= 'parameters';
    // What runs later of the parameters would see those of the original, not those of its twin.
    const late = references.slice(before).some(({ name, scope }) => scope.owner !== fn && names.has(name));
    if (late) fn.refusal ??= 'parameters';
    if (body.type === 'BlockStatement') {
      const scope = inner(fn.scope);
      const directives = childrenOf(body, 'body').findLast((statement) => textOf(statement, 'directive') !== undefined);
      fn.readers.push({ scope, offset: directives?.end ?? body.start + 1, isSwitch: false });
      visitStatements(childrenOf(body, 'body'), scope);
    } else visit(body, fn.scope);
    if (fn.scope.names.has('arguments') || names.has('eval')) refuse(fn, 'arguments');
  };

  const visitClass = (node: SyntaxNode, outer: Scope): void => {
    const id = childOf(node, 'id');
    if (id && node.type === 'ClassDeclaration') declare(id, 'other', outer);
    const scope = inner(outer);
    if (id) declare(id, 'other', scope);
    for (const decorator of childrenOf(node, 'decorators')) {
      refuse(outer.owner, 'syntax');
      visit(decorator, outer);
    }
    const superClass = childOf(node, 'superClass');
    if (superClass) visit(superClass, scope);
    // Values of fields and static blocks run as functions of their own.
    const fields: ScopedFunction = {
      node,
      found: undefined,
      parent: outer.owner,
      isArrow: false,
      scope,
      parameters: [],
      gates: [],
      readers: [],
      returns: [],
      closure: new Map(),
      usesThis: false,
      usesArguments: false,
      usesSuper: false,
      usesNewTarget: false,
      hasSimpleParameters: true,
      ownName: undefined,
      refusal: undefined,
    };
    const fieldScope = inner(scope, fields);
    fields.scope = fieldScope;
    for (const member of childrenOf(childOf(node, 'body') ?? node, 'body')) {
      if (ended.has(member.type)) endOf(member);
      if (member.type === 'StaticBlock') {
        const block = inner(fieldScope);
        for (const statement of childrenOf(member, 'body')) visit(statement, block);
      } else visitKeyed(member, scope, member.type === 'MethodDefinition' ? scope : fieldScope);
      // It has no `this` before `super()`, also where its text has none.
      const method = superClass && textOf(member, 'kind') === 'constructor' ? childOf(member, 'value') : undefined;
      const ofMethod = method && functions.get(method);
      if (ofMethod) ofMethod.usesSuper = true;
    }
  };

  const visitTemplate = (node: SyntaxNode, scope: Scope): void => {
    for (const { start, end } of childrenOf(node, 'quasis')) {
      const text = source.slice(start, end);
      if (multiLine.test(text)) writeInOne({ start, end }, !rareLineEnd.test(text), scope);
    }
    for (const expression of childrenOf(node, 'expressions')) visit(expression, scope);
  };

  const writeInOne = (range: Range, canBe: boolean, scope: Scope): void => {
    if (canBe) literals.push({ ...range, lineEnd: flattened.escape });
    else {
      kept.push(range);
      refuse(scope.owner, 'literal');
    }
  };

  /** The tag sees the texts as they are written: it is called with them. */
  const visitTagged = (node: SyntaxNode, scope: Scope): void => {
    const tag = childOf(node, 'tag');
    const template = childOf(node, 'quasi');
    if (tag) visit(tag, scope);
    if (!template) return;
    const ranges = childrenOf(template, 'quasis').filter(({ start, end }) => multiLine.test(source.slice(start, end)));
    const canBe =
      !behindNew.has(node) &&
      textOf(tag ?? node, 'name') !== 'eval' &&
      childrenOf(template, 'quasis').every(({ start, end }) => {
        const text = source.slice(start, end);
        return !text.includes(lineFeedEscape) && !/[\u2028\u2029]|\\[\n\r]/.test(text);
      });
    if (ranges.length > 0 && canBe) {
      tagged.push({ start: template.start, end: template.end });
      for (const { start, end } of ranges) literals.push({ start, end, lineEnd: flattened.lineFeed });
    } else if (ranges.length > 0) {
      for (const { start, end } of ranges) kept.push({ start, end });
      refuse(scope.owner, 'literal');
    }
    for (const expression of childrenOf(template, 'expressions')) visit(expression, scope);
  };

  const visit = (node: SyntaxNode, scope: Scope): void => {
    if (isFunction(node)) visitFunction(node, scope);
    else if (isClass(node)) visitClass(node, scope);
    else visitOther(node, scope);
  };

  const visitOther = (node: SyntaxNode, scope: Scope): void => {
    const { type } = node;
    if (type.startsWith('JSX')) refuse(scope.owner, 'syntax');
    if (type.startsWith('TS') && !wrappers.has(type)) {
      // Types are no code; namespaces, enums and the like are, after another step.
      if (/^TS(?:Module|Enum|Import|Export|Parameter)/.test(type)) refuse(scope.owner, 'syntax');
      if (type === 'TSModuleDeclaration' || type === 'TSModuleBlock') visitAll(node, inner(scope));
      return;
    }
    const bodyKeys = bodies[type];
    switch (type) {
      case 'Identifier':
        refer(node, scope);
        return;
      case 'ThisExpression':
        lexical(scope.owner, 'usesThis');
        return;
      case 'Super':
        lexical(scope.owner, 'usesSuper');
        return;
      case 'MetaProperty':
        if (textOf(childOf(node, 'meta') ?? node, 'name') === 'new') lexical(scope.owner, 'usesNewTarget');
        return;
      case 'MemberExpression': {
        const object = childOf(node, 'object');
        const property = childOf(node, 'property');
        if (object) visit(object, scope);
        if (property && node.computed === true) visit(property, scope);
        else if (property && textOf(property, 'name') === 'callee') refuse(scope.owner, 'callee');
        return;
      }
      case 'Property':
      case 'PropertyDefinition':
        visitKeyed(node, scope);
        return;
      case 'Literal':
        if (typeof node.value === 'string' && multiLine.test(source.slice(node.start, node.end))) {
          // Continued, it is no directive.
          const canBe = node.value !== 'use strict' && !rareLineEnd.test(source.slice(node.start, node.end));
          writeInOne({ start: node.start, end: node.end }, canBe, scope);
        }
        return;
      case 'TemplateLiteral':
        visitTemplate(node, scope);
        return;
      case 'TaggedTemplateExpression':
        visitTagged(node, scope);
        return;
      case 'NewExpression': {
        let at = childOf(node, 'callee');
        while (at) {
          behindNew.add(at);
          at = childOf(at, 'object') ?? childOf(at, 'tag') ?? childOf(at, 'expression');
        }
        visitAll(node, scope);
        return;
      }
      case 'CallExpression':
        if (textOf(childOf(node, 'callee') ?? node, 'name') === 'eval') refuse(scope.owner, 'eval');
        visitAll(node, scope);
        return;
      case 'AssignmentExpression':
        writes(childOf(node, 'left'), scope);
        visitAll(node, scope);
        return;
      case 'UpdateExpression':
        writes(childOf(node, 'argument'), scope);
        visitAll(node, scope);
        return;
      case 'BlockStatement':
        visitBlock(node, scope);
        return;
      case 'LabeledStatement': {
        const body = childOf(node, 'body');
        if (body) visit(body, scope);
        return;
      }
      case 'BreakStatement':
      case 'ContinueStatement':
        endOf(node);
        return;
      case 'VariableDeclaration':
        visitVariables(node, scope);
        endOf(node);
        return;
      case 'SwitchStatement':
        visitSwitch(node, scope);
        return;
      case 'TryStatement':
        visitTry(node, scope);
        return;
      case 'ReturnStatement': {
        scope.owner?.returns.push({ node, scope });
        const argument = childOf(node, 'argument');
        if (argument) visit(argument, scope);
        endOf(node);
        return;
      }
      case 'IfStatement': {
        const test = childOf(node, 'test');
        if (test) visit(test, scope);
        for (const key of bodyKeys ?? []) {
          const body = childOf(node, key);
          if (body) visitBody(body, scope, false);
        }
        return;
      }
      case 'WithStatement':
        refuse(scope.owner, 'with');
        visitAll(node, scope);
        return;
      case 'ImportDeclaration':
        for (const specifier of childrenOf(node, 'specifiers')) {
          const local = childOf(specifier, 'local');
          if (local) declare(local, 'const', scope);
        }
        return;
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration': {
        const declaration = childOf(node, 'declaration');
        if (declaration) visit(declaration, scope);
        return;
      }
      case 'ExportAllDeclaration':
        return;
      case 'BinaryExpression':
        visitBinary(node, scope);
        return;
    }
    if (bodyKeys) visitLoop(node, scope);
    else visitAll(node, scope);
    if (ended.has(type)) endOf(node);
  };

  /** Sums of ten thousand terms lean to the left: their depth must not be the stack's. */
  const visitBinary = (node: SyntaxNode, scope: Scope): void => {
    const rights: SyntaxNode[] = [];
    let left: SyntaxNode | undefined = node;
    while (left?.type === 'BinaryExpression') {
      const right = childOf(left, 'right');
      if (right) rights.push(right);
      left = childOf(left, 'left');
    }
    if (left) visit(left, scope);
    for (const right of rights.reverse()) visit(right, scope);
  };

  const visitSwitch = (node: SyntaxNode, outer: Scope): void => {
    const discriminant = childOf(node, 'discriminant');
    if (discriminant) visit(discriminant, outer);
    const scope = inner(outer);
    const cases = childrenOf(node, 'cases');
    const first = cases.map((one) => childrenOf(one, 'consequent')[0]).find((statement) => statement);
    if (first) scope.owner?.readers.push({ scope, offset: first.start, isSwitch: true });
    for (const one of cases) {
      const test = childOf(one, 'test');
      if (test) visit(test, scope);
      visitStatements(childrenOf(one, 'consequent'), scope);
    }
  };

  const visitTry = (node: SyntaxNode, scope: Scope): void => {
    const block = childOf(node, 'block');
    const handler = childOf(node, 'handler');
    const finalizer = childOf(node, 'finalizer');
    if (block) visitBlock(block, scope);
    if (handler) {
      const caught = inner(scope);
      const parameter = childOf(handler, 'param');
      if (parameter) bind(parameter, 'let', caught);
      const body = childOf(handler, 'body');
      if (body) visitBlock(body, caught, parameter ? caught : undefined);
    }
    if (finalizer) visitBlock(finalizer, scope);
  };

  const top: Scope = { parent: undefined, owner: undefined, names: new Map() };
  visitStatements(childrenOf(program, 'body'), top);
  resolve(references);
  const byStart = (a: Range, b: Range) => a.start - b.start;
  return {
    functions,
    literals: literals.sort(byStart),
    tagged: tagged.sort(byStart),
    kept: kept.sort(byStart),
    semicolons: semicolons.sort((a, b) => a - b),
  };
}

/** Finds whose names are used where: a name of a scope around a function is one of its closure's. */
function resolve(references: readonly Reference[]): void {
  for (const { name, scope, isWrite } of references) {
    let at: Scope | undefined = scope;
    while (at && !at.names.has(name)) at = at.parent;
    const declared = at?.names.get(name);
    if (!at || !declared) continue;
    for (let fn = scope.owner; fn && fn !== at.owner; fn = fn.parent) {
      if (isOwnName(at, fn)) {
        fn.ownName = declared;
        if (isWrite) fn.refusal ??= 'ownName';
      } else if (declared.kind !== 'other') fn.closure.set(name, declared);
    }
  }
}

/** Whether a scope holds nothing but the name of a function expression. */
function isOwnName(scope: Scope, fn: ScopedFunction): boolean {
  return fn.node.type === 'FunctionExpression' && fn.scope.parent === scope && childOf(fn.node, 'id') !== undefined;
}
