/**
 * The calls that an expression may make. Each is done by the sensor's own copy, taken before the service's first line,
 * on true primitives and on unmodified built-in objects: a service that replaces `Array.prototype.includes` is not
 * called. None has an effect, and the cost of each is bounded by limits on its arguments.
 */

/** Methods, by what they are called on. The number is how many arguments at most. */
export const pureMethods: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  string: {
    at: 1,
    charAt: 1,
    charCodeAt: 1,
    codePointAt: 1,
    endsWith: 2,
    includes: 2,
    indexOf: 2,
    lastIndexOf: 2,
    slice: 2,
    split: 2,
    startsWith: 2,
    substring: 2,
    toLowerCase: 0,
    toUpperCase: 0,
    toString: 0,
    trim: 0,
    trimEnd: 0,
    trimStart: 0,
  },
  number: { toFixed: 1, toString: 1 },
  bigint: { toString: 1 },
  boolean: { toString: 0 },
  array: {
    at: 1,
    every: 1,
    filter: 1,
    find: 1,
    findIndex: 1,
    includes: 2,
    indexOf: 2,
    join: 1,
    map: 1,
    slice: 2,
    some: 1,
  },
  map: { get: 1, has: 1 },
  set: { has: 1 },
  date: { getTime: 0, toISOString: 0 },
};

/** Those of `pureMethods.array` that take an arrow function. */
export const methodsOfArrows: ReadonlySet<string> = new Set(['every', 'filter', 'find', 'findIndex', 'map', 'some']);

export const pureMethodNames: ReadonlySet<string> = new Set(Object.values(pureMethods).flatMap(Object.keys));

/** Functions that are called by their name, and how many arguments each takes at most. */
export const pureFunctions: Readonly<Record<string, number>> = {
  'Array.isArray': 1,
  BigInt: 1,
  Boolean: 1,
  'Date.now': 0,
  'Math.abs': 1,
  'Math.ceil': 1,
  'Math.floor': 1,
  'Math.max': 16,
  'Math.min': 16,
  'Math.round': 1,
  'Math.sign': 1,
  'Math.sqrt': 1,
  'Math.trunc': 1,
  Number: 1,
  'Number.isFinite': 1,
  'Number.isInteger': 1,
  'Number.isNaN': 1,
  String: 1,
  isFinite: 1,
  isNaN: 1,
  parseFloat: 1,
  parseInt: 2,
};

/** Constants that are read by their name, where no variable of the program has it. */
export const constants: Readonly<Record<string, number | undefined>> = {
  Infinity: Number.POSITIVE_INFINITY,
  NaN: Number.NaN,
  undefined: undefined,
};
