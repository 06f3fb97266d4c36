import { expect, test } from 'vitest';
import { differenceWords } from './versions.ts';

test('a difference between versions is told in words that cannot be misread', () => {
  expect(differenceWords(0.112, 0.1)).toBe('+12 %');
  expect(differenceWords(0.088, 0.1)).toBe('−12 %');
  expect(differenceWords(0.31, 0.1)).toBe('×3.1');
  expect(differenceWords(0.1001, 0.1)).toBe('as before');
  expect(differenceWords(0, 0)).toBe('as before');
  expect(differenceWords(3, 0)).toBe('none before');
});
