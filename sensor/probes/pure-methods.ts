/** What an expression may call, done on true primitives and unmodified built-in objects: `pure-calls.ts` has the list. */
import { types } from 'node:util';
import { isTrueArray, ReadFailure, readProperty } from './data-properties.ts';
import { dateGetTime, dateToISOString, uncurry } from './intrinsics.ts';

type Primitive = string | number | bigint | boolean | symbol | null | undefined;

const { isMap, isSet, isDate } = types;

const text = {
  at: uncurry<string | undefined>(String.prototype.at),
  charAt: uncurry<string>(String.prototype.charAt),
  charCodeAt: uncurry<number>(String.prototype.charCodeAt),
  codePointAt: uncurry<number | undefined>(String.prototype.codePointAt),
  endsWith: uncurry<boolean>(String.prototype.endsWith),
  includes: uncurry<boolean>(String.prototype.includes),
  indexOf: uncurry<number>(String.prototype.indexOf),
  lastIndexOf: uncurry<number>(String.prototype.lastIndexOf),
  slice: uncurry<string>(String.prototype.slice),
  startsWith: uncurry<boolean>(String.prototype.startsWith),
  substring: uncurry<string>(String.prototype.substring),
  toLowerCase: uncurry<string>(String.prototype.toLowerCase),
  toUpperCase: uncurry<string>(String.prototype.toUpperCase),
  toString: uncurry<string>(String.prototype.toString),
  trim: uncurry<string>(String.prototype.trim),
  trimEnd: uncurry<string>(String.prototype.trimEnd),
  trimStart: uncurry<string>(String.prototype.trimStart),
} as const;
const numberToFixed = uncurry<string>(Number.prototype.toFixed);
const numberToString = uncurry<string>(Number.prototype.toString);
const mapGet = uncurry<unknown>(Map.prototype.get);
const mapHas = uncurry<boolean>(Map.prototype.has);
const setHas = uncurry<boolean>(Set.prototype.has);
const { is } = Object;
const { abs, ceil, floor, max, min, round, sign, sqrt, trunc } = Math;
const { isFinite: numberIsFinite, isInteger, isNaN: numberIsNaN, parseFloat: toFloat, parseInt: toInt } = Number;
const globalNumber = Number;
const globalBigInt = BigInt;
const { now: dateNow } = Date;
const { isArray } = Array;

/** UTF-16 code units of a string that is searched or cut, and of one that is made. */
export const longestRead = 1 << 20;
export const longestMade = 1 << 16;
/** Elements of an array that is gone through, and steps of one evaluation. */
export const mostElements = 1000;
export const mostSteps = 10_000;
const largestBigInt = 1n << 4096n;

const tooLong = new ReadFailure(`The text is longer than ${longestRead} characters, too long to be looked through.`);
const madeTooLong = new ReadFailure(`The text that is made is longer than ${longestMade} characters.`);
const tooMany = new ReadFailure(`It has more than ${mostElements} elements, too many to be looked through.`);
const converted = new ReadFailure(
  'An object would have to be turned into a primitive, by the program’s code: compare one of its properties.',
);
const noArguments = new ReadFailure('Its arguments must be primitive values.');

export const isPrimitive = (value: unknown): value is Primitive =>
  value === null || (typeof value !== 'object' && typeof value !== 'function');

/** A primitive that is no symbol: everything that operators take without running code. */
export function primitive(value: unknown): string | number | bigint | boolean | null | undefined {
  if (!isPrimitive(value) || typeof value === 'symbol') throw converted;
  return value;
}

export function textOf(value: unknown): string {
  const given = primitive(value);
  if (typeof given === 'string') return given;
  if (typeof given === 'bigint' && (given > largestBigInt || given < -largestBigInt)) throw tooLong;
  return `${given}`;
}

export function madeText(value: string): string {
  if (value.length > longestMade) throw madeTooLong;
  return value;
}

/** Calls the method of that name; throws a `ReadFailure` where it is not that of a type that is known. */
export function callMethod(receiver: unknown, name: string, given: readonly unknown[]): unknown {
  switch (typeof receiver) {
    case 'string':
      return callOfText(receiver, name, given);
    case 'number':
      if (name === 'toFixed') return numberToFixed(receiver, numeric(given[0] ?? 0));
      if (name === 'toString') return numberToString(receiver, given[0] === undefined ? 10 : numeric(given[0]));
      break;
    case 'bigint':
      if (name === 'toString') return textOf(receiver);
      break;
    case 'boolean':
      if (name === 'toString') return receiver ? 'true' : 'false';
      break;
    case 'object':
      if (receiver !== null && !types.isProxy(receiver)) return callOfObject(receiver, name, given);
      break;
    default:
  }
  throw notCallable(name);
}

const notCallable = (name: string): ReadFailure =>
  new ReadFailure(`.${name}() is called on a value that is none of string, number, array, Map, Set or Date.`);

function callOfText(receiver: string, name: string, given: readonly unknown[]): unknown {
  if (receiver.length > longestRead) throw tooLong;
  for (const each of given) if (!isPrimitive(each) || typeof each === 'symbol') throw noArguments;
  if (name === 'split') return split(receiver, given[0], given[1]);
  if (!isTextMethod(name)) throw notCallable(name);
  return text[name](receiver, ...given);
}

const isTextMethod = (name: string): name is keyof typeof text => Object.hasOwn(text, name);

/** By its own loop: `String.prototype.split` asks the separator for a method, which a program can define. */
function split(receiver: string, separator: unknown, limit: unknown): readonly string[] {
  if (typeof separator !== 'string' || separator === '') throw new ReadFailure('.split() needs a text to split at.');
  const most = limit === undefined ? mostElements : min(mostElements, max(0, trunc(numeric(limit))));
  const parts: string[] = [];
  let from = 0;
  while (parts.length < most) {
    const at = text.indexOf(receiver, separator, from);
    parts[parts.length] = text.slice(receiver, from, at === -1 ? receiver.length : at);
    if (at === -1) break;
    from = at + separator.length;
  }
  return parts;
}

function numeric(value: unknown): number {
  if (typeof value !== 'number') throw noArguments;
  return value;
}

function callOfObject(receiver: object, name: string, given: readonly unknown[]): unknown {
  if (isMap(receiver)) {
    if (name === 'get') return mapGet(receiver, given[0]);
    if (name === 'has') return mapHas(receiver, given[0]);
  } else if (isSet(receiver)) {
    if (name === 'has') return setHas(receiver, given[0]);
  } else if (isDate(receiver)) {
    const time = dateGetTime(receiver);
    if (name === 'getTime') return time;
    if (name === 'toISOString') return numberIsNaN(time) ? 'Invalid Date' : dateToISOString(receiver);
  } else if (isTrueArray(receiver)) {
    return callOfArray(receiver, name, given);
  }
  throw notCallable(name);
}

/** An element that is there, without asking a getter. */
export const elementOf = (array: readonly unknown[], index: number): unknown => readProperty(array, index);

export function lengthOf(array: readonly unknown[]): number {
  if (array.length > mostElements) throw tooMany;
  return array.length;
}

function callOfArray(array: readonly unknown[], name: string, given: readonly unknown[]): unknown {
  switch (name) {
    case 'at': {
      const index = trunc(numeric(given[0] ?? 0));
      return elementOf(array, index < 0 ? array.length + index : index);
    }
    case 'includes':
    case 'indexOf': {
      const length = lengthOf(array);
      const wanted = given[0];
      for (let index = max(0, trunc(numeric(given[1] ?? 0))); index < length; index += 1) {
        const element = elementOf(array, index);
        const same = element === wanted || (name === 'includes' && is(element, wanted));
        if (same) return name === 'includes' ? true : index;
      }
      return name === 'includes' ? false : -1;
    }
    case 'join': {
      const separator = given[0] === undefined ? ',' : textOf(given[0]);
      let joined = '';
      const length = lengthOf(array);
      for (let index = 0; index < length; index += 1) {
        const element = elementOf(array, index);
        joined = madeText(
          `${joined}${index === 0 ? '' : separator}${element === null || element === undefined ? '' : textOf(element)}`,
        );
      }
      return joined;
    }
    case 'slice': {
      const length = array.length;
      const at = (value: unknown, absent: number) => {
        const index = value === undefined ? absent : trunc(numeric(value));
        return index < 0 ? max(0, length + index) : min(length, index);
      };
      const end = at(given[1], length);
      const part: unknown[] = [];
      for (let index = at(given[0], 0); index < end; index += 1) {
        if (part.length === mostElements) throw tooMany;
        part[part.length] = elementOf(array, index);
      }
      return part;
    }
    default:
      throw notCallable(name);
  }
}

/** Calls a function of `pureFunctions`. */
export function callFunction(name: string, given: readonly unknown[]): unknown {
  const [first, second] = given;
  switch (name) {
    case 'Array.isArray':
      return isArray(first);
    case 'Boolean':
      return Boolean(first);
    case 'Date.now':
      return dateNow();
    case 'String':
      return textOf(first);
    case 'BigInt': {
      if (typeof first === 'string' && first.length > 1000) throw tooLong;
      const value = primitive(first);
      if (value === null || value === undefined) throw failedConversion;
      try {
        return globalBigInt(value);
      } catch {
        throw failedConversion;
      }
    }
    case 'Number':
      return toNumber(first);
    case 'isFinite':
      return numberIsFinite(toNumber(first));
    case 'isNaN':
      return numberIsNaN(toNumber(first));
    case 'parseFloat':
      return toFloat(shortText(first));
    case 'parseInt':
      return toInt(shortText(first), second === undefined ? undefined : numeric(second));
    case 'Number.isFinite':
      return numberIsFinite(first);
    case 'Number.isInteger':
      return isInteger(first);
    case 'Number.isNaN':
      return numberIsNaN(first);
    case 'Math.max':
    case 'Math.min': {
      let result = name === 'Math.max' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      for (const each of given)
        result = name === 'Math.max' ? max(result, toNumber(each)) : min(result, toNumber(each));
      return result;
    }
    default: {
      const calculate = calculations[name];
      if (!calculate) throw notCallable(name);
      return calculate(toNumber(first));
    }
  }
}

const calculations: Readonly<Record<string, ((value: number) => number) | undefined>> = {
  'Math.abs': abs,
  'Math.ceil': ceil,
  'Math.floor': floor,
  'Math.round': round,
  'Math.sign': sign,
  'Math.sqrt': sqrt,
  'Math.trunc': trunc,
};

const failedConversion = new ReadFailure('It cannot be turned into a number.');

function toNumber(value: unknown): number {
  const given = primitive(value);
  if (typeof given === 'string' && given.length > longestMade) throw tooLong;
  return globalNumber(given);
}

function shortText(value: unknown): string {
  const given = textOf(value);
  if (given.length > longestMade) throw tooLong;
  return given;
}
