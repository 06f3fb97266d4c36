import type { Catalog } from '../catalog/catalog.ts';
import type { Categories } from '../catalog/categories.ts';
import { BadRequest } from '../errors.ts';
import { findCoupon } from '../pricing/coupons.ts';
import type { CartPrice, Line } from '../pricing/line.ts';
import { priceCart } from '../pricing/price.ts';
import type { Country } from '../pricing/rules.ts';

export interface CartItem {
  readonly productId: number;
  readonly quantity: number;
}

export class Cart {
  readonly lines: readonly Line[];

  private constructor(lines: readonly Line[]) {
    this.lines = lines;
  }

  /** Looks the items up; the same product twice becomes one line. Throws NotFound for an unknown product. */
  static of(items: readonly CartItem[], catalog: Catalog, categories: Categories): Cart {
    const quantities = new Map<number, number>();
    for (const { productId, quantity } of items) {
      quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
    }
    const lines = Array.from(quantities, ([productId, quantity]): Line => {
      const product = catalog.find(productId);
      const category = categories.find(product.categoryId);
      return {
        productId,
        quantity,
        category: category.slug,
        taxClass: category.taxClass,
        unitCents: product.priceCents,
      };
    });
    return new Cart(lines);
  }

  get pieces(): number {
    return this.lines.reduce((sum, line) => sum + line.quantity, 0);
  }

  /** Throws BadRequest for a coupon that does not exist. */
  price(country: Country, couponCode?: string): CartPrice {
    if (couponCode === undefined) return priceCart(this.lines, country);
    const coupon = findCoupon(couponCode);
    if (!coupon) throw new BadRequest(`there is no coupon ${couponCode}`);
    return priceCart(this.lines, country, coupon);
  }
}
