import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ProductCard, ProductPage, Shelf } from '../catalog/shelf.ts';
import { countrySchema } from '../pricing/rules.ts';
import { readInput } from './read-input.ts';

const country = countrySchema.default('DE');
const listQuery = z.object({
  page: z.coerce.number().int().min(1).max(10_000).default(1),
  category: z.string().min(1).optional(),
  country,
});
const searchQuery = z.object({ q: z.string().trim().min(2).max(80), country });
const productQuery = z.object({ country });
const productParams = z.object({ id: z.coerce.number().int().min(1) });

export function productRoutes(app: FastifyInstance, shelf: Shelf): void {
  async function listProducts(request: FastifyRequest): Promise<{ page: number; products: ProductCard[] }> {
    const { page, category, country } = readInput(listQuery, request.query);
    return { page, products: shelf.list(page, country, category) };
  }

  async function searchProducts(request: FastifyRequest): Promise<{ q: string; products: ProductCard[] }> {
    const { q, country } = readInput(searchQuery, request.query);
    return { q, products: shelf.search(q, country) };
  }

  async function showProduct(request: FastifyRequest): Promise<ProductPage> {
    const { id } = readInput(productParams, request.params);
    const { country } = readInput(productQuery, request.query);
    return shelf.product(id, country);
  }

  app.get('/products', listProducts);
  app.get('/products/search', searchProducts);
  app.get('/products/:id', showProduct);
}
