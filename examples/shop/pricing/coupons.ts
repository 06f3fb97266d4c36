export interface Coupon {
  readonly code: string;
  readonly share: number;
  readonly capCents: number;
}

const coupons: readonly Coupon[] = [
  { code: 'WELCOME10', share: 0.1, capCents: 2_000 },
  { code: 'SPRING5', share: 0.05, capCents: 5_000 },
  { code: 'FRIENDS15', share: 0.15, capCents: 3_000 },
];

export function findCoupon(code: string): Coupon | undefined {
  const wanted = code.trim().toUpperCase();
  return coupons.find((coupon) => coupon.code === wanted);
}

/** What the coupon takes off the goods, in cents, up to its cap. */
export function couponDiscount(coupon: Coupon, goodsCents: number): number {
  return Math.min(Math.round(goodsCents * coupon.share), coupon.capCents);
}

/** A coupon of the printed catalogue: `C<year>-<cents>-<check digit>`, such as `C2019-500-7`. */
export class LegacyCoupon {
  readonly year: number;
  readonly cents: number;

  private constructor(year: number, cents: number) {
    this.year = year;
    this.cents = cents;
  }

  static parse(code: string): LegacyCoupon | undefined {
    const match = /^C(\d{4})-(\d{1,5})-(\d)$/.exec(code.trim());
    if (!match) return undefined;
    const [, year, cents, check] = match;
    return LegacyCoupon.checkDigit(`${year}${cents}`) === Number(check)
      ? new LegacyCoupon(Number(year), Number(cents))
      : undefined;
  }

  static checkDigit(digits: string): number {
    return [...digits].reduce((sum, digit, index) => sum + Number(digit) * (index % 2 === 0 ? 3 : 1), 0) % 10;
  }

  get lastValidYear(): number {
    return this.year + 2;
  }

  discountOn(goodsCents: number, year: number): number {
    return year > this.lastValidYear ? 0 : Math.min(this.cents, goodsCents);
  }
}
