/** Against simulated services whose truth is known. */
import { expect, test } from 'vitest';
import { type Behaviour, behave, seeded } from '../../testing/simulated.ts';
import { evidenceOf, type Family, type FunctionBatch, toldChanges } from './function-change.ts';

const side = (random: () => number, behaviour: Behaviour, batches = 12): FunctionBatch[] =>
  Array.from({ length: batches }, () => behave(random, behaviour, 5));

const told = (functions: readonly { base: FunctionBatch[]; now: FunctionBatch[] }[], traffic = 1) => {
  const tested = functions.map((each) => ({
    ...each,
    evidence: evidenceOf({ ...each, traffic }),
    isReference: true,
    isChanged: false,
  }));
  const others: Record<Family, number> = {
    duration: functions.length,
    tail: functions.length,
    errors: functions.length,
    calls: functions.length,
  };
  const map = toldChanges(tested, { others, changed: { duration: 0, tail: 0, errors: 0, calls: 0 } });
  return tested.map((each) => (map.get(each) ?? []).map(({ kind }) => kind));
};

/** As many functions as are alike on both sides. */
const alike = (random: () => number, service: Behaviour, count: number) =>
  Array.from({ length: count }, () => ({ base: side(random, service), now: side(random, service) }));

test.each<[string, Behaviour]>([
  ['a calm service', { rate: 40, errors: 0.01 }],
  ['load, latency and errors in waves', { rate: 40, errors: 0.05, waves: 0.5 }],
  ['one call in 40 timed', { rate: 400, every: 40 }],
  ['a call now and then', { rate: 0.8, errors: 0.2 }],
])('of 150 functions in which nothing has changed, next to none is told: %s', (_, service) => {
  const random = seeded(7);
  const changed = told(alike(random, service, 150)).filter((kinds) => kinds.length > 0);
  // Were one test in twenty of each kind told, there would be some thirty.
  expect(changed.length).toBeLessThanOrEqual(2);
});

test.each<[string, Behaviour, Behaviour, string]>([
  ['slower', { rate: 60 }, { rate: 60, median: 0.015 }, 'slower'],
  ['faster', { rate: 60 }, { rate: 60, median: 0.006 }, 'faster'],
  ['slower in waves', { rate: 60, waves: 0.2 }, { rate: 60, median: 0.025, waves: 0.2 }, 'slower'],
  ['slow calls more often', { rate: 60, slow: 0.02 }, { rate: 60, slow: 0.12 }, 'slowerTail'],
  ['new failures', { rate: 60 }, { rate: 60, errors: 0.02 }, 'moreErrors'],
  ['fewer failures', { rate: 60, errors: 0.05 }, { rate: 60, errors: 0.005 }, 'fewerErrors'],
  ['called twice as often', { rate: 60 }, { rate: 120 }, 'moreCalls'],
  ['called a third as often', { rate: 60 }, { rate: 20 }, 'fewerCalls'],
  ['no longer called', { rate: 60 }, { rate: 0 }, 'notCalled'],
  ['slower, one call in 40 timed', { rate: 400, every: 40 }, { rate: 400, every: 40, median: 0.015 }, 'slower'],
])('among 100 functions that are as before, the one is found that is %s', (_, before, after, kind) => {
  const random = seeded(11);
  const functions = [
    { base: side(random, before), now: side(random, after) },
    ...alike(random, { rate: 40, errors: 0.01 }, 100),
  ];
  const [first, ...others] = told(functions);
  expect(first).toEqual([kind]);
  expect(others.filter((kinds) => kinds.length > 0).length).toBeLessThanOrEqual(1);
});

test('one burst of failures is no higher rate: the next batch may be as without it', () => {
  const random = seeded(3);
  const [base, now] = [side(random, { rate: 60 }), side(random, { rate: 60 })];
  const burst = now.map((batch, i) => (i === 4 ? { ...batch, errors: 60 } : batch));
  expect(told([{ base, now: burst }])).toEqual([[]]);
});

test('small samples stay silent, however different they look', () => {
  const random = seeded(5);
  const one = { base: side(random, { rate: 0.1 }), now: side(random, { rate: 0.1, median: 5, errors: 0.4 }) };
  expect(told([one])).toEqual([[]]);
  // Two batches of a thousand calls say nothing of how much batches differ.
  const two = { base: side(random, { rate: 200 }, 2), now: side(random, { rate: 200, median: 0.1 }, 2) };
  expect(told([two])).toEqual([[]]);
});

test('what is certain and does not matter is not told', () => {
  const random = seeded(9);
  const functions = [
    { base: side(random, { rate: 400 }), now: side(random, { rate: 400, median: 0.0106 }) },
    // The order of a hundred nanoseconds is that of the compiler.
    { base: side(random, { rate: 400, median: 2e-7 }), now: side(random, { rate: 400, median: 3e-7 }) },
  ];
  expect(told(functions)).toEqual([[], []]);
});

test('where the whole service has twice the traffic, a function with twice the calls has not changed', () => {
  const random = seeded(13);
  const functions = [{ base: side(random, { rate: 60 }), now: side(random, { rate: 120 }) }];
  expect(told(functions, 2)).toEqual([[]]);
  expect(told(functions, 1)).toEqual([['moreCalls']]);
});
