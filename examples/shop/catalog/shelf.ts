import { formatCents, priceLine } from '../pricing/price.ts';
import type { Country } from '../pricing/rules.ts';
import type { Catalog } from './catalog.ts';
import type { Categories } from './categories.ts';
import type { Product } from './product.ts';
import type { Rating, Review, Reviews } from './reviews.ts';
import type { Stock } from './stock.ts';

/** What a list shows of a product. */
export interface ProductCard {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly price: string;
  readonly discounted: boolean;
  readonly available: boolean;
  readonly rating: Rating;
}

export interface ProductPage extends ProductCard {
  readonly sku: string;
  readonly description: string;
  readonly reviews: readonly Review[];
  readonly related: readonly ProductCard[];
}

/** The products as customers see them, with prices of their country. */
export class Shelf {
  readonly #catalog: Catalog;
  readonly #categories: Categories;
  readonly #reviews: Reviews;
  readonly #stock: Stock;

  constructor(catalog: Catalog, categories: Categories, reviews: Reviews, stock: Stock) {
    this.#catalog = catalog;
    this.#categories = categories;
    this.#reviews = reviews;
    this.#stock = stock;
  }

  /** One page of product cards, counted from 1. Throws NotFound for an unknown category. */
  list(page: number, country: Country, category?: string): ProductCard[] {
    const categoryId = category === undefined ? undefined : this.#categories.named(category).id;
    return this.#catalog.page(page, categoryId).map((product) => this.card(product, country));
  }

  search(words: string, country: Country): ProductCard[] {
    return this.#catalog.search(words).map((product) => this.card(product, country));
  }

  /** Throws NotFound. */
  product(id: number, country: Country): ProductPage {
    const product = this.#catalog.find(id);
    return {
      ...this.card(product, country),
      sku: product.sku,
      description: product.description,
      reviews: this.#reviews.latestOf(id),
      related: this.#catalog.related(product).map((other) => this.card(other, country)),
    };
  }

  card(product: Product, country: Country): ProductCard {
    const category = this.#categories.find(product.categoryId);
    const line = {
      productId: product.id,
      category: category.slug,
      taxClass: category.taxClass,
      unitCents: product.priceCents,
      quantity: 1,
    };
    const { grossCents, discountCents } = priceLine(line, country);
    return {
      id: product.id,
      name: product.name,
      category: category.name,
      price: formatCents(grossCents, country),
      discounted: discountCents > 0,
      available: this.#stock.availableOf(product.id) > 0,
      rating: this.#reviews.ratingOf(product.id),
    };
  }
}
