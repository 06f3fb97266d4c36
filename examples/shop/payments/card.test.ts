import { expect, test } from 'vitest';
import { maskCard, passesLuhn } from './card.ts';

test('only the last four digits of a card are kept', () => {
  expect(maskCard('4242424242424242')).toBe('•••• 4242');
});

test('a mistyped digit is noticed', () => {
  expect(passesLuhn('4242424242424242')).toBe(true);
  expect(passesLuhn('4242424242424243')).toBe(false);
  expect(passesLuhn('4224424242424242')).toBe(false);
});
