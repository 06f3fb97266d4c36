/**
 * Reading a program's values without running anything of the program's: no getter, no trap of a Proxy, no conversion.
 * All intrinsics are taken when this module is loaded, before the service's first line.
 */
import { types } from 'node:util';

const { isArray } = Array;
const { getPrototypeOf } = Reflect;
/** V8 answers it in half the time of Reflect's. */
const { getOwnPropertyDescriptor } = Object;
const { isProxy, isNativeError, isMap, isSet, isTypedArray, isAnyArrayBuffer } = types;

/** Taken off its object, so that a later replacement is not called. */
function getterOf(prototype: object, key: PropertyKey): (receiver: unknown) => unknown {
  const get = getOwnPropertyDescriptor(prototype, key)?.get;
  if (!get) throw new TypeError(`${String(key)} has no getter`);
  return Function.prototype.call.bind(get);
}

const mapSize = getterOf(Map.prototype, 'size');
const setSize = getterOf(Set.prototype, 'size');
const typedArrayLength = getterOf(Object.getPrototypeOf(Uint8Array.prototype), 'length');
const typedArrayBytes = getterOf(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength');
const bufferBytes = getterOf(ArrayBuffer.prototype, 'byteLength');
const sharedBufferBytes = getterOf(SharedArrayBuffer.prototype, 'byteLength');

/** Prototypes that are looked through for a property. */
export const mostPrototypes = 16;

/** Why a value was not read. One object each, without a stack: failures can come a million times a second. */
export class ReadFailure {
  readonly problem: string;
  constructor(problem: string) {
    this.problem = problem;
  }
}

export const failures = {
  proxy: new ReadFailure('It is a Proxy, whose traps are the program’s code: read what is behind it.'),
  accessor: new ReadFailure('It is a getter, which is never run: read the field behind it.'),
  nothing: new ReadFailure('There is nothing to read from: it is null or undefined. Write ?. before it.'),
  stack: new ReadFailure('The stack of an error can run the program’s code: capture a snapshot, it has the stack.'),
  prototypes: new ReadFailure('It has too many prototypes.'),
  unset: new ReadFailure('It has no value yet at this place.'),
} as const;

export const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/**
 * The value of a data property, own or inherited; undefined where there is none. Throws a `ReadFailure` for what cannot
 * be read without running code.
 */
export function readProperty(value: unknown, key: string | number | symbol): unknown {
  if (value === null || value === undefined) throw failures.nothing;
  if (!isObject(value)) return readOfPrimitive(value, key);
  if (isProxy(value)) throw failures.proxy;
  if (typeof key === 'string') {
    const known = intrinsicProperty(value, key);
    if (known !== undefined) return known;
  }
  let holder: object | null = value;
  for (let looked = 0; looked < mostPrototypes; looked += 1) {
    const descriptor = readDescriptor(holder, key);
    if (descriptor) {
      if ('value' in descriptor) return descriptor.value;
      throw failures.accessor;
    }
    holder = getPrototypeOf(holder);
    if (holder === null) return undefined;
    if (isProxy(holder)) throw failures.proxy;
  }
  throw failures.prototypes;
}

/** Of an object that is no Proxy. */
function readDescriptor(holder: object, key: PropertyKey): PropertyDescriptor | undefined {
  try {
    return getOwnPropertyDescriptor(holder, key);
  } catch {
    // An export of a module that is not initialised.
    throw failures.unset;
  }
}

function readOfPrimitive(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'string') return undefined;
  if (key === 'length') return value.length;
  const index = typeof key === 'number' ? key : typeof key === 'string' && /^\d{1,10}$/.test(key) ? Number(key) : -1;
  return index >= 0 && index < value.length ? value.charAt(index) : undefined;
}

/** Sizes that the language keeps behind getters of its own. */
function intrinsicProperty(value: object, key: string): unknown {
  switch (key) {
    case 'size':
      if (isMap(value)) return mapSize(value);
      return isSet(value) ? setSize(value) : undefined;
    case 'length':
      return isTypedArray(value) ? typedArrayLength(value) : undefined;
    case 'byteLength':
      if (isTypedArray(value)) return typedArrayBytes(value);
      if (!isAnyArrayBuffer(value)) return undefined;
      return types.isSharedArrayBuffer(value) ? sharedBufferBytes(value) : bufferBytes(value);
    case 'stack':
      // Node 20 runs the program's `Error.prepareStackTrace` when even its descriptor is asked for.
      if (isNativeError(value)) throw failures.stack;
      return undefined;
    default:
      return undefined;
  }
}

/** Whether there is a property of that name, own or inherited. */
export function hasProperty(value: unknown, key: string | number | symbol): boolean {
  if (!isObject(value)) throw new ReadFailure('"in" needs an object at its right.');
  let holder: object | null = value;
  for (let looked = 0; looked < mostPrototypes; looked += 1) {
    if (isProxy(holder)) throw failures.proxy;
    if (isNativeError(holder) && key === 'stack') return true;
    if (readDescriptor(holder, key)) return true;
    holder = getPrototypeOf(holder);
    if (holder === null) return false;
  }
  throw failures.prototypes;
}

const functionHasInstance = Function.prototype[Symbol.hasInstance];

/** `value instanceof type`, without asking `type` for a method of its own. */
export function isInstance(value: unknown, type: unknown): boolean {
  if (typeof type !== 'function' || isProxy(type)) throw new ReadFailure('"instanceof" needs a class at its right.');
  if (readProperty(type, Symbol.hasInstance) !== functionHasInstance) {
    throw new ReadFailure('The class has its own Symbol.hasInstance, which is the program’s code.');
  }
  if (!isObject(value)) return false;
  const prototype = readProperty(type, 'prototype');
  let holder: object | null = value;
  for (let looked = 0; looked < mostPrototypes; looked += 1) {
    if (isProxy(holder)) throw failures.proxy;
    holder = getPrototypeOf(holder);
    if (holder === null) return false;
    if (holder === prototype) return true;
  }
  throw failures.prototypes;
}

/** An array that is one, and no Proxy of one. */
export const isTrueArray = (value: unknown): value is readonly unknown[] => isArray(value) && !isProxy(value);
