import { expect, test } from 'vitest';
import { Exceptions } from './exceptions.ts';

const isNobodys = { isFirstParty: () => false };
const below = () => undefined;

/** A clock by which each look at an error takes 50 µs, ten times what the budget would allow of a storm. */
function slowClock() {
  let now = 1_000;
  return {
    now: () => {
      now += 0.05;
      return now;
    },
    cpuSeconds: () => now / 1_000,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

function told(exceptions: Exceptions, last = true) {
  const counts: Record<string, number> = {};
  for (const { slot, attributes, numbers } of [...exceptions.parts(last)].flat()) {
    const of = Object.fromEntries(attributes);
    const key = `${slot} ${of['exception.type']}`;
    counts[key] = (counts[key] ?? 0) + Number(numbers);
  }
  return counts;
}

test('in a storm only few errors are looked at, and they stand for all of them in each function', () => {
  const clock = slowClock();
  const exceptions = new Exceptions({ ...isNobodys, ...clock });
  let looked = 0;
  for (let i = 0; i < 20_000; i += 1) {
    const error = new Error(`no ${i}`);
    if (exceptions.passes(1, 'Error', error, below) > 0) looked += 1;
    exceptions.passes(2, 'Error', error, below);
  }
  expect(looked).toBeLessThan(1_000);
  expect(told(exceptions)).toEqual({ '1 Error': 20_000, '2 Error': 20_000 });
});

test('in a storm of one kind the first of another are all looked at', () => {
  const exceptions = new Exceptions({ ...isNobodys, ...slowClock() });
  for (let i = 0; i < 5_000; i += 1) exceptions.passes(1, 'Error', new Error('storm'), below);
  for (let i = 0; i < 16; i += 1) {
    expect(exceptions.passes(7, 'TypeError', new TypeError('rare'), below)).toBeGreaterThan(0);
  }
});

test('an error that still goes on is told when it has come to rest, and once', () => {
  const clock = slowClock();
  const exceptions = new Exceptions({ ...isNobodys, ...clock });
  const error = new Error('on its way');
  exceptions.passes(1, 'Error', error, below);
  expect(told(exceptions, false)).toEqual({});
  clock.pass(900);
  exceptions.passes(2, 'Error', error, below);
  clock.pass(900);
  expect(told(exceptions, false)).toEqual({});
  clock.pass(200);
  expect(told(exceptions, false)).toEqual({ '1 Error': 1, '2 Error': 1 });
  expect(told(exceptions)).toEqual({});
});

test('one object that is thrown again and again counts each time, and so does a promise that thousands wait for', () => {
  const exceptions = new Exceptions({ ...isNobodys, ...slowClock() });
  const kept = new Error('kept');
  for (let i = 0; i < 300; i += 1) exceptions.passes(1, 'Error', kept, below);
  for (let i = 0; i < 3_000; i += 1) exceptions.passes(5, 'Error', kept, below);
  expect(told(exceptions)).toEqual({ '1 Error': 300, '5 Error': 3_000 });
});

test('what is thrown and is no object is left to the count by type', () => {
  const exceptions = new Exceptions({ ...isNobodys, ...slowClock() });
  for (const thrown of ['text', 1, undefined, null, Symbol('s'), 1n]) exceptions.passes(1, 'x', thrown, below);
  expect(told(exceptions)).toEqual({});
});

test('errors of thousands of functions at once are followed as far as there is room; the rest is left to the count by type', () => {
  let now = 0;
  // A machine that is quick enough for all of them.
  const clock = { now: () => (now += 1e-3), cpuSeconds: () => now * 1e3 };
  const exceptions = new Exceptions({ ...isNobodys, ...clock });
  for (let slot = 0; slot < 6_000; slot += 1) exceptions.passes(slot, 'Error', new Error(`${slot}`), below);
  const followed = Object.keys(told(exceptions)).length;
  expect(followed).toBeGreaterThan(400);
  expect(followed).toBeLessThanOrEqual(4_000);
  // And there is room again, some time later.
  now += 10;
  exceptions.passes(5_999, 'Error', new Error('later'), below);
  expect(told(exceptions)).toEqual({ '5999 Error': 1 });
});
