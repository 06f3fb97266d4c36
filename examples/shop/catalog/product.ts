import type { Row } from '../database/row.ts';

export interface Product {
  readonly id: number;
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly categoryId: number;
  readonly priceCents: number;
}

export const productColumns = 'id, sku, name, description, category_id, price_cents';

export function productFrom(row: Row): Product {
  return {
    id: Number(row.id),
    sku: String(row.sku),
    name: String(row.name),
    description: String(row.description),
    categoryId: Number(row.category_id),
    priceCents: Number(row.price_cents),
  };
}
