import { describe, expect, test } from 'vitest';
import { couponDiscount, findCoupon, LegacyCoupon } from './coupons.ts';

test('a coupon is found however it is typed', () => {
  expect(findCoupon(' welcome10 ')?.code).toBe('WELCOME10');
  expect(findCoupon('WELCOME11')).toBeUndefined();
});

test('a coupon takes its share, up to its cap', () => {
  const coupon = { code: 'X', share: 0.1, capCents: 2_000 };
  expect(couponDiscount(coupon, 5_000)).toBe(500);
  expect(couponDiscount(coupon, 50_000)).toBe(2_000);
});

describe('a coupon of the printed catalogue', () => {
  const code = (year: number, cents: number): string =>
    `C${year}-${cents}-${LegacyCoupon.checkDigit(`${year}${cents}`)}`;

  test('is refused when it is misprinted', () => {
    expect(LegacyCoupon.parse('WELCOME10')).toBeUndefined();
    expect(
      LegacyCoupon.parse(code(2019, 500).replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))),
    ).toBeUndefined();
  });

  test('holds for two more years, and never for more than the goods cost', () => {
    const coupon = LegacyCoupon.parse(code(2019, 500));
    expect(coupon?.lastValidYear).toBe(2021);
    expect(coupon?.discountOn(4_000, 2021)).toBe(500);
    expect(coupon?.discountOn(300, 2021)).toBe(300);
    expect(coupon?.discountOn(4_000, 2022)).toBe(0);
  });
});
