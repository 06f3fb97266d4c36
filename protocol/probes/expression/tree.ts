/**
 * What an expression of a probe may be, as data. There is no node that writes, constructs, awaits or calls anything but
 * the functions named in `pure-calls.ts`: what the tree cannot say cannot be done.
 */
export type Expression =
  | { readonly is: 'value'; readonly value: string | number | bigint | boolean | null | undefined }
  /** A variable in scope where the probe stands; `this`; or one of `specialNames`. */
  | { readonly is: 'name'; readonly name: string }
  /** A parameter of an arrow function within the expression, by its place among those around it. */
  | { readonly is: 'parameter'; readonly index: number }
  | { readonly is: 'member'; readonly of: Expression; readonly key: Expression; readonly optional: boolean }
  /** Ends an optional chain: what `?.` gave up, with the rest of its chain, is undefined here. */
  | { readonly is: 'chain'; readonly of: Expression }
  | { readonly is: 'unary'; readonly operator: UnaryOperator; readonly of: Expression }
  | {
      readonly is: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly is: 'logical';
      readonly operator: '&&' | '||' | '??';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly is: 'if'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly is: 'template'; readonly texts: readonly string[]; readonly values: readonly Expression[] }
  | { readonly is: 'list'; readonly elements: readonly Expression[] }
  | { readonly is: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
  | {
      readonly is: 'method';
      readonly of: Expression;
      readonly name: string;
      readonly arguments: readonly Expression[];
      /** Of `of?.name()`. */
      readonly optional: boolean;
    }
  /** Only as an argument of a method. `first`: the index of its first parameter. */
  | { readonly is: 'arrow'; readonly first: number; readonly parameters: number; readonly body: Expression };

export const unaryOperators = ['!', '-', '+', '~', 'typeof'] as const;
export type UnaryOperator = (typeof unaryOperators)[number];

export const binaryOperators = [
  '===',
  '!==',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '&',
  '|',
  '^',
  '<<',
  '>>',
  '>>>',
  'in',
  'instanceof',
] as const;
export type BinaryOperator = (typeof binaryOperators)[number];

/** What the engine gives beside the variables: at a function's exit, and everywhere. */
export const specialNames = ['$return', '$thrown', '$duration', '$hits'] as const;
