import { describe, expect, it } from 'vitest';
import { likenessOf, wordsOf } from './body-likeness.ts';

const likeness = (one: string, other: string): number => likenessOf(wordsOf(one), wordsOf(other));

describe('how alike two bodies are', () => {
  it.each([
    ['a(b, c)', 'a(b, c)', 1],
    ['a(b, c)', 'c(a)[b]', 1],
    ['a(b)', 'c(d)', 0],
    ['a(b, c)', 'a(b, d)', 2 / 3],
    ['a(a, a)', 'a', 0.5],
    ['{}', '()', 1],
    ['{}', 'a', 0],
    ['größe + 1', 'größe - 1', 1],
  ])('%s and %s: %d', (one, other, expected) => {
    expect(likeness(one, other)).toBeCloseTo(expected, 10);
    expect(likeness(other, one)).toBeCloseTo(expected, 10);
  });

  it('no more than so many words of a text are read', () => {
    expect(wordsOf('a '.repeat(100_000)).all).toBe(20_000);
  });
});
