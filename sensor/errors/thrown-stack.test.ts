import { afterEach, describe, expect, test } from 'vitest';
import { causeOf, messageOf } from './own-facts.ts';
import { thrownFrames } from './thrown-stack.ts';

const prepare = Error.prepareStackTrace;
afterEach(() => {
  Error.prepareStackTrace = prepare;
});

const exploding = (): never => {
  throw new Error('code of the program was run');
};
const trap = new Proxy({}, { get: exploding, getOwnPropertyDescriptor: exploding, getPrototypeOf: exploding });

describe('the frames of an error', () => {
  test('are those of where it was made, and its stack is still made by the program when it is read', () => {
    const error = new Error('first');
    const frames = thrownFrames(error);
    expect(frames[0]?.getFileName()).toContain('thrown-stack.test');
    // Otherwise V8 would have kept what was made of it.
    error.message = 'second';
    Error.prepareStackTrace = (thrown) => `by the program: ${thrown.message}`;
    expect(error.stack).toBe('by the program: second');
  });

  test('are taken past a prepareStackTrace of the program, which stays in place and is not called', () => {
    const own = exploding;
    Error.prepareStackTrace = own;
    expect(thrownFrames(new Error('x')).length).toBeGreaterThan(0);
    expect(Error.prepareStackTrace).toBe(own);
  });

  test('are none where the program watches who sets its prepareStackTrace, and nothing is set', () => {
    Object.defineProperty(Error, 'prepareStackTrace', { get: exploding, set: exploding, configurable: true });
    const frames = thrownFrames(new Error('x'));
    Object.defineProperty(Error, 'prepareStackTrace', { value: prepare, writable: true, configurable: true });
    expect(frames).toEqual([]);
  });

  test('are none where the stack is something of the program', () => {
    const error = Object.defineProperty(new Error('x'), 'stack', { get: exploding });
    expect(thrownFrames(error)).toEqual([]);
    expect(thrownFrames(Object.defineProperty({}, 'stack', { get: exploding }))).toEqual([]);
    expect(thrownFrames(trap)).toEqual([]);
    expect(thrownFrames({ stack: 'a text' })).toEqual([]);
  });
});

describe('what an error says', () => {
  test('is read from own data only', () => {
    const getters = {
      get message() {
        return exploding();
      },
      get cause() {
        return exploding();
      },
      get errors() {
        return exploding();
      },
    };
    expect([messageOf(getters), causeOf(getters)]).toEqual([undefined, '']);
    expect([messageOf(trap), causeOf(trap)]).toEqual([undefined, '']);
    expect(messageOf(Object.create({ message: 'inherited' }))).toBeUndefined();
    expect(messageOf(new TypeError('own'))).toBe('own');
    expect(messageOf({ message: { toString: exploding } })).toBeUndefined();
  });

  test('of a DOMException is what Node tells', () => {
    expect(messageOf(new DOMException('The operation was aborted', 'AbortError'))).toBe('The operation was aborted');
  });

  test('is cut, so that a message of megabytes is not kept', () => {
    expect(messageOf(new Error('x'.repeat(1_000_000)))?.length).toBeLessThan(600);
  });

  test('of what is behind it only the types are told, of a bounded number, also where it goes in a circle', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(causeOf(new Error('a', { cause: new TypeError('b', { cause: refused }) }))).toBe('TypeError < ECONNREFUSED');
    expect(causeOf(new AggregateError([refused, new RangeError('x'), refused], 'all', { cause: refused }))).toBe(
      'ECONNREFUSED, RangeError < ECONNREFUSED',
    );
    const circle = new Error('a');
    circle.cause = new TypeError('b', { cause: circle });
    expect(causeOf(circle)).toBe('TypeError');
    let deep = new Error('end');
    for (let i = 0; i < 1_000; i += 1) deep = new Error('more', { cause: deep });
    expect(causeOf(deep)).toBe('Error < Error < Error < Error');
    expect(causeOf(new Error('a', { cause: trap }))).toBe('Proxy');
    expect(causeOf(new Error('a', { cause: 'secret' }))).toBe('');
  });
});
