/** Prices in another currency. Faulty: the rate, which is the same all day, is asked for in each request. Healthy: each customer's own. */
import fastify from 'fastify';
import { isFaulty, listen, neighbour } from '../../listen.ts';

let customer = 0;
async function rateOf(currency: string): Promise<number> {
  customer += 1;
  const path = isFaulty ? `rates/${currency}` : `customers/${1_000 + customer}`;
  const answer = await fetch(`${neighbour}/wait/25/${path}`);
  const { rate } = Object(await answer.json());
  return Number(rate);
}

const app = fastify();
app.get('/price', async () => ({ price: 100 * (await rateOf('chf')) }));
await app.ready();
listen(app.server);
