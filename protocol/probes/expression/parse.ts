/**
 * Reads the text of a probe's condition or expression. The language is that of a debugger's conditions as far as it is
 * free of side effects; anything else is refused here, when the probe is placed, with the place and what to write
 * instead. The collector, the language server and the sensor all read by this, and the sensor trusts no other's tree.
 */
import type { Expression as Estree, Node, PrivateIdentifier, SpreadElement, Super } from 'acorn';
import { parseExpressionAt, tokenizer } from 'acorn';
import { probeLimits } from '../limits.ts';
import { methodsOfArrows, pureFunctions, pureMethodNames } from './pure-calls.ts';
import { binaryOperators, type Expression, unaryOperators } from './tree.ts';

/** Why a text is refused; `at` and `end` are offsets into it (UTF-16). */
export interface Refusal {
  readonly at: number;
  readonly end: number;
  /** A sentence: what is wrong, and what to write instead. */
  readonly problem: string;
}

export type ParsedExpression =
  | { readonly ok: true; readonly expression: Expression; readonly names: readonly string[] }
  | { readonly ok: false; readonly refusal: Refusal };

const deepest = 64;
const mostNodes = 512;
const tooDeep = 'This is nested too deeply: write a simpler expression.';

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(node: { start: number; end: number }, problem: string) {
    super(problem);
    this.refusal = { at: node.start, end: node.end, problem };
  }
}

/** `names`: the variables that it reads, in order of appearance, `this` among them. */
export function parseExpression(text: string): ParsedExpression {
  const whole = { start: 0, end: text.length };
  try {
    if (text.length > probeLimits.expression) {
      throw new Refused(
        whole,
        `An expression has at most ${probeLimits.expression} characters: compare less, or fewer things.`,
      );
    }
    if (text.trim() === '')
      throw new Refused(whole, 'The expression is empty: write something like response.status === 500.');
    refuseDepth(text);
    const reader = new Reader();
    const expression = reader.read(parseWhole(text), 0);
    return { ok: true, expression, names: [...reader.names] };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal };
    if (isOutOfStack(error)) return { ok: false, refusal: { at: 0, end: text.length, problem: tooDeep } };
    throw error;
  }
}

/** acorn recurses: what is nested deeper than its stack bears is refused before it is parsed. */
function refuseDepth(text: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if ('([{'.includes(character)) depth += 1;
    if (')]}'.includes(character)) depth -= 1;
    if (depth > deepest) throw new Refused({ start: at, end: at + 1 }, tooDeep);
  }
}

/** Brackets are not all that nests (`!!!!a`): V8 says so by a RangeError, which acorn turns into a SyntaxError of this text. */
const isOutOfStack = (error: unknown): boolean =>
  error instanceof RangeError || (error instanceof SyntaxError && error.message.includes('stack space'));

const options = {
  ecmaVersion: 'latest',
  sourceType: 'module',
  preserveParens: true,
  allowAwaitOutsideFunction: true,
} as const;

function parseWhole(text: string): Estree {
  try {
    const node = parseExpressionAt(text, 0, options);
    const rest = tokenizer(text.slice(node.end), options).getToken();
    if (rest.type.label === 'eof') return node;
    const at = { start: node.end + rest.start, end: text.length };
    if (rest.type.label === ';') throw new Refused(at, 'One expression without ";" is enough: statements are not run.');
    if (rest.type.label === ',') throw new Refused(at, 'Only one value can be given: join conditions by && or ||.');
    throw new Refused(at, 'Here the expression has ended: remove what follows, or join it by an operator.');
  } catch (error) {
    if (!(error instanceof SyntaxError) || isOutOfStack(error)) throw error;
    const pos = Reflect.get(error, 'pos');
    const at = typeof pos === 'number' ? Math.min(pos, text.length) : text.length;
    if (text[at] === '#' || text[at - 1] === '#') {
      throw new Refused({ start: at, end: text.length }, instead.PrivateIdentifier ?? '');
    }
    const message = error.message.replace(/ \(\d+:\d+\)$/, '');
    throw new Refused(
      { start: at, end: Math.min(at + 1, text.length) },
      `This is not a JavaScript expression: ${message}.`,
    );
  }
}

type AnyNode = Estree | PrivateIdentifier | SpreadElement | Super;

/** What each refused form should be instead. */
const instead: Readonly<Record<string, string>> = {
  AssignmentExpression: 'An expression must not change anything: to compare, write === instead of =.',
  UpdateExpression: 'An expression must not change anything: write x + 1 instead of x++.',
  AwaitExpression: 'An expression cannot wait: read a value that is there already.',
  YieldExpression: 'An expression cannot yield.',
  NewExpression: 'An expression must not construct anything: compare with values that are there.',
  FunctionExpression:
    'Functions are not called by an expression: write an arrow with one value, as in items.some(x => x.id === 5).',
  ClassExpression: 'An expression must not define classes.',
  TaggedTemplateExpression: 'A tag is a call: write the template without it.',
  SequenceExpression: 'Only one value can be given: join conditions by && or ||.',
  ImportExpression: 'An expression must not load anything.',
  MetaProperty: 'import.meta and new.target cannot be read.',
  ObjectExpression: 'Objects are not made by an expression: compare their properties one by one.',
  SpreadElement: 'Spreading runs iterators of the program: name the elements.',
  PrivateIdentifier: 'A private field can only be read by the class itself: capture a snapshot of "this" instead.',
  Super: 'super cannot be read: use this.',
};

class Reader {
  readonly names = new Set<string>();
  #nodes = 0;
  readonly #parameters: string[] = [];

  read(node: AnyNode, depth: number): Expression {
    this.#nodes += 1;
    if (this.#nodes > mostNodes || depth > deepest)
      throw new Refused(node, 'This is too long: write a simpler expression.');
    const next = (child: AnyNode) => this.read(child, depth + 1);
    switch (node.type) {
      case 'Literal':
        return this.#literal(node);
      case 'Identifier':
        return this.#name(node.name);
      case 'ThisExpression':
        return this.#variable('this');
      case 'ParenthesizedExpression':
        return next(node.expression);
      case 'ChainExpression':
        return { is: 'chain', of: next(node.expression) };
      case 'MemberExpression': {
        const key: Expression =
          node.computed || node.property.type !== 'Identifier'
            ? next(node.property)
            : { is: 'value', value: node.property.name };
        return { is: 'member', of: next(node.object), key, optional: node.optional };
      }
      case 'UnaryExpression': {
        if (node.operator === 'delete')
          throw new Refused(node, 'An expression must not change anything: delete is not run.');
        const operator = unaryOperators.find((known) => known === node.operator);
        if (!operator) throw new Refused(node, `The operator ${node.operator} is not known here.`);
        return { is: 'unary', operator, of: next(node.argument) };
      }
      case 'BinaryExpression': {
        if (node.left.type === 'PrivateIdentifier') throw refusedForm(node.left);
        const operator = binaryOperators.find((known) => known === node.operator);
        if (!operator) throw new Refused(node, `The operator ${node.operator} is not known here: multiply instead.`);
        return { is: 'binary', operator, left: next(node.left), right: next(node.right) };
      }
      case 'LogicalExpression':
        return { is: 'logical', operator: node.operator, left: next(node.left), right: next(node.right) };
      case 'ConditionalExpression':
        return { is: 'if', test: next(node.test), yes: next(node.consequent), no: next(node.alternate) };
      case 'TemplateLiteral':
        return {
          is: 'template',
          texts: node.quasis.map((quasi) => quasi.value.cooked ?? ''),
          values: node.expressions.map(next),
        };
      case 'ArrayExpression':
        return {
          is: 'list',
          elements: node.elements.map((element) => (element ? next(element) : { is: 'value', value: undefined })),
        };
      case 'CallExpression':
        return this.#call(node.callee, node.arguments, node.optional, depth);
      case 'ArrowFunctionExpression':
        throw new Refused(node, 'An arrow can only be an argument, as in items.some(x => x.id === 5).');
      default:
        throw refusedForm(node);
    }
  }

  #literal(node: Extract<Estree, { type: 'Literal' }>): Expression {
    if (node.regex) {
      throw new Refused(node, 'Regular expressions can take for ever: use startsWith, endsWith or includes.');
    }
    if (typeof node.bigint === 'string') return { is: 'value', value: BigInt(node.bigint) };
    const { value } = node;
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return { is: 'value', value };
    }
    throw new Refused(node, 'This literal cannot be compared.');
  }

  #name(name: string): Expression {
    const index = this.#parameters.lastIndexOf(name);
    return index === -1 ? this.#variable(name) : { is: 'parameter', index };
  }

  #variable(name: string): Expression {
    this.names.add(name);
    return { is: 'name', name };
  }

  #call(
    callee: Estree | Super,
    given: readonly (Estree | SpreadElement)[],
    optional: boolean,
    depth: number,
  ): Expression {
    if (callee.type === 'ParenthesizedExpression') return this.#call(callee.expression, given, optional, depth);
    const global = nameOfCallee(callee);
    const shadowed = global !== undefined && this.#parameters.includes(global.split('.')[0] ?? '');
    const most = global === undefined || shadowed ? undefined : own(pureFunctions, global);
    if (global !== undefined && most !== undefined) {
      refuseMany(callee, given, global, most);
      return { is: 'call', name: global, arguments: given.map((argument) => this.read(argument, depth + 1)) };
    }
    if (callee.type !== 'MemberExpression') {
      const called = callee.type === 'Identifier' ? `${callee.name}()` : 'This';
      throw new Refused(
        callee,
        `${called} is a call of the program, which an expression never makes: compare values instead.`,
      );
    }
    if (optional) throw new Refused(callee, 'Write x?.method() instead of x.method?.().');
    if (callee.computed || callee.property.type !== 'Identifier') {
      throw new Refused(callee, 'A method must be called by its name.');
    }
    const { name } = callee.property;
    if (!pureMethodNames.has(name)) {
      throw new Refused(
        callee.property,
        `.${name}() is not among the calls that are free of side effects: ${[...pureMethodNames].toSorted().join(', ')}.`,
      );
    }
    const of = this.read(callee.object, depth + 1);
    if (given.length > 2) throw new Refused(callee, `.${name}() takes at most two arguments here.`);
    const parts = given.map((argument, position) =>
      argument.type === 'ArrowFunctionExpression' && position === 0 && methodsOfArrows.has(name)
        ? this.#arrow(argument, depth + 1)
        : this.read(argument, depth + 1),
    );
    if (methodsOfArrows.has(name) && parts[0]?.is !== 'arrow') {
      throw new Refused(callee, `.${name}() takes an arrow here, as in items.${name}(x => x.id === 5).`);
    }
    return { is: 'method', of, name, arguments: parts, optional: callee.optional };
  }

  #arrow(node: Extract<Estree, { type: 'ArrowFunctionExpression' }>, depth: number): Expression {
    if (node.async) throw new Refused(node, 'An arrow here cannot be async.');
    const { body } = node;
    if (body.type === 'BlockStatement') throw new Refused(body, 'An arrow here is one expression, without braces.');
    const first = this.#parameters.length;
    for (const parameter of node.params) {
      if (parameter.type !== 'Identifier') throw new Refused(parameter, 'Write a plain name as the parameter.');
      this.#parameters.push(parameter.name);
    }
    if (node.params.length > 2) throw new Refused(node, 'An arrow here has at most two parameters: element and index.');
    const read = this.read(body, depth + 1);
    this.#parameters.length = first;
    return { is: 'arrow', first, parameters: node.params.length, body: read };
  }
}

function refusedForm(node: Node): Refused {
  return new Refused(node, instead[node.type] ?? `${node.type} is not read here: compare values instead.`);
}

function refuseMany(at: Node, given: readonly unknown[], name: string, most: number): void {
  if (given.length > most) throw new Refused(at, `${name} takes at most ${most} arguments here.`);
}

/** `name` or `Name.member`; undefined for anything else. */
function nameOfCallee(callee: Estree | Super): string | undefined {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type !== 'MemberExpression' || callee.computed || callee.optional) return undefined;
  if (callee.object.type !== 'Identifier' || callee.property.type !== 'Identifier') return undefined;
  return `${callee.object.name}.${callee.property.name}`;
}

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;
