import { NotFound } from '../errors.ts';
import type { Categories } from './categories.ts';
import type { Product } from './product.ts';
import type { Reviews } from './reviews.ts';
import type { Stock } from './stock.ts';

/** Where cards find what is not in the product itself. */
export interface CardSources {
  readonly categories: Pick<Categories, 'find'>;
  readonly reviews: Pick<Reviews, 'ratingOf'>;
  readonly stock: Pick<Stock, 'availableOf'>;
}

interface Tables {
  readonly categories: Categories;
  readonly reviews: Reviews;
  readonly stock: Stock;
}

/** What the cards of some products need, by one query a table. */
export function readTogether({ categories, reviews, stock }: Tables, products: readonly Product[]): CardSources {
  const ids = products.map((product) => product.id);
  const byId = new Map(categories.all.map((category) => [category.id, category]));
  const ratings = reviews.ratingsOf(ids);
  const available = stock.availableOfMany(ids);
  return {
    categories: {
      find(id) {
        const category = byId.get(id);
        if (!category) throw new NotFound(`category ${id}`);
        return category;
      },
    },
    reviews: { ratingOf: (id) => ratings.get(id) ?? { reviews: 0, stars: null } },
    stock: { availableOf: (id) => available.get(id) ?? 0 },
  };
}
