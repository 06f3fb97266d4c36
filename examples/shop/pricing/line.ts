import type { TaxClass } from './rules.ts';

/** What is to be priced: so many pieces of one product. Money is in whole cents everywhere. */
export interface Line {
  readonly productId: number;
  readonly category: string;
  readonly taxClass: TaxClass;
  readonly unitCents: number;
  readonly quantity: number;
}

export interface LinePrice {
  readonly productId: number;
  readonly quantity: number;
  readonly listCents: number;
  readonly discountCents: number;
  readonly taxCents: number;
  readonly grossCents: number;
}

export interface CartPrice {
  readonly lines: readonly LinePrice[];
  readonly goodsCents: number;
  readonly couponCents: number;
  readonly shippingCents: number;
  readonly totalCents: number;
}
