import { expect, test } from 'vitest';
import { RestartBudget } from './restart-budget.ts';

test('restarts are bounded within the time, and allowed again after it', () => {
  const budget = new RestartBudget(2, 1_000);
  expect([budget.take(0), budget.take(10), budget.take(20)]).toEqual([true, true, false]);
  expect(budget.take(1_005)).toBe(true);
});

test('a person who starts it again begins anew', () => {
  const budget = new RestartBudget(1, 1_000);
  budget.take(0);
  budget.reset();
  expect(budget.take(1)).toBe(true);
});
