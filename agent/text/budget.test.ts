import { expect, test } from 'vitest';
import { withinBudget } from './budget.ts';

test('what fits is whole', () => {
  expect(withinBudget(['a', 'b'], 3, 'ask for less.')).toBe('a\nb');
});

test('what does not fit is counted', () => {
  const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}`);
  const text = withinBudget(lines, 200, 'ask for less.');
  expect(text.length).toBeLessThanOrEqual(200);
  const shown = text.split('\n').length - 1;
  expect(text.split('\n').at(-1)).toBe(`… ${1_000 - shown} more lines left out: ask for less.`);
  expect(shown).toBeGreaterThan(10);
});

test.each([0, 1, 10])('a budget of %i characters is kept', (budget) => {
  expect(withinBudget(['some line', 'another line'], budget, 'x').length).toBeLessThanOrEqual(budget);
});
