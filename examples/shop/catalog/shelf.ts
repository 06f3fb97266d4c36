import { formatCents, priceLine } from '../pricing/price.ts';
import type { Country } from '../pricing/rules.ts';
import type { Catalog } from './catalog.ts';
import type { Categories } from './categories.ts';
import type { Product } from './product.ts';
import { type CardSources, readTogether } from './read-together.ts';
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
  readonly #together: boolean;

  /** `together`: what cards need is read for all cards of a page at once. */
  constructor(catalog: Catalog, categories: Categories, reviews: Reviews, stock: Stock, together = false) {
    this.#catalog = catalog;
    this.#categories = categories;
    this.#reviews = reviews;
    this.#stock = stock;
    this.#together = together;
  }

  /** One page of product cards, counted from 1. Throws NotFound for an unknown category. */
  list(page: number, country: Country, category?: string): ProductCard[] {
    const categoryId = category === undefined ? undefined : this.#categories.named(category).id;
    const products = this.#catalog.page(page, categoryId);
    const sources = this.#sourcesOf(products);
    return products.map((product) => this.card(product, country, sources));
  }

  search(words: string, country: Country): ProductCard[] {
    const products = this.#catalog.search(words);
    const sources = this.#sourcesOf(products);
    return products.map((product) => this.card(product, country, sources));
  }

  /** Throws NotFound. */
  product(id: number, country: Country): ProductPage {
    const product = this.#catalog.find(id);
    const related = this.#catalog.related(product);
    const sources = this.#sourcesOf([product, ...related]);
    return {
      ...this.card(product, country, sources),
      sku: product.sku,
      description: product.description,
      reviews: this.#reviews.latestOf(id),
      related: related.map((other) => this.card(other, country, sources)),
    };
  }

  card(product: Product, country: Country, { categories, reviews, stock }: CardSources): ProductCard {
    const category = categories.find(product.categoryId);
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
      available: stock.availableOf(product.id) > 0,
      rating: reviews.ratingOf(product.id),
    };
  }

  #sourcesOf(products: readonly Product[]): CardSources {
    const tables = { categories: this.#categories, reviews: this.#reviews, stock: this.#stock };
    return this.#together ? readTogether(tables, products) : tables;
  }
}
