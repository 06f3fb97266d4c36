import { type Coupon, couponDiscount } from './coupons.ts';
import type { CartPrice, Line, LinePrice } from './line.ts';
import * as rules from './rules.ts';

export function priceCart(cart: readonly Line[], country: rules.Country, coupon?: Coupon): CartPrice {
  const lines = cart.map((line) => priceLine(line, country));
  const goodsCents = lines.reduce((sum, line) => sum + line.grossCents, 0);
  const couponCents = coupon ? couponDiscount(coupon, goodsCents) : 0;
  const shippingCents = shippingFee(goodsCents - couponCents, country);
  const totalCents = goodsCents - couponCents + shippingCents;
  return { lines, goodsCents, couponCents, shippingCents, totalCents };
}

/** Tax is due on what is left after the discount. */
export function priceLine(line: Line, country: rules.Country): LinePrice {
  const { productId, quantity } = line;
  const listCents = line.unitCents * quantity;
  const discountCents = bestDiscount(line, listCents);
  const taxCents = roundToCent((listCents - discountCents) * rules.taxRates[country][line.taxClass]);
  const grossCents = listCents - discountCents + taxCents;
  return { productId, quantity, listCents, discountCents, taxCents, grossCents };
}

/** Discounts do not add up: the customer gets the largest one. */
function bestDiscount(line: Line, listCents: number): number {
  const shares = rules.discountRules.filter((rule) => qualifies(line, rule)).map((rule) => rule.share);
  return roundToCent(listCents * Math.max(0, ...shares));
}

function qualifies(line: Line, rule: rules.DiscountRule): boolean {
  if (line.quantity < rule.minimumQuantity) return false;
  return rule.categories.length === 0 || rule.categories.includes(line.category);
}

/** Half a cent goes to the even neighbour, so that many small lines do not add up to a gain. */
export function roundToCent(cents: number): number {
  const rounded = Math.round(cents);
  return rounded - cents === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function shippingFee(goodsCents: number, country: rules.Country): number {
  return goodsCents >= rules.freeShippingFromCents ? 0 : rules.shippingCents[country];
}

export function formatCents(cents: number, country: rules.Country): string {
  const format = new Intl.NumberFormat(rules.locales[country], { style: 'currency', currency: 'EUR' });
  return format.format(cents / 100);
}
