import { types } from 'node:util';
import { errorType } from '../runtime/error-type.ts';

/** Captured before a program can replace them. */
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { apply } = Reflect;
const domPrototype = DOMException.prototype;
const domMessage = getOwnPropertyDescriptor(domPrototype, 'message')?.get;

/** A message is looked at as far as this; UTF-16 units. */
export const longestMessage = 512;
const deepestCause = 4;
const mostOfAggregate = 3;

/**
 * The message of what was thrown, cut; undefined: it has none of its own. Runs none of the program's code: of accessors
 * only those of Node's own `DOMException` are asked.
 */
export function messageOf(thrown: object): string | undefined {
  if (types.isProxy(thrown)) return undefined;
  const own: unknown = getOwnPropertyDescriptor(thrown, 'message')?.value;
  const message = typeof own === 'string' ? own : messageOfDom(thrown);
  // Two more than are looked at: that it was longer must still be seen.
  return message?.slice(0, longestMessage + 2);
}

/** What is behind an error, by types only: `AggregateError < ECONNREFUSED`; empty: nothing is. */
export function causeOf(thrown: object): string {
  const types: string[] = [];
  const seen = new Set<object>([thrown]);
  let at: object | undefined = behind(thrown);
  while (at && !seen.has(at) && types.length < deepestCause) {
    seen.add(at);
    types.push(errorType(at));
    at = behind(at);
  }
  const parts = partsOf(thrown);
  return [...(parts === '' ? [] : [parts]), ...types].join(' < ');
}

function behind(error: object): object | undefined {
  if (types.isProxy(error)) return undefined;
  const cause: unknown = getOwnPropertyDescriptor(error, 'cause')?.value;
  return typeof cause === 'object' && cause !== null ? cause : undefined;
}

/** The first types of an `AggregateError`. */
function partsOf(error: object): string {
  if (types.isProxy(error)) return '';
  const errors: unknown = getOwnPropertyDescriptor(error, 'errors')?.value;
  if (!Array.isArray(errors) || types.isProxy(errors)) return '';
  const found = new Set<string>();
  for (let i = 0; i < Math.min(errors.length, mostOfAggregate); i += 1) {
    const part: unknown = getOwnPropertyDescriptor(errors, i)?.value;
    if (typeof part === 'object' && part !== null && types.isNativeError(part)) found.add(errorType(part));
  }
  return [...found].join(', ');
}

function messageOfDom(thrown: object): string | undefined {
  if (!domMessage || getPrototypeOf(thrown) !== domPrototype) return undefined;
  const text: unknown = apply(domMessage, thrown, []);
  return typeof text === 'string' ? text : undefined;
}
