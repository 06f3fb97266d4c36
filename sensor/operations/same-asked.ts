import { types } from 'node:util';

/** Values of one operation that are looked at, and characters of a text: what differs only beyond is taken for the same. */
const mostValues = 32;
const longestText = 512;
const deepest = 2;
const prime = 0x01000193;

/**
 * A number for what is asked with all of its values, so that the same gets the same; undefined: it has values that are not looked
 * into. The number is told to nobody.
 */
export function askedHash(text: string, values: unknown): number | undefined {
  return hashOf(values, hashOfText(text, 0x811c9dc5), 0);
}

function hashOf(value: unknown, before: number, depth: number): number | undefined {
  switch (typeof value) {
    case 'undefined':
      return before;
    case 'string':
      return hashOfText(value, before ^ 1);
    case 'number':
    case 'bigint':
    case 'boolean':
      return hashOfText(String(value), before ^ 2);
    case 'object':
      return value === null ? before ^ 3 : hashOfObject(value, before ^ 4, depth);
    default:
      return undefined;
  }
}

/** Nothing of the program runs by it: neither a getter nor a proxy's traps. */
function hashOfObject(value: object, before: number, depth: number): number | undefined {
  if (depth >= deepest || types.isProxy(value)) return undefined;
  if (types.isDate(value)) return hashOfText(String(Date.prototype.getTime.call(value)), before);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return undefined;
  const keys = Object.keys(value);
  if (keys.length > mostValues) return undefined;
  let hash = before;
  for (const key of keys) {
    const inner = hashOf(
      Object.getOwnPropertyDescriptor(value, key)?.value,
      Array.isArray(value) ? Math.imul(hash, prime) : hashOfText(key, hash),
      depth + 1,
    );
    if (inner === undefined) return undefined;
    hash = inner;
  }
  return hash;
}

/** FNV-1a over UTF-16 units. */
function hashOfText(text: string, before: number): number {
  let hash = before;
  const length = Math.min(text.length, longestText);
  for (let i = 0; i < length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), prime);
  return Math.imul(hash ^ text.length, prime);
}

/** Of one series, in an interval. */
const mostLooked = 128;

/** How many operations of one kind, by one function, asked the same as one before them. */
export class SameAsked {
  #seen: Set<number> | undefined;
  #of = 0;
  #same = 0;

  /** No more are looked at in this interval. */
  get isFull(): boolean {
    return this.#of >= mostLooked;
  }

  add(hash: number): void {
    this.#of += 1;
    this.#seen ??= new Set();
    if (this.#seen.has(hash)) this.#same += 1;
    else this.#seen.add(hash);
  }

  /** Since the last time. */
  take(): { readonly of: number; readonly same: number } {
    const taken = { of: this.#of, same: this.#same };
    this.#seen = undefined;
    this.#of = 0;
    this.#same = 0;
    return taken;
  }
}
