import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { stamps } from './stamp.ts';

test('a value is kept for an object, and replaced', () => {
  const { set, get } = stamps<string>();
  const object = {};
  expect(get(object)).toBeUndefined();
  set(object, 'first');
  expect(get(object)).toBe('first');
  set(object, 'second');
  expect(get(object)).toBe('second');
});

test('nothing of the program sees it, and two makers do not see each other', () => {
  const one = stamps<number>();
  const other = stamps<number>();
  const error = new RangeError('no');
  one.set(error, 1);
  expect(other.get(error)).toBeUndefined();
  expect(Reflect.ownKeys(error).sort()).toEqual(['message', 'stack']);
  expect(inspect(error, { showHidden: true, showProxy: true })).not.toContain('value');
  expect(structuredClone(error)).toEqual(error);
});

test('no trap of a proxy is called, and its target is another object', () => {
  const { set, get } = stamps<number>();
  const target = {};
  const refuse = () => {
    throw new Error('a trap was called');
  };
  const proxy = new Proxy(target, { get: refuse, set: refuse, has: refuse, defineProperty: refuse, ownKeys: refuse });
  set(proxy, 1);
  expect(get(proxy)).toBe(1);
  expect(get(target)).toBeUndefined();
});

test('frozen objects and functions can have one', () => {
  const { set, get } = stamps<number>();
  const frozen = Object.freeze(new Error('frozen'));
  set(frozen, 1);
  set(refuse, 2);
  expect(get(frozen)).toBe(1);
  expect(get(refuse)).toBe(2);
  function refuse(): void {}
});
