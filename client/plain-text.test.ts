import { expect, test } from 'vitest';
import { plainText, wrapped } from './plain-text.ts';

test('marks, links and list signs go; words and escaped marks stay', () => {
  expect(plainText('## A **bold** `code`\n\n- one [link](command:x)\n- two \\*stars\\* \\[a\\]')).toBe(
    'A bold code one link two *stars* [a]',
  );
});

test('a name from outside that is full of marks is told as it is', () => {
  expect(plainText('\\`\\<b\\>\\_\\_x\\_\\_')).toBe('`<b>__x__');
});

test('a text is broken between words, and a word that is too long within itself', () => {
  expect(wrapped('aa bb cc', 5)).toEqual(['aa bb', 'cc']);
  expect(wrapped('abcdefg h', 3)).toEqual(['abc', 'def', 'g h']);
  expect(wrapped('', 5)).toEqual([]);
});
