import { expect, test } from 'vitest';
import { nodeWords, timeWords } from './node-words.ts';

const fn = { kind: 'function', name: 'pay', path: 'src/pay.ts', line: 3, functions: 1 } as const;

test('a function and a folder are told with their numbers', () => {
  expect(nodeWords({ ...fn, calls: 120_000, seconds: 0.5, errors: 0 }, 5)).toBe(
    'pay in src/pay.ts: 120k calls, 500 ms (10 % of all time), no errors',
  );
  const folder = { ...fn, kind: 'folder', name: 'src', functions: 12 } as const;
  expect(nodeWords({ ...folder, calls: 1, seconds: 2, errors: 1 }, 5)).toBe(
    'src/: 12 functions, 1 call, 2 s, 1 error (100 %)',
  );
});

test('what was not called, or not timed, has no time of zero', () => {
  expect(timeWords({ calls: 0, seconds: 0 })).toBe('–');
  expect(timeWords({ calls: 4, seconds: 0 })).toBe('not timed');
  expect(nodeWords({ ...fn, calls: 0, seconds: 0, errors: 0 }, 5)).toBe('pay in src/pay.ts, not called');
});
