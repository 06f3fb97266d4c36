/** Prices. Faulty: version 2 asks for a rate that version 1 did not need. Healthy: version 2 has more visitors. */
import { setTimeout } from 'node:timers/promises';
import fastify from 'fastify';
import { isFaulty, listen, version } from '../../listen.ts';

async function readPrice(id: number) {
  await setTimeout(4);
  return 100 + id;
}
async function renderPrice(id: number) {
  const price = await readPrice(id);
  if (isFaulty && version === 'v2') await setTimeout(9);
  return { price: `${price} €` };
}

const app = fastify();
app.get('/price', async () => renderPrice(3));
await app.ready();
listen(app.server);
