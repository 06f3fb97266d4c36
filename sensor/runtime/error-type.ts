import { types } from 'node:util';

const longest = 80;
/**
 * `ENOENT`, `ERR_HTTP2_STREAM_ERROR`, `P2002`: words, of which a digit is only at the end, so that no key or token passes
 * that a program puts there.
 */
const codePattern = /^(?=.{3,80}$)(?:[A-Z]{1,24}\d?(?:_[A-Z]{1,24}\d?)*|[A-Z]\d{4,5})$/;
const namePattern = /^[A-Za-z_$][\w$]{0,79}$/;
const byPrototype = new WeakMap<object, string>();

/**
 * The `error.type` of anything that was thrown: the class's name; for a plain `Error` its own `name`, or its `code`
 * (`ENOENT`), when it has one; for what is not an object its `typeof`. Runs none of the program's code: no getter, no
 * proxy's trap.
 */
export function errorType(thrown: unknown): string {
  if (thrown === null) return 'null';
  if (typeof thrown !== 'object' && typeof thrown !== 'function') return typeof thrown;
  if (types.isProxy(thrown)) return 'Proxy';
  const name = className(thrown);
  if (name !== 'Error') return name;
  const own = ownText(thrown, 'name');
  if (own !== undefined && own !== 'Error' && namePattern.test(own)) return own;
  const code = ownText(thrown, 'code');
  return code !== undefined && codePattern.test(code) ? code : name;
}

function className(thrown: object): string {
  const prototype: unknown = Object.getPrototypeOf(thrown);
  if (typeof prototype !== 'object' || prototype === null) return 'Object';
  const known = byPrototype.get(prototype);
  if (known !== undefined) return known;
  const name = findClassName(prototype);
  byPrototype.set(prototype, name);
  return name;
}

function findClassName(prototype: object): string {
  let at: unknown = prototype;
  for (let depth = 0; depth < 8 && typeof at === 'object' && at !== null && !types.isProxy(at); depth += 1) {
    const made: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof made === 'function' && !types.isProxy(made)) {
      const name = ownText(made, 'name');
      if (name) return name.slice(0, longest);
    }
    at = Object.getPrototypeOf(at);
  }
  return 'Object';
}

function ownText(object: object, key: string): string | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(object, key)?.value;
  return typeof value === 'string' ? value : undefined;
}
