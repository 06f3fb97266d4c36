import { expect, test } from 'vitest';
import { handlerOf, type Step } from './outcome.ts';

const step = (slot: number, kind: Step['kind'] = 'sync'): Step => ({ slot, kind });

test.each([
  ['what a function throws goes to its caller', step(1), [step(2), step(3)], true, 2],
  ['also into an async one', step(1), [step(2, 'async')], true, 2],
  ['what leaves the outermost is caught by nobody', step(1), [], true, 'no'],
  ['of a stack that was not seen whole nobody knows', step(1), [], false, 'unknown'],
  ['a promise is awaited by the next async caller', step(1, 'async'), [step(2), step(3, 'async')], true, 3],
  ['a promise that a plain function was given may go anywhere', step(1, 'async'), [step(2)], true, 'unknown'],
  ['the promise of the outermost is awaited by nobody measured', step(1, 'async'), [], true, 'no'],
  ['a generator throws into whoever asks it', step(1, 'generator'), [step(2), step(3, 'async')], true, 2],
  ['an async generator gives promises', step(1, 'asyncGenerator'), [step(2), step(3, 'async')], true, 3],
] as const)('%s', (_title, last, callers, isWhole, expected) => {
  expect(handlerOf({ last, callers, isWhole })).toBe(expected);
});
