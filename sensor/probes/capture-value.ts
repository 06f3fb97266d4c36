/**
 * Turns a program's values into data, within budgets of time, depth, fields, elements, characters and bytes, and without
 * running anything of the program's: no getter, no trap, no `toJSON`, no iterator.
 *
 * It goes breadth first, so that when a budget is spent it is the depths that are missing, and every variable is there.
 * What may be secret is hidden before it is written: a name or a form that says so leaves nothing of its value.
 */
import { types } from 'node:util';
import type { CapturedValue, CaptureLimits, CutReason } from '@runlens/protocol';
import { normaliseName } from '@runlens/protocol/redaction/names';
import type { Redactor } from '@runlens/protocol/redaction/redactor';
import { failures, isObject, mostPrototypes, readProperty } from './data-properties.ts';
import {
  dateGetTime,
  dateToISOString,
  descriptionOf,
  mapEntries,
  mapNext,
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

export interface CapturedAll {
  readonly values: readonly (readonly [string, CapturedValue])[];
  readonly redacted: number;
  readonly cut: readonly CutReason[];
}

/** A variable to be captured: `read` may throw, for a name before its declaration. */
export interface Variable {
  readonly name: string;
  readonly read: () => unknown;
  /** At which level of `CaptureLimits.depth` it begins: what is of less interest is not followed so far. Default 0. */
  readonly level?: number;
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

/** While it is written; `CapturedValue` is the same to whom it is given. */
type Draft = {
  -readonly [Key in keyof CapturedValue]: CapturedValue[Key];
};

interface Waiting {
  readonly value: object;
  readonly draft: Draft;
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
  /** How much of the name was hidden. */
  readonly redacted: number;
  /** The first object of the class was one of fields only. An object of another kind with this prototype is shown by its fields. */
  isPlain: boolean | undefined;
}

const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;

/** Captures the variables together: shared objects are told once, and the budgets are those of all. */
export function captureValues(
  variables: readonly Variable[],
  limits: CaptureLimits,
  redactor: Redactor,
  large: LargePlaces = new LargePlaces(),
  rules?: CaptureRules,
): CapturedAll {
  return new Capture(limits, redactor, large, rules).run(variables);
}

/** By redactor: names of classes may be secret by its list. Weak, so that no class is kept alive. */
const classesByRedactor = new WeakMap<Redactor, WeakMap<object, ClassFacts>>();

function classesOf(redactor: Redactor): WeakMap<object, ClassFacts> {
  let classes = classesByRedactor.get(redactor);
  if (!classes) {
    classes = new WeakMap();
    classesByRedactor.set(redactor, classes);
  }
  return classes;
}

class Capture {
  readonly #limits: CaptureLimits;
  readonly #redactor: Redactor;
  readonly #large: LargePlaces;
  readonly #classes: WeakMap<object, ClassFacts>;
  readonly #rules: CaptureRules | undefined;
  readonly #end: number;
  readonly #waiting: Waiting[] = [];
  /** Of what many logs show there is no object, and nothing to cut. */
  #seen: Map<object, Draft> | undefined;
  #cut: Set<CutReason> | undefined;
  #redacted = 0;
  #bytes = 0;
  #values = 0;
  #ids = 0;
  #timeIsOver = false;

  constructor(limits: CaptureLimits, redactor: Redactor, large: LargePlaces, rules: CaptureRules | undefined) {
    this.#classes = classesOf(redactor);
    this.#rules = rules;
    this.#limits = limits;
    this.#redactor = redactor;
    this.#large = large;
    this.#end = clock() + limits.milliseconds;
  }

  run(variables: readonly Variable[]): CapturedAll {
    const values: [string, CapturedValue][] = [];
    for (let index = 0; index < variables.length; index += 1) {
      const variable = variables[index];
      if (variable) values[values.length] = [variable.name, this.#variable(variable)];
    }
    for (let next = 0; next < this.#waiting.length; next += 1) {
      const waiting = this.#waiting[next];
      if (!waiting) break;
      const over = this.#isOver();
      if (over) this.#leaveOut(waiting.draft, over);
      else this.#fill(waiting);
    }
    return { values, redacted: this.#redacted, cut: this.#cut ? [...this.#cut] : [] };
  }

  #variable({ name, read, level = 0 }: Variable): CapturedValue {
    let value: unknown;
    try {
      value = read();
    } catch {
      return { t: 'unset' };
    }
    return this.#named(name, value, level, undefined, name);
  }

  /** A value whose name may say that it is secret. */
  #named(name: string, value: unknown, depth: number, parent: Waiting | undefined, at = name): CapturedValue {
    return this.#hides(name, value) ? this.#hidden() : this.#value(value, depth, parent, at);
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

  #hidden(): CapturedValue {
    this.#redacted += 1;
    this.#bytes += bytesPerValue;
    return { t: 'redacted', x: 'redacted' };
  }

  /** `name`: of where it is found in `parent`. */
  #value(value: unknown, depth: number, parent: Waiting | undefined, name: string): CapturedValue {
    this.#values += 1;
    this.#bytes += bytesPerValue;
    if (this.#rules && !isObject(value) && !this.#shows(pathOf(parent, name))) return this.#shapeOf(value);
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return this.#redactor.hidesNumber(value)
          ? this.#hidden()
          : { t: 'number', v: Object.is(value, -0) ? '-0' : `${value}` };
      case 'boolean':
        return { t: 'boolean', v: value ? 'true' : 'false' };
      case 'undefined':
        return { t: 'undefined' };
      case 'bigint':
        return value > largestBigInt || value < -largestBigInt
          ? { t: 'bigint', x: 'large' }
          : this.#shortText('bigint', `${value}`);
      case 'symbol':
        return this.#shortText('symbol', descriptionOf(value) ?? '');
      case 'function':
        return this.#object(value, depth, parent, name);
      default:
        return isObject(value) ? this.#object(value, depth, parent, name) : { t: 'null' };
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
  #shapeOf(value: unknown): CapturedValue {
    if (value === null) return { t: 'null' };
    if (value === undefined) return { t: 'undefined' };
    this.#redacted += 1;
    const type = typeof value;
    // Only a preview tells how long a text is.
    return typeof value === 'string' && this.#rules?.shapesOnly === true
      ? { t: type, n: value.length, x: 'redacted' }
      : { t: type, x: 'redacted' };
  }

  #text(value: string): CapturedValue {
    const { length } = value;
    // A rope of many parts is joined by whatever looks into it, however little is asked for.
    if (length > longestString) {
      this.#cuts('large');
      return { t: 'string', n: length, x: 'large' };
    }
    const { characters } = this.#limits;
    const judged = slice(value, 0, characters + lookahead);
    const { text, redacted } = this.#redactor.text(judged);
    this.#redacted += redacted;
    const shown = text.length > characters ? withoutHalf(slice(text, 0, characters)) : text;
    this.#bytes += shown.length;
    if (length <= characters || (judged.length === length && text.length <= characters))
      return { t: 'string', v: shown };
    this.#cuts('characters');
    return { t: 'string', v: shown, n: length, x: 'characters' };
  }

  /** Names, descriptions: they may hold secrets, too. */
  #shortText(type: string, value: string): CapturedValue {
    const { text, redacted } = this.#redactor.text(slice(value, 0, 256));
    this.#redacted += redacted;
    this.#bytes += text.length;
    return { t: type, v: text };
  }

  #object(value: object, depth: number, parent: Waiting | undefined, name: string): CapturedValue {
    this.#seen ??= new Map();
    const known = this.#seen.get(value);
    if (known) {
      if (known.id === undefined) {
        known.id = this.#ids;
        this.#ids += 1;
      }
      return { t: 'ref', to: known.id };
    }
    if (isProxy(value)) return { t: 'proxy' };
    if (this.#rules && this.#rules.hiddenTypes.size > 0 && this.#isHiddenType(value)) return this.#hidden();
    const draft: Draft = { t: 'object' };
    this.#seen.set(value, draft);
    const isPlain = this.#begin(value, draft, parent, name);
    this.#waiting[this.#waiting.length] = { value, draft, depth, parent, name, isPlain };
    return draft;
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

  /** What can be told at once: the type, the class, the size. Returns whether it is an object of fields and no more. */
  #begin(value: object, draft: Draft, parent: Waiting | undefined, at: string): boolean {
    if (typeof value === 'function') {
      draft.t = 'function';
      const name = nameOfFunction(value);
      if (name !== undefined) draft.v = this.#shortText('', name).v;
      return false;
    }
    const prototype = getPrototypeOf(value);
    if (isArray(value)) {
      draft.t = 'array';
      draft.n = value.length;
      if (prototype !== arrayPrototype && prototype !== null) this.#tellClass(this.#classOf(prototype), draft);
      return false;
    }
    // Each question of what an object is costs a call into Node: of most objects the prototype has answered before.
    if (prototype === objectPrototype) return true;
    const facts = prototype === null ? undefined : this.#classOf(prototype);
    this.#tellClass(facts, draft);
    if (facts?.isPlain === true) return true;
    const hides = (): boolean => this.#rules !== undefined && !this.#shows(pathOf(parent, at));
    if (isMap(value) || isSet(value)) {
      draft.t = isMap(value) ? 'map' : 'set';
      draft.n = sizeOf(value, 'size');
    } else if (isDate(value)) {
      draft.t = 'date';
      if (hides()) this.#hideText(draft);
      else draft.v = Number.isNaN(dateGetTime(value)) ? 'Invalid Date' : dateToISOString(value);
    } else if (isRegExp(value)) {
      draft.t = 'regexp';
      if (hides()) this.#hideText(draft);
      else draft.v = this.#shortText('', regExpText(value)).v;
    } else if (isNativeError(value)) {
      draft.t = 'error';
    } else if (isTypedArray(value) || isAnyArrayBuffer(value)) {
      draft.t = 'buffer';
      draft.n = sizeOf(value, isTypedArray(value) ? 'length' : 'byteLength');
    } else if (isPromise(value)) draft.t = 'promise';
    else if (isWeakMap(value) || isWeakSet(value)) draft.t = 'weak';
    else if (isModuleNamespaceObject(value)) draft.t = 'module';
    const isPlain = draft.t === 'object' && !isGeneratorObject(value);
    if (facts) facts.isPlain ??= isPlain;
    return isPlain;
  }

  #hideText(draft: Draft): void {
    draft.x = 'redacted';
    this.#redacted += 1;
  }

  #tellClass(facts: ClassFacts | undefined, draft: Draft): void {
    if (facts?.name === undefined) return;
    draft.c = facts.name;
    this.#redacted += facts.redacted;
    this.#bytes += facts.name.length;
  }

  #classOf(prototype: object): ClassFacts | undefined {
    const known = this.#classes.get(prototype);
    if (known) return known;
    if (isProxy(prototype)) return undefined;
    const made = dataOf(prototype, 'constructor');
    const name = typeof made === 'function' && !isProxy(made) ? nameOfFunction(made) : undefined;
    const isUsual = name === undefined || name === '' || name === 'Object' || name === 'Array';
    const told = isUsual ? undefined : this.#redactor.text(slice(name, 0, 256));
    const facts: ClassFacts = { name: told?.text, redacted: told?.redacted ?? 0, isPlain: undefined };
    this.#classes.set(prototype, facts);
    return facts;
  }

  /** What an object holds; its parts that are objects wait for their turn. */
  #fill(waiting: Waiting): void {
    const { value, draft, depth } = waiting;
    if (waiting.isPlain) {
      if (depth >= this.#limits.depth) this.#leaveOut(draft, 'depth');
      else this.#fillSafely(waiting);
      return;
    }
    if (
      draft.t === 'function' ||
      draft.t === 'promise' ||
      draft.t === 'weak' ||
      draft.t === 'date' ||
      draft.t === 'regexp'
    )
      return;
    if (isGeneratorObject(value)) return;
    if (depth >= this.#limits.depth) {
      if (draft.n !== 0) this.#leaveOut(draft, 'depth');
      return;
    }
    this.#fillSafely(waiting);
  }

  #fillSafely(waiting: Waiting): void {
    const { value, draft } = waiting;
    try {
      if (waiting.isPlain) this.#fillFields(waiting);
      else if (isArray(value)) this.#fillArray(value, waiting);
      else if (isMap(value)) this.#fillMap(value, waiting);
      else if (isSet(value)) this.#fillSet(value, waiting);
      else if (draft.t === 'buffer') {
        if (!this.#rules || this.#shows(pathOf(waiting.parent, waiting.name))) this.#fillBuffer(value, draft);
      } else this.#fillFields(waiting);
    } catch {
      // A revoked proxy among its prototypes, an export that is not initialised: what was read stays.
      this.#leaveOut(draft, 'large');
    }
  }

  #fillArray(array: readonly unknown[], waiting: Waiting): void {
    const { draft } = waiting;
    const elements: CapturedValue[] = [];
    const most = Math.min(array.length, this.#limits.elements);
    for (let index = 0; index < most; index += 1) {
      const over = this.#isOver();
      if (over) {
        this.#leaveOut(draft, over);
        break;
      }
      elements[index] = this.#property(array, index, '', waiting, '[]') ?? { t: 'undefined', x: 'elements' };
    }
    draft.e = elements;
    if (array.length > most) this.#leaveOut(draft, 'elements');
    if (draft.x === undefined && elements.length === array.length) draft.n = undefined;
  }

  #fillMap(map: object, waiting: Waiting): void {
    const { draft, depth } = waiting;
    const entries: [CapturedValue, CapturedValue][] = [];
    const iterator = mapEntries(map);
    for (let step = mapNext(iterator); !step.done; step = mapNext(iterator)) {
      const over = this.#isOver() ?? (entries.length === this.#limits.elements ? 'elements' : undefined);
      if (over) {
        this.#leaveOut(draft, over);
        break;
      }
      const key = step.value[0];
      const value = step.value[1];
      const name =
        typeof key === 'string' ? slice(key, 0, 200) : typeof key === 'symbol' ? (descriptionOf(key) ?? '') : '';
      entries[entries.length] = [
        this.#value(key, depth + 1, waiting, '{}'),
        this.#named(name, value, depth + 1, waiting, '{}'),
      ];
    }
    draft.m = entries;
    if (draft.x === undefined) draft.n = undefined;
  }

  #fillSet(set: object, waiting: Waiting): void {
    const { draft, depth } = waiting;
    const elements: CapturedValue[] = [];
    const iterator = setValues(set);
    for (let step = setNext(iterator); !step.done; step = setNext(iterator)) {
      const over = this.#isOver() ?? (elements.length === this.#limits.elements ? 'elements' : undefined);
      if (over) {
        this.#leaveOut(draft, over);
        break;
      }
      elements[elements.length] = this.#value(step.value, depth + 1, waiting, '[]');
    }
    draft.e = elements;
    if (draft.x === undefined) draft.n = undefined;
  }

  /** Numbers, as they stand; but never as text: bytes may be a secret's. */
  #fillBuffer(value: object, draft: Draft): void {
    if (
      !isTypedArray(value) ||
      types.isUint8Array(value) ||
      types.isUint8ClampedArray(value) ||
      types.isInt8Array(value)
    )
      return;
    const elements: CapturedValue[] = [];
    const most = Math.min(sizeOf(value, 'length'), this.#limits.elements);
    for (let index = 0; index < most; index += 1) {
      const element = readProperty(value, index);
      elements[index] = { t: typeof element, v: `${String(element)}` };
      this.#bytes += bytesPerValue;
    }
    draft.e = elements;
    if (sizeOf(value, 'length') > most) this.#leaveOut(draft, 'elements');
  }

  #fillFields(waiting: Waiting): void {
    const { value, draft } = waiting;
    if (!this.#large.isEmpty && this.#large.has(pathOf(waiting.parent, waiting.name))) {
      this.#leaveOut(draft, 'large');
      return;
    }
    const keys = ownKeys(value);
    if (keys.length > manyKeys) this.#large.add(pathOf(waiting.parent, waiting.name));
    const fields: [string, CapturedValue][] = [];
    let shown = 0;
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index];
      // Node 20 runs the program's `Error.prepareStackTrace` when even its descriptor is asked for.
      if (key === undefined || (key === 'stack' && isNativeError(value))) continue;
      const over = this.#isOver() ?? (shown === this.#limits.fields ? 'fields' : undefined);
      if (over) {
        this.#leaveOut(draft, over);
        draft.n = keys.length;
        break;
      }
      const name = typeof key === 'symbol' ? `Symbol(${descriptionOf(key) ?? ''})` : slice(key, 0, 200);
      const captured = this.#property(value, key, name, waiting, name);
      if (!captured) continue;
      const told = this.#redactor.text(name);
      this.#redacted += told.redacted;
      this.#bytes += told.text.length;
      fields[fields.length] = [told.text, captured];
      shown += 1;
    }
    draft.f = fields;
  }

  /** Undefined where there is no such property: a hole of an array. */
  #property(holder: object, key: PropertyKey, name: string, waiting: Waiting, at: string): CapturedValue | undefined {
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (!descriptor) return undefined;
    if (!('value' in descriptor)) {
      this.#bytes += bytesPerValue;
      return { t: 'accessor' };
    }
    return name === ''
      ? this.#value(descriptor.value, waiting.depth + 1, waiting, at)
      : this.#named(name, descriptor.value, waiting.depth + 1, waiting, at);
  }

  #isOver(): CutReason | undefined {
    if (this.#bytes > this.#limits.bytes) return 'bytes';
    if (this.#timeIsOver) return 'time';
    this.#values += 1;
    if (this.#values % valuesPerClock === 0 && clock() > this.#end) this.#timeIsOver = true;
    return this.#timeIsOver ? 'time' : undefined;
  }

  #leaveOut(draft: Draft, reason: CutReason): void {
    draft.x = reason;
    this.#cuts(reason);
  }

  #cuts(reason: CutReason): void {
    this.#cut ??= new Set();
    this.#cut.add(reason);
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
  return name && typeof name.value === 'string' ? slice(name.value, 0, 200) : undefined;
}

function sizeOf(value: object, key: 'size' | 'length' | 'byteLength'): number {
  try {
    const size = readProperty(value, key);
    return typeof size === 'number' ? size : 0;
  } catch (error) {
    if (error === failures.accessor || error === failures.proxy) return 0;
    throw error;
  }
}

/** Without half of a character that takes two units. */
function withoutHalf(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? slice(text, 0, text.length - 1) : text;
}
