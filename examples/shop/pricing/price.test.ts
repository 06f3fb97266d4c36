import { describe, expect, test } from 'vitest';
import { findCoupon } from './coupons.ts';
import type { Line } from './line.ts';
import { formatCents, priceCart, priceLine, roundToCent } from './price.ts';

const line = (changes: Partial<Line> = {}): Line => ({
  productId: 1,
  category: 'bath',
  taxClass: 'standard',
  unitCents: 1_000,
  quantity: 1,
  ...changes,
});

describe('priceLine', () => {
  test('adds the tax of the country', () => {
    expect(priceLine(line(), 'DE')).toEqual({
      productId: 1,
      quantity: 1,
      listCents: 1_000,
      discountCents: 0,
      taxCents: 190,
      grossCents: 1_190,
    });
    expect(priceLine(line(), 'NL').taxCents).toBe(210);
  });

  test('takes the tax class of the product', () => {
    expect(priceLine(line({ taxClass: 'reduced' }), 'FR').taxCents).toBe(55);
    expect(priceLine(line({ taxClass: 'books' }), 'AT').taxCents).toBe(100);
  });

  test('taxes what is left after the discount', () => {
    const price = priceLine(line({ category: 'kitchen' }), 'DE');
    expect(price.discountCents).toBe(70);
    expect(price.taxCents).toBe(177);
    expect(price.grossCents).toBe(1_107);
  });

  test('gives the largest discount only, not their sum', () => {
    expect(priceLine(line({ category: 'garden', quantity: 12 }), 'DE').discountCents).toBe(1_200);
    expect(priceLine(line({ category: 'garden', quantity: 3 }), 'DE').discountCents).toBe(240);
  });

  test.each([
    [2, 0],
    [3, 90],
    [5, 150],
    [6, 360],
    [11, 660],
    [12, 1_200],
    [49, 4_900],
    [50, 7_500],
  ])('%i pieces at 10 euros are %i cents cheaper', (quantity, discountCents) => {
    expect(priceLine(line({ quantity }), 'DE').discountCents).toBe(discountCents);
  });

  test('a discount of one category is not given in another', () => {
    expect(priceLine(line({ category: 'clearance' }), 'DE').discountCents).toBe(250);
    expect(priceLine(line({ category: 'pantry' }), 'DE').discountCents).toBe(0);
  });
});

describe('priceCart', () => {
  test('an empty cart costs its shipping', () => {
    expect(priceCart([], 'DE')).toEqual({
      lines: [],
      goodsCents: 0,
      couponCents: 0,
      shippingCents: 490,
      totalCents: 490,
    });
  });

  test('ships free from 75 euros, counted after the coupon', () => {
    const cart = [line({ unitCents: 6_303 })]; // 75.01 with tax
    expect(priceCart(cart, 'DE').shippingCents).toBe(0);
    expect(priceCart(cart, 'DE', findCoupon('SPRING5')).shippingCents).toBe(490);
  });

  test('adds up', () => {
    const { lines, ...sums } = priceCart([line(), line({ productId: 2, quantity: 2 })], 'FR', findCoupon('WELCOME10'));
    expect(lines.map((priced) => priced.grossCents)).toEqual([1_200, 2_400]);
    expect(sums).toEqual({ goodsCents: 3_600, couponCents: 360, shippingCents: 790, totalCents: 4_030 });
  });
});

test.each([
  [2.5, 2],
  [3.5, 4],
  [2.49, 2],
  [2.51, 3],
  [-2.5, -2],
  [-3.5, -4],
  [7, 7],
])('roundToCent(%f) is %i', (cents, rounded) => {
  expect(roundToCent(cents)).toBe(rounded);
});

test('formatCents writes as the country does', () => {
  expect(formatCents(123_456, 'DE').replace(/\s/g, ' ')).toBe('1.234,56 €');
  expect(formatCents(5, 'NL').replace(/\s/g, ' ')).toBe('€ 0,05');
});
