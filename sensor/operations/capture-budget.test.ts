import { expect, it } from 'vitest';
import { CaptureBudget } from './capture-budget.ts';

/** How many stacks are looked at when `wanted` are asked for in each millisecond that passes. */
function looksIn(milliseconds: number, { wanted, busy, confirms }: Load): number {
  let [now, looks] = [0, 0];
  const budget = new CaptureBudget(
    () => now,
    () => (busy * now) / 1000,
  );
  for (; now < milliseconds; now += 1) {
    for (let turn = 0; turn < wanted; turn += 1) {
      // Each turn a different place between 0 and 1.
      if (((now * wanted + turn) * 0.618034) % 1 >= budget.share(confirms)) continue;
      budget.spend(1);
      looks += 1;
    }
  }
  return looks;
}

interface Load {
  readonly wanted: number;
  readonly busy: number;
  readonly confirms: boolean;
}

it.each([true, false])('a busy minute looks at 500 stacks a second of CPU time (confirming: %s)', (confirms) => {
  const looks = looksIn(60_000, { wanted: 20, busy: 1, confirms });
  expect(looks).toBeGreaterThan(0.9 * 60 * 500);
  expect(looks).toBeLessThan(60 * 500 + 2_100);
});

it('an idle service has some to spare', () => {
  const looks = looksIn(60_000, { wanted: 20, busy: 0, confirms: false });
  expect(looks).toBeGreaterThan(0.9 * 60 * 100);
  expect(looks).toBeLessThan(60 * 100 + 2_100);
});

it('those that confirm leave the most for what is not known yet', () => {
  let now = 0;
  const budget = new CaptureBudget(
    () => now,
    () => now / 1000,
  );
  for (; now < 10_000; now += 1) {
    for (let turn = 0; turn < 4; turn += 1) {
      if (((now * 4 + turn) * 0.618034) % 1 < budget.share(true)) budget.spend(1);
    }
  }
  expect(budget.share(false)).toBe(1);
});

it('a stack that cost more than was left is paid for first', () => {
  let now = 0;
  const budget = new CaptureBudget(
    () => now,
    () => 0,
  );
  budget.spend(2_003);
  expect(budget.share(false)).toBe(0);
  now = 20;
  expect(budget.share(false)).toBe(0);
  now = 200;
  expect(budget.share(false)).toBeGreaterThan(0);
});
