import { expect, test } from 'vitest';
import { mostNamedFunctions, namedFunctions } from './named-functions.ts';

test('functions are found wherever they stand in an answer, each once', () => {
  const output = {
    functions: [
      { file: 'a.ts', function: 'one', line: 3, callers: [{ file: 'b.ts', function: 'two', calls: 3 }] },
      { file: 'a.ts', function: 'one', line: 9 },
      { function: 'nowhere' },
    ],
  };
  expect(namedFunctions(output)).toEqual([
    { file: 'a.ts', function: 'one', line: 3 },
    { file: 'b.ts', function: 'two', line: 1 },
  ]);
});

test('an endless answer ends', () => {
  const many = Array.from({ length: 5_000 }, (_, n) => ({ file: 'a.ts', function: `f${n}`, line: n }));
  expect(namedFunctions(many)).toHaveLength(mostNamedFunctions);
  expect(namedFunctions(null)).toEqual([]);
});
