import { expect, it } from 'vitest';
import { JoinedText } from './joined-text.ts';

it.each([
  ['nothing', 0],
  ['a few', 7],
  ['as many as are added', 12_500],
  ['one more', 12_501],
  ['several lists of them', 40_000],
])('a text is its parts in their order: %s', (_title, count) => {
  const parts = Array.from({ length: count }, (_, at) => String(at).padStart(8, '-'));
  const text = new JoinedText();
  for (const part of parts) text.add(part);
  expect(text.length).toBe(8 * count);
  expect(text.toString() === parts.join('')).toBe(true);
});
