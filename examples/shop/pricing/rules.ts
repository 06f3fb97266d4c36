import { z } from 'zod';

export const countrySchema = z.enum(['DE', 'FR', 'NL', 'AT']);
export type Country = z.infer<typeof countrySchema>;

export const taxClassSchema = z.enum(['standard', 'reduced', 'books']);
export type TaxClass = z.infer<typeof taxClassSchema>;

export const taxRates: Readonly<Record<Country, Readonly<Record<TaxClass, number>>>> = {
  DE: { standard: 0.19, reduced: 0.07, books: 0.07 },
  FR: { standard: 0.2, reduced: 0.055, books: 0.055 },
  NL: { standard: 0.21, reduced: 0.09, books: 0.09 },
  AT: { standard: 0.2, reduced: 0.1, books: 0.1 },
};

export const locales: Readonly<Record<Country, string>> = { DE: 'de-DE', FR: 'fr-FR', NL: 'nl-NL', AT: 'de-AT' };

export const freeShippingFromCents = 7_500;
export const shippingCents: Readonly<Record<Country, number>> = { DE: 490, FR: 790, NL: 690, AT: 690 };

export interface DiscountRule {
  readonly name: string;
  readonly share: number;
  readonly minimumQuantity: number;
  /** Slugs of the categories it holds for; none means all of them. */
  readonly categories: readonly string[];
}

export const discountRules: readonly DiscountRule[] = [
  { name: 'three of a kind', share: 0.03, minimumQuantity: 3, categories: [] },
  { name: 'half a dozen', share: 0.06, minimumQuantity: 6, categories: [] },
  { name: 'a dozen', share: 0.1, minimumQuantity: 12, categories: [] },
  { name: 'wholesale', share: 0.15, minimumQuantity: 50, categories: [] },
  { name: 'garden season', share: 0.08, minimumQuantity: 1, categories: ['garden', 'outdoor'] },
  { name: 'back to school', share: 0.05, minimumQuantity: 2, categories: ['desk', 'paper', 'bags'] },
  { name: 'kitchen weeks', share: 0.07, minimumQuantity: 1, categories: ['kitchen', 'tableware'] },
  { name: 'reading circle', share: 0.04, minimumQuantity: 4, categories: ['books'] },
  { name: 'light for less', share: 0.05, minimumQuantity: 1, categories: ['lighting'] },
  { name: 'clearance', share: 0.25, minimumQuantity: 1, categories: ['clearance'] },
];
