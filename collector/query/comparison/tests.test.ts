import { expect, test } from 'vitest';
import { chanceOf } from './tests.ts';

const apart = 4;
/** The normal distribution's two tails beyond 4 (M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, table 26.1). */
const normal = 6.334e-5;

test('what is usual is known from many functions: few batches do not make a difference beyond it less certain', () => {
  const usual = { center: 0, variance: 1 };
  // In its own standard errors; all but a millionth of the variance is usual.
  const difference = { statistic: apart * 1_000, degrees: 4, variance: 1e-6 };
  expect(chanceOf(difference, usual)).toBeCloseTo(normal, 6);
});

test('where nothing is usual a difference is as certain as its batches make it', () => {
  const few = chanceOf({ statistic: apart, degrees: 4, variance: 1 });
  const many = chanceOf({ statistic: apart, degrees: 10_000, variance: 1 });
  expect(many).toBeCloseTo(normal, 6);
  // Student's t of four degrees of freedom.
  expect(few).toBeCloseTo(0.01613, 4);
});
