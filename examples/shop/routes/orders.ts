import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { Categories } from '../catalog/categories.ts';
import { Cart } from '../orders/cart.ts';
import type { Checkout } from '../orders/checkout.ts';
import type { OrderBook } from '../orders/order-book.ts';
import { passesLuhn } from '../payments/card.ts';
import { formatCents } from '../pricing/price.ts';
import { countrySchema } from '../pricing/rules.ts';
import { readInput } from './read-input.ts';

const cartBody = z.object({
  items: z
    .array(z.object({ productId: z.number().int().min(1), quantity: z.number().int().min(1).max(999) }))
    .min(1)
    .max(50),
  country: countrySchema,
  coupon: z.string().min(1).max(40).optional(),
});
const checkoutBody = cartBody.extend({
  email: z.email(),
  card: z
    .string()
    .regex(/^\d{12,19}$/, 'must be 12 to 19 digits')
    .refine(passesLuhn, 'is not a card number'),
});
const orderParams = z.object({ id: z.coerce.number().int().min(1) });

interface Parts {
  readonly catalog: Catalog;
  readonly categories: Categories;
  readonly checkout: Checkout;
  readonly orders: OrderBook;
}

export function orderRoutes(app: FastifyInstance, { catalog, categories, checkout, orders }: Parts): void {
  app.post('/cart/price', async (request) => {
    const { items, country, coupon } = readInput(cartBody, request.body);
    const cart = Cart.of(items, catalog, categories);
    const price = cart.price(country, coupon);
    return { ...price, pieces: cart.pieces, total: formatCents(price.totalCents, country) };
  });

  app.post('/checkout', async (request, reply) => {
    const { items, country, coupon, email, card } = readInput(checkoutBody, request.body);
    const price = Cart.of(items, catalog, categories).price(country, coupon);
    const confirmation = await checkout.complete({ email, country, card, price });
    return reply.code(201).send(confirmation);
  });

  app.get('/orders/:id', async (request) => orders.find(readInput(orderParams, request.params).id));
}
