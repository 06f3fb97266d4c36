import { describe, expect, it } from 'vitest';
import { askedHash, SameAsked } from './same-asked.ts';

describe('what is asked', () => {
  const select = 'SELECT name FROM users WHERE id = ?';

  it.each([
    ['no values', undefined, undefined],
    ['the same list', [1, 'a', null, true, 7n], [1, 'a', null, true, 7n]],
    ['the same names', { id: 1, at: new Date(5) }, { id: 1, at: new Date(5) }],
  ])('is the same with %s', (_, one, other) => {
    expect(askedHash(select, one)).toBe(askedHash(select, other));
    expect(askedHash(select, one)).toBeTypeOf('number');
  });

  it.each([
    ['another value', [1], [2]],
    ['another type', [1], ['1']],
    ['another order', [1, 2], [2, 1]],
    ['another name', { id: 1 }, { no: 1 }],
    ['nothing', [null], []],
    ['a longer text', ['a'.repeat(600)], ['a'.repeat(601)]],
  ])('is another with %s', (_, one, other) => {
    expect(askedHash(select, one)).not.toBe(askedHash(select, other));
  });

  it('is another with another literal in its text', () => {
    expect(askedHash('SELECT 1', undefined)).not.toBe(askedHash('SELECT 2', undefined));
  });

  it.each([
    ['bytes', [new Uint8Array(2)]],
    ['an object of a class', [new Map()]],
    ['too many', Array.from({ length: 40 }, (_, n) => n)],
    ['what is nested deeper', [[[1]]]],
    ['a function', [() => 1]],
  ])('is not known with %s', (_, values) => {
    expect(askedHash(select, values)).toBeUndefined();
  });

  it('runs nothing of the program', () => {
    let ran = 0;
    const get = () => {
      ran += 1;
      return ['id'];
    };
    const getter = Object.defineProperty({}, 'id', { enumerable: true, get });
    const proxy = new Proxy({ id: 1 }, { ownKeys: get });
    askedHash(select, getter);
    expect(askedHash(select, proxy)).toBeUndefined();
    expect(ran).toBe(0);
  });

  it('is counted for an interval, up to a number', () => {
    const asked = new SameAsked();
    for (const hash of [1, 2, 1, 1]) asked.add(hash);
    expect(asked.take()).toEqual({ of: 4, same: 2 });
    asked.add(1);
    expect(asked.take()).toEqual({ of: 1, same: 0 });
    while (!asked.isFull) asked.add(1);
    expect(asked.take().of).toBe(128);
  });
});
