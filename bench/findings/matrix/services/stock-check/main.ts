/** Reservations that may be refused. Faulty: version 2 refuses one in five where version 1 refused one in fifty. */
import { setTimeout } from 'node:timers/promises';
import fastify from 'fastify';
import { AnsweredError, isFaulty, listen, version } from '../../listen.ts';

let calls = 0;
async function reserve(sku: string) {
  await setTimeout(2);
  calls += 1;
  const each = isFaulty ? (version === 'v2' ? 5 : 50) : 12;
  if (calls % each === 0) throw new AnsweredError(`${sku} is sold out`, 409);
  return { reserved: sku };
}

const app = fastify();
app.get('/reserve', async () => reserve('chair'));
await app.ready();
listen(app.server);
