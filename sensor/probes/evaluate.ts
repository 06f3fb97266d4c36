/**
 * Makes a function of an expression's tree, that reads and never writes: closures over the tree, so nothing of the
 * user's text is ever given to the engine. Its cost is bounded by the tree's size and by `mostSteps`.
 * `npm run bench -- probes` has what an evaluation costs.
 */
import { constants, methodsOfArrows } from '@runlens/protocol/probes/expression/pure-calls';
import type { BinaryOperator, Expression } from '@runlens/protocol/probes/expression/tree';
import { hasProperty, isInstance, isObject, isTrueArray, ReadFailure, readProperty } from './data-properties.ts';
import {
  callFunction,
  callMethod,
  elementOf,
  isPrimitive,
  lengthOf,
  madeText,
  mostSteps,
  primitive,
  textOf,
} from './pure-methods.ts';

/** Reads one variable of a frame. May throw: a name before its declaration. */
export type ReadName<Frame> = (frame: Frame) => unknown;

/** What a place offers: undefined for a name that is not in scope there. */
export type Scope<Frame> = (name: string) => ReadName<Frame> | undefined;

/** `false` in `ok`: why there is no value. */
export type Evaluated =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

export type Compiled<Frame> =
  | { readonly ok: true; readonly evaluate: (frame: Frame) => unknown }
  | { readonly ok: false; readonly missing: string };

type Step<Frame> = (frame: Frame) => unknown;

const endOfChain = new ReadFailure('a chain has ended');
const secretKey = new ReadFailure('A property of that name may be secret.');
const overSteps = new ReadFailure('The expression takes too many steps: look through fewer elements.');

/** Of the evaluation at hand; one thread, and nothing of the program's is called between. */
let steps = 0;
const parameters: unknown[] = [];

/**
 * `missing`: the first name that is not in scope. `evaluate` throws a `ReadFailure`, or what a frame's reader throws.
 * `isSecret`: a property that is named by a value must not have such a name; names that are written are judged before.
 */
export function compile<Frame>(
  expression: Expression,
  scope: Scope<Frame>,
  isSecret: (name: string) => boolean = () => false,
): Compiled<Frame> {
  try {
    const step = new Compiler(scope, isSecret).compile(expression);
    return {
      ok: true,
      evaluate: (frame) => {
        steps = 0;
        return step(frame);
      },
    };
  } catch (error) {
    if (error instanceof MissingName) return { ok: false, missing: error.name };
    throw error;
  }
}

/** Runs it, and never throws. */
export function evaluateSafely<Frame>(evaluate: (frame: Frame) => unknown, frame: Frame): Evaluated {
  try {
    return { ok: true, value: evaluate(frame) };
  } catch (error) {
    parameters.length = 0;
    return { ok: false, problem: problemOf(error) };
  }
}

export function problemOf(error: unknown): string {
  if (error instanceof ReadFailure) return error.problem;
  if (error instanceof ReferenceError) return 'A variable has no value yet at this place.';
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) {
    return 'The values do not fit the operator.';
  }
  return 'The expression could not be read.';
}

class MissingName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

class Compiler<Frame> {
  readonly #scope: Scope<Frame>;

  readonly #isSecret: (name: string) => boolean;

  constructor(scope: Scope<Frame>, isSecret: (name: string) => boolean) {
    this.#scope = scope;
    this.#isSecret = isSecret;
  }

  compile(node: Expression): Step<Frame> {
    switch (node.is) {
      case 'value': {
        const { value } = node;
        return () => value;
      }
      case 'name':
        return this.#name(node.name);
      case 'parameter': {
        const { index } = node;
        return () => parameters[index];
      }
      case 'member':
        return this.#member(this.compile(node.of), this.#key(node.key), node.optional);
      case 'chain': {
        const of = this.compile(node.of);
        return (frame) => {
          try {
            return of(frame);
          } catch (error) {
            if (error === endOfChain) return undefined;
            throw error;
          }
        };
      }
      case 'unary':
        return this.#unary(node.operator, this.compile(node.of));
      case 'binary': {
        const left = this.compile(node.left);
        const right = this.compile(node.right);
        const operate = operations[node.operator];
        return (frame) => operate(left(frame), right(frame));
      }
      case 'logical': {
        const left = this.compile(node.left);
        const right = this.compile(node.right);
        if (node.operator === '&&') return (frame) => left(frame) && right(frame);
        if (node.operator === '||') return (frame) => left(frame) || right(frame);
        return (frame) => left(frame) ?? right(frame);
      }
      case 'if': {
        const test = this.compile(node.test);
        const yes = this.compile(node.yes);
        const no = this.compile(node.no);
        return (frame) => (test(frame) ? yes(frame) : no(frame));
      }
      case 'template':
        return this.#template(
          node.texts,
          node.values.map((value) => this.compile(value)),
        );
      case 'list': {
        const elements = node.elements.map((element) => this.compile(element));
        return (frame) => readAll(elements, frame);
      }
      case 'call': {
        const given = node.arguments.map((argument) => this.compile(argument));
        const { name } = node;
        return (frame) => callFunction(name, readAll(given, frame));
      }
      case 'method':
        return this.#method(node);
      case 'arrow':
        throw new TypeError('an arrow stands alone');
    }
  }

  #name(name: string): Step<Frame> {
    const read = this.#scope(name);
    if (read) return read;
    if (Object.hasOwn(constants, name)) {
      const value = constants[name];
      return () => value;
    }
    throw new MissingName(name);
  }

  /** A name of a property that is only known when it is read. */
  #key(node: Expression): Step<Frame> {
    const key = this.compile(node);
    if (node.is === 'value') return key;
    return (frame) => {
      const name = key(frame);
      if (typeof name === 'string' && this.#isSecret(name)) throw secretKey;
      return name;
    };
  }

  #member(of: Step<Frame>, key: Step<Frame>, optional: boolean): Step<Frame> {
    return (frame) => {
      const object = of(frame);
      if (optional && (object === null || object === undefined)) throw endOfChain;
      return readProperty(object, keyOf(key(frame)));
    };
  }

  #unary(operator: string, of: Step<Frame>): Step<Frame> {
    switch (operator) {
      case '!':
        return (frame) => !of(frame);
      case 'typeof':
        return (frame) => typeof of(frame);
      case '~':
        return (frame) => {
          const value = primitive(of(frame));
          return typeof value === 'bigint' ? ~value : ~Number(value);
        };
      case '-':
        return (frame) => {
          const value = primitive(of(frame));
          return typeof value === 'bigint' ? -value : -Number(value);
        };
      default:
        return (frame) => Number(notBigInt(primitive(of(frame))));
    }
  }

  #template(texts: readonly string[], values: readonly Step<Frame>[]): Step<Frame> {
    return (frame) => {
      let made = texts[0] ?? '';
      for (const [index, value] of values.entries())
        made = madeText(`${made}${textOf(value(frame))}${texts[index + 1] ?? ''}`);
      return made;
    };
  }

  #method(node: Extract<Expression, { is: 'method' }>): Step<Frame> {
    const of = this.compile(node.of);
    const { name, optional } = node;
    const [first] = node.arguments;
    if (first?.is === 'arrow' && methodsOfArrows.has(name)) return this.#ofArrow(of, name, optional, first);
    const given = node.arguments.map((argument) => (name === 'get' ? this.#key(argument) : this.compile(argument)));
    return (frame) => {
      const receiver = of(frame);
      if (optional && (receiver === null || receiver === undefined)) throw endOfChain;
      return callMethod(receiver, name, readAll(given, frame));
    };
  }

  #ofArrow(of: Step<Frame>, name: string, optional: boolean, arrow: Extract<Expression, { is: 'arrow' }>): Step<Frame> {
    const body = this.compile(arrow.body);
    const { first } = arrow;
    return (frame) => {
      const array = of(frame);
      if (optional && (array === null || array === undefined)) throw endOfChain;
      if (!isTrueArray(array)) throw new ReadFailure(`.${name}() is called on a value that is no array.`);
      const length = lengthOf(array);
      const made: unknown[] = [];
      for (let index = 0; index < length; index += 1) {
        steps += 1;
        if (steps > mostSteps) throw overSteps;
        const element = elementOf(array, index);
        parameters[first] = element;
        parameters[first + 1] = index;
        const result = body(frame);
        if (name === 'map') made[made.length] = result;
        else if (result) {
          if (name === 'filter') made[made.length] = element;
          else if (name !== 'every') return name === 'some' ? true : name === 'find' ? element : index;
        } else if (name === 'every') return false;
      }
      if (name === 'map' || name === 'filter') return made;
      return { some: false, every: true, findIndex: -1 }[name];
    };
  }
}

/** By an own loop: `map` and iteration can be replaced by the program. */
function readAll<Frame>(reads: readonly Step<Frame>[], frame: Frame): readonly unknown[] {
  const values: unknown[] = [];
  for (let index = 0; index < reads.length; index += 1) values[index] = reads[index]?.(frame);
  return values;
}

function keyOf(key: unknown): string | number | symbol {
  if (typeof key === 'string' || typeof key === 'number' || typeof key === 'symbol') return key;
  return textOf(key);
}

type Operand = string | number | bigint | boolean | null | undefined;

function notBigInt(value: Operand): string | number | boolean | null | undefined {
  if (typeof value === 'bigint') throw new TypeError('a bigint');
  return value;
}

/** On two primitives, by JavaScript's own rules for them. `any` is what those rules take. */
// biome-ignore lint/suspicious/noExplicitAny: JavaScript's operators take any mix of primitives, TypeScript's types do not
const onPrimitives = (operate: (left: any, right: any) => unknown) => (left: unknown, right: unknown) =>
  operate(primitive(left), primitive(right));

function looselyEqual(left: unknown, right: unknown): boolean {
  if (isPrimitive(left) && isPrimitive(right)) {
    // biome-ignore lint/suspicious/noDoubleEquals: what the user has written
    return left == right;
  }
  if (isObject(left) && isObject(right)) return left === right;
  const other = isObject(left) ? right : left;
  if (other === null || other === undefined) return false;
  throw new ReadFailure(
    '== would turn an object into a primitive, by the program’s code: compare one of its properties.',
  );
}

const largestShift = 1024n;

const operations: Readonly<Record<BinaryOperator, (left: unknown, right: unknown) => unknown>> = {
  '===': (left, right) => left === right,
  '!==': (left, right) => left !== right,
  '==': looselyEqual,
  '!=': (left, right) => !looselyEqual(left, right),
  '<': onPrimitives((left, right) => left < right),
  '<=': onPrimitives((left, right) => left <= right),
  '>': onPrimitives((left, right) => left > right),
  '>=': onPrimitives((left, right) => left >= right),
  '+': onPrimitives((left, right) => {
    const sum = left + right;
    return typeof sum === 'string' ? madeText(sum) : sum;
  }),
  '-': onPrimitives((left, right) => left - right),
  '*': onPrimitives((left, right) => left * right),
  '/': onPrimitives((left, right) => left / right),
  '%': onPrimitives((left, right) => left % right),
  '&': onPrimitives((left, right) => left & right),
  '|': onPrimitives((left, right) => left | right),
  '^': onPrimitives((left, right) => left ^ right),
  '<<': onPrimitives((left, right) => {
    if (typeof right === 'bigint' && (right > largestShift || right < -largestShift)) throw overSteps;
    return left << right;
  }),
  '>>': onPrimitives((left, right) => {
    if (typeof right === 'bigint' && (right > largestShift || right < -largestShift)) throw overSteps;
    return left >> right;
  }),
  '>>>': onPrimitives((left, right) => left >>> right),
  in: (left, right) => hasProperty(right, keyOf(left)),
  instanceof: isInstance,
};
