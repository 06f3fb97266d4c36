/**
 * Turns a program's values into data, within budgets of time, depth, fields, elements, characters and bytes, and without
 * running anything of the program's: no getter, no trap, no `toJSON`, no iterator.
 *
 * It goes breadth first, so that when a budget is spent it is the depths that are missing, and every variable is there.
 * A value whose name says that it is secret leaves nothing of itself. By their form texts are judged in
 * `shown-values.ts`: they cannot change any more, and the program need not wait for it.
 */
import { types } from 'node:util';
import type { CaptureLimits, CutReason } from '@runlens/protocol';
import { normaliseName } from '@runlens/protocol/redaction/names';
import type { Redactor } from '@runlens/protocol/redaction/redactor';
import { failures, isObject, mostPrototypes, readProperty } from './data-properties.ts';
import { bodies, end, type FlatCapture, type FlatValue, kinds } from './flat-values.ts';
import {
  dateGetTime,
  dateToISOString,
  descriptionOf,
  mapEntries,
  mapGet,
  mapNext,
  mapSet,
  regExpText,
  setNext,
  setValues,
  slice,
} from './intrinsics.ts';

const { getPrototypeOf, ownKeys } = Reflect;
/** V8 answers it in half the time of Reflect's. */
const { getOwnPropertyDescriptor } = Object;
const { isArray } = Array;
const {
  isProxy,
  isMap,
  isSet,
  isDate,
  isRegExp,
  isNativeError,
  isPromise,
  isTypedArray,
  isAnyArrayBuffer,
  isWeakMap,
  isWeakSet,
  isModuleNamespaceObject,
  isGeneratorObject,
} = types;

const { now } = performance;
const clock = now.bind(performance);

/** An object with so many own keys took long to list: its path is remembered, and not listed again by this probe. */
const manyKeys = 2000;
/** A clock is read once in so many values. */
const valuesPerClock = 16;
/** What a string's form is judged by, beyond what is shown: a secret that begins in what is shown is known whole. */
const lookahead = 256;
const largestBigInt = 1n << 256n;
const longestString = 1 << 20;
/** Bytes of JSON around a value, about. */
const bytesPerValue = 12;

/** Of paths in one probe whose objects are too large to be listed. */
export class LargePlaces {
  readonly #paths = new Set<string>();

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  add(path: string): void {
    if (this.#paths.size < 256) this.#paths.add(path);
  }
}

/** What the owner of a service allows to be seen, beside what is secret by its name or form. */
export interface CaptureRules {
  /** Names of classes whose objects are not shown. */
  readonly hiddenTypes: ReadonlySet<string>;
  /**
   * Where there are any, values are shown only below these names or paths (`order.lines`), without case and punctuation in
   * a name; of all others the type.
   */
  readonly shownNames: readonly string[];
  /** No value at all: types, names and sizes. */
  readonly shapesOnly?: boolean;
}

interface Waiting {
  readonly value: object;
  /** `t` of the protocol. */
  readonly type: string;
  readonly size: number | undefined;
  readonly depth: number;
  /** What it is found in; undefined: a variable. */
  readonly parent: Waiting | undefined;
  /** Its name there. */
  readonly name: string;
  /** An object of fields and nothing else, as far as its prototype tells. */
  readonly isPlain: boolean;
}

/** `order.lines[].price`, made only where somebody asks: there are many values, and few are looked for by their path. */
function pathOf(parent: Waiting | undefined, name: string): string {
  if (!parent) return name;
  const around = pathOf(parent.parent, parent.name);
  return name === '[]' || name === '{}' ? around + name : `${around}.${name}`;
}

/** What an object's prototype tells, so that objects of one class are asked once. */
interface ClassFacts {
  readonly name: string | undefined;
  /** The first object of the class was one of fields only. An object of another kind with this prototype is shown by its fields. */
  isPlain: boolean | undefined;
}

const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;
/** Weak, so that no class is kept alive. */
const classes = new WeakMap<object, ClassFacts>();

/**
 * Captures variables together: shared objects are told once, and the budgets are those of all. First {@link add} or
 * {@link addUnset} for each, then {@link finish}, once.
 */
export class ValueCapture {
  readonly #limits: CaptureLimits;
  readonly #redactor: Pick<Redactor, 'hidesName'>;
  readonly #large: LargePlaces;
  readonly #rules: CaptureRules | undefined;
  readonly #end: number;
  readonly #flat: FlatValue[] = [];
  readonly #waiting: Waiting[] = [];
  /** By object, which of them it is. Of what many logs show there is no object, and nothing to cut. */
  #seen: Map<object, number> | undefined;
  #cut: Set<CutReason> | undefined;
  #redacted = 0;
  #bytes = 0;
  #variables = 0;
  #values = 0;
  #timeIsOver = false;

  constructor(
    limits: CaptureLimits,
    redactor: Pick<Redactor, 'hidesName'>,
    large: LargePlaces = new LargePlaces(),
    rules?: CaptureRules,
  ) {
    this.#rules = rules;
    this.#limits = limits;
    this.#redactor = redactor;
    this.#large = large;
    this.#end = clock() + limits.milliseconds;
  }

  /** `level`: at which level of `CaptureLimits.depth` it begins, since what is of less interest is not followed so far. */
  add(name: string, value: unknown, level = 0): void {
    this.#variables += 1;
    this.#named(name, value, level, undefined, name);
  }

  /** A name before its declaration. */
  addUnset(): void {
    this.#variables += 1;
    this.#put(kinds.unset);
  }

  finish(): FlatCapture {
    for (let next = 0; next < this.#waiting.length; next += 1) {
      const waiting = this.#waiting[next];
      if (!waiting) break;
      const over = this.#isOver();
      if (over) this.#leaveOut(over);
      else this.#fill(waiting);
    }
    return {
      flat: this.#flat,
      variables: this.#variables,
      characters: this.#limits.characters,
      redacted: this.#redacted,
      cut: this.#cut ? [...this.#cut] : [],
    };
  }

  #put(value: FlatValue): void {
    this.#flat[this.#flat.length] = value;
  }

  /** A value whose name may say that it is secret. */
  #named(name: string, value: unknown, depth: number, parent: Waiting | undefined, at: string): void {
    if (this.#hides(name, value)) this.#hide();
    else this.#value(value, depth, parent, at);
  }

  #hides(name: string, value: unknown): boolean {
    switch (typeof value) {
      case 'undefined':
      case 'boolean':
      case 'function':
        return this.#redactor.hidesName(name, 'flag');
      case 'number':
        return this.#redactor.hidesName(name, 'number');
      case 'object':
        return this.#redactor.hidesName(name, value === null ? 'flag' : 'object');
      default:
        return this.#redactor.hidesName(name, 'text');
    }
  }

  /** Nothing of the value goes on. */
  #hide(): void {
    this.#redacted += 1;
    this.#bytes += bytesPerValue;
    this.#put(kinds.hidden);
  }

  /** `name`: of where it is found in `parent`. */
  #value(value: unknown, depth: number, parent: Waiting | undefined, name: string): void {
    this.#values += 1;
    this.#bytes += bytesPerValue;
    if (this.#rules && !isObject(value) && !this.#shows(pathOf(parent, name))) {
      this.#putShape(value);
      return;
    }
    switch (typeof value) {
      case 'string':
        this.#putText(value);
        return;
      case 'number':
        this.#put(kinds.number);
        this.#put(value);
        return;
      case 'boolean':
        this.#put(kinds.boolean);
        this.#put(value);
        return;
      case 'undefined':
        this.#put(kinds.undefined);
        return;
      case 'bigint':
        if (value > largestBigInt || value < -largestBigInt) this.#put(kinds.largeBigInt);
        else this.#putShort(kinds.bigint, `${value}`);
        return;
      case 'symbol':
        this.#putShort(kinds.symbol, descriptionOf(value) ?? '');
        return;
      case 'function':
        this.#object(value, depth, parent, name);
        return;
      default:
        if (isObject(value)) this.#object(value, depth, parent, name);
        else this.#put(kinds.null);
    }
  }

  /** Whether the owner's list has the path, or something around it; without a list all is shown. */
  #shows(path: string): boolean {
    const { shownNames = [], shapesOnly = false } = this.#rules ?? {};
    if (shapesOnly) return false;
    if (shownNames.length === 0) return true;
    const plain = path.replaceAll('[]', '').replaceAll('{}', '');
    const names = plain.split('.').map(normaliseName);
    return shownNames.some((shown) =>
      shown.includes('.') ? plain === shown || plain.startsWith(`${shown}.`) : names.includes(normaliseName(shown)),
    );
  }

  /** Of a value that is no object. */
  #putShape(value: unknown): void {
    if (value === null) this.#put(kinds.null);
    else if (value === undefined) this.#put(kinds.undefined);
    else {
      this.#redacted += 1;
      this.#put(kinds.shape);
      this.#put(typeof value);
      // Only a preview tells how long a text is.
      this.#put(typeof value === 'string' && this.#rules?.shapesOnly === true ? value.length : undefined);
    }
  }

  #putText(value: string): void {
    const { length } = value;
    const { characters } = this.#limits;
    // A rope of many parts is joined by whatever looks into it, however little is asked for.
    if (length > longestString) {
      this.#cuts('large');
      this.#put(kinds.largeText);
    } else if (length > characters + lookahead) {
      this.#put(kinds.cutText);
      this.#put(slice(value, 0, characters + lookahead));
    } else {
      this.#put(kinds.text);
      this.#put(value);
      this.#bytes += length;
      return;
    }
    this.#put(length);
    this.#bytes += characters;
  }

  /** Descriptions: they may hold secrets, too. */
  #putShort(kind: number, value: string): void {
    const text = upTo(value, 256);
    this.#bytes += text.length;
    this.#put(kind);
    this.#put(text);
  }

  #object(value: object, depth: number, parent: Waiting | undefined, name: string): void {
    this.#seen ??= new Map();
    const known = mapGet(this.#seen, value);
    if (known !== undefined) {
      this.#put(kinds.ref);
      this.#put(known);
      return;
    }
    if (isProxy(value)) {
      this.#put(kinds.proxy);
      return;
    }
    if (this.#rules && this.#rules.hiddenTypes.size > 0 && this.#isHiddenType(value)) {
      this.#hide();
      return;
    }
    mapSet(this.#seen, value, this.#waiting.length);
    this.#waiting[this.#waiting.length] = this.#begin(value, depth, parent, name);
  }

  /** Of one of the owner's classes, or of one that extends one of them. */
  #isHiddenType(value: object): boolean {
    let at = getPrototypeOf(value);
    for (let looked = 0; looked < mostPrototypes && at !== null && !isProxy(at); looked += 1) {
      const made = getOwnPropertyDescriptor(at, 'constructor')?.value;
      const name = typeof made === 'function' && !isProxy(made) ? nameOfFunction(made) : undefined;
      if (name !== undefined && this.#rules?.hiddenTypes.has(name)) return true;
      at = getPrototypeOf(at);
    }
    return false;
  }

  /** What can be told at once: the type, the class, the size. */
  #begin(value: object, depth: number, parent: Waiting | undefined, name: string): Waiting {
    const prototype = typeof value === 'function' ? null : getPrototypeOf(value);
    // Each question of what an object is costs a call into Node: of most objects the prototype has answered before.
    if (prototype === objectPrototype && !isArray(value)) {
      this.#put(kinds.plain);
      return { value, type: 'object', size: undefined, depth, parent, name, isPlain: true };
    }
    let type = 'object';
    let size: number | undefined;
    let text: string | undefined;
    let why: CutReason | undefined;
    let className: string | undefined;
    let isPlain = false;
    if (typeof value === 'function') {
      type = 'function';
      text = nameOfFunction(value);
    } else if (isArray(value)) {
      type = 'array';
      size = value.length;
      if (prototype !== arrayPrototype && prototype !== null) className = factsOf(prototype)?.name;
    } else {
      const facts = prototype === null ? undefined : factsOf(prototype);
      className = facts?.name;
      isPlain = facts?.isPlain === true;
      if (!isPlain) {
        type = typeOf(value);
        if (type === 'date' || type === 'regexp') {
          if (this.#rules !== undefined && !this.#shows(pathOf(parent, name))) {
            why = 'redacted';
            this.#redacted += 1;
          } else text = type === 'date' ? textOfDate(value) : upTo(regExpText(value), 256);
        } else size = sizeOf(value, type);
        isPlain = type === 'object' && !isGeneratorObject(value);
        if (facts) facts.isPlain ??= isPlain;
      }
    }
    this.#put(kinds.object);
    this.#put(type);
    this.#put(className);
    this.#put(text);
    this.#put(size);
    this.#put(why);
    this.#bytes += (className?.length ?? 0) + (text?.length ?? 0);
    return { value, type, size, depth, parent, name, isPlain };
  }

  /** What an object holds; its parts that are objects wait for their turn. */
  #fill(waiting: Waiting): void {
    const { value, type, depth } = waiting;
    if (!waiting.isPlain) {
      if (
        type === 'function' ||
        type === 'promise' ||
        type === 'weak' ||
        type === 'date' ||
        type === 'regexp' ||
        isGeneratorObject(value)
      ) {
        this.#put(bodies.none);
        return;
      }
    }
    if (depth < this.#limits.depth) this.#fillBody(waiting);
    else if (waiting.size !== 0) this.#leaveOut('depth');
    else this.#put(bodies.none);
  }

  #fillBody(waiting: Waiting): void {
    const { value, type } = waiting;
    if (waiting.isPlain) this.#fillFields(waiting);
    else if (isArray(value)) this.#fillArray(value, waiting);
    else if (type === 'map') this.#fillMap(value, waiting);
    else if (type === 'set') this.#fillSet(value, waiting);
    else if (type !== 'buffer') this.#fillFields(waiting);
    else if (!this.#rules || this.#shows(pathOf(waiting.parent, waiting.name))) this.#fillBuffer(value, waiting);
    else this.#put(bodies.none);
  }

  #fillArray(array: readonly unknown[], waiting: Waiting): void {
    this.#put(bodies.elements);
    const { length } = array;
    const most = Math.min(length, this.#limits.elements);
    let over: CutReason | undefined = length > most ? 'elements' : undefined;
    for (let index = 0; index < most; index += 1) {
      const spent = this.#isOver();
      if (spent) {
        over = spent;
        break;
      }
      const descriptor = getOwnPropertyDescriptor(array, index);
      if (!descriptor) this.#put(kinds.hole);
      else if ('value' in descriptor) this.#value(descriptor.value, waiting.depth + 1, waiting, '[]');
      else this.#putAccessor();
    }
    this.#putEnd(over === undefined ? undefined : length, over);
  }

  #fillMap(map: object, waiting: Waiting): void {
    this.#put(bodies.entries);
    const depth = waiting.depth + 1;
    let count = 0;
    let over: CutReason | undefined;
    const iterator = mapEntries(map);
    for (let step = mapNext(iterator); !step.done; step = mapNext(iterator)) {
      over = this.#isOver() ?? (count === this.#limits.elements ? 'elements' : undefined);
      if (over) break;
      const key = step.value[0];
      const value = step.value[1];
      const name = typeof key === 'string' ? upTo(key, 200) : typeof key === 'symbol' ? (descriptionOf(key) ?? '') : '';
      this.#value(key, depth, waiting, '{}');
      this.#named(name, value, depth, waiting, '{}');
      count += 1;
    }
    this.#putEnd(over === undefined ? undefined : waiting.size, over);
  }

  #fillSet(set: object, waiting: Waiting): void {
    this.#put(bodies.elements);
    let count = 0;
    let over: CutReason | undefined;
    const iterator = setValues(set);
    for (let step = setNext(iterator); !step.done; step = setNext(iterator)) {
      over = this.#isOver() ?? (count === this.#limits.elements ? 'elements' : undefined);
      if (over) break;
      this.#value(step.value, waiting.depth + 1, waiting, '[]');
      count += 1;
    }
    this.#putEnd(over === undefined ? undefined : waiting.size, over);
  }

  /** Numbers, as they stand; but never as text: bytes may be a secret's. */
  #fillBuffer(value: object, { size = 0 }: Waiting): void {
    if (
      !isTypedArray(value) ||
      types.isUint8Array(value) ||
      types.isUint8ClampedArray(value) ||
      types.isInt8Array(value)
    ) {
      this.#put(bodies.none);
      return;
    }
    this.#put(bodies.elements);
    const most = Math.min(size, this.#limits.elements);
    for (let index = 0; index < most; index += 1) {
      const element = readProperty(value, index);
      if (typeof element === 'bigint') this.#putShort(kinds.bigint, `${element}`);
      else {
        this.#put(kinds.number);
        this.#put(Number(element));
      }
      this.#bytes += bytesPerValue;
    }
    this.#putEnd(size, size > most ? 'elements' : undefined);
  }

  #fillFields(waiting: Waiting): void {
    const { value } = waiting;
    if (!this.#large.isEmpty && this.#large.has(pathOf(waiting.parent, waiting.name))) {
      this.#leaveOut('large');
      return;
    }
    const keys = ownKeys(value);
    if (keys.length > manyKeys) this.#large.add(pathOf(waiting.parent, waiting.name));
    this.#put(bodies.fields);
    const { fields } = this.#limits;
    let shown = 0;
    let over: CutReason | undefined;
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index];
      // Node 20 runs the program's `Error.prepareStackTrace` when even its descriptor is asked for.
      if (key === undefined || (key === 'stack' && isNativeError(value))) continue;
      over = this.#isOver() ?? (shown === fields ? 'fields' : undefined);
      if (over) break;
      const descriptor = descriptorOf(value, key);
      if (descriptor === notInitialised) {
        // What was read stays.
        over = 'large';
        break;
      }
      if (!descriptor) continue;
      const name = typeof key === 'symbol' ? `Symbol(${descriptionOf(key) ?? ''})` : upTo(key, 200);
      this.#put(name);
      this.#bytes += name.length;
      shown += 1;
      if ('value' in descriptor) this.#named(name, descriptor.value, waiting.depth + 1, waiting, name);
      else this.#putAccessor();
    }
    this.#putEnd(over === undefined || over === 'large' ? undefined : keys.length, over);
  }

  #putAccessor(): void {
    this.#bytes += bytesPerValue;
    this.#put(kinds.accessor);
  }

  #isOver(): CutReason | undefined {
    if (this.#bytes > this.#limits.bytes) return 'bytes';
    if (this.#timeIsOver) return 'time';
    this.#values += 1;
    if (this.#values % valuesPerClock === 0 && clock() > this.#end) this.#timeIsOver = true;
    return this.#timeIsOver ? 'time' : undefined;
  }

  #putEnd(size: number | undefined, over: CutReason | undefined): void {
    this.#put(end);
    this.#put(size);
    this.#put(over);
    if (over) this.#cuts(over);
  }

  #leaveOut(reason: CutReason): void {
    this.#put(bodies.leftOut);
    this.#put(reason);
    this.#cuts(reason);
  }

  #cuts(reason: CutReason): void {
    this.#cut ??= new Set();
    this.#cut.add(reason);
  }
}

const upTo = (text: string, length: number): string => (text.length > length ? slice(text, 0, length) : text);

function factsOf(prototype: object): ClassFacts | undefined {
  const known = classes.get(prototype);
  if (known) return known;
  if (isProxy(prototype)) return undefined;
  const made = dataOf(prototype, 'constructor');
  const name = typeof made === 'function' && !isProxy(made) ? nameOfFunction(made) : undefined;
  const isUsual = name === undefined || name === '' || name === 'Object' || name === 'Array';
  const facts: ClassFacts = { name: isUsual ? undefined : name, isPlain: undefined };
  classes.set(prototype, facts);
  return facts;
}

/** Of an object that is neither a function nor an array. */
function typeOf(value: object): string {
  if (isMap(value)) return 'map';
  if (isSet(value)) return 'set';
  if (isDate(value)) return 'date';
  if (isRegExp(value)) return 'regexp';
  if (isNativeError(value)) return 'error';
  if (isTypedArray(value) || isAnyArrayBuffer(value)) return 'buffer';
  if (isPromise(value)) return 'promise';
  if (isWeakMap(value) || isWeakSet(value)) return 'weak';
  return isModuleNamespaceObject(value) ? 'module' : 'object';
}

const textOfDate = (value: object): string =>
  Number.isNaN(dateGetTime(value)) ? 'Invalid Date' : dateToISOString(value);

/** An export that has no value yet. */
const notInitialised = Symbol('not initialised');

function descriptorOf(holder: object, key: PropertyKey): PropertyDescriptor | typeof notInitialised | undefined {
  try {
    return getOwnPropertyDescriptor(holder, key);
  } catch (error) {
    // No room on the stack: nothing of it is told.
    if (error instanceof RangeError) throw error;
    return notInitialised;
  }
}

function dataOf(holder: object, key: PropertyKey): unknown {
  let at: object | null = holder;
  for (let looked = 0; looked < mostPrototypes && at !== null; looked += 1) {
    if (isProxy(at)) return undefined;
    const descriptor = getOwnPropertyDescriptor(at, key);
    if (descriptor) return 'value' in descriptor ? descriptor.value : undefined;
    at = getPrototypeOf(at);
  }
  return undefined;
}

function nameOfFunction(value: object): string | undefined {
  const name = getOwnPropertyDescriptor(value, 'name');
  return name && typeof name.value === 'string' ? upTo(name.value, 200) : undefined;
}

/** Undefined of what has none. */
function sizeOf(value: object, type: string): number | undefined {
  if (type === 'map' || type === 'set') return sizeBehind(value, 'size');
  return type === 'buffer' ? sizeBehind(value, isTypedArray(value) ? 'length' : 'byteLength') : undefined;
}

function sizeBehind(value: object, key: 'size' | 'length' | 'byteLength'): number {
  try {
    const size = readProperty(value, key);
    return typeof size === 'number' ? size : 0;
  } catch (error) {
    if (error === failures.accessor || error === failures.proxy) return 0;
    throw error;
  }
}
