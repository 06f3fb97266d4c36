/** Seats of a show. Faulty: who finds the last one taken waits most of a second to hear it. Healthy: hears it at once. */
import { setTimeout } from 'node:timers/promises';
import fastify from 'fastify';
import { AnsweredError, isFaulty, listen } from '../../listen.ts';

let asked = 0;
async function takeSeat(): Promise<number> {
  asked += 1;
  const seat = asked;
  await setTimeout(3);
  if (seat % 7 !== 0) return seat;
  for (let tries = 0; isFaulty && tries < 4; tries += 1) await setTimeout(200);
  throw new AnsweredError('the seat is taken', 409);
}

const app = fastify();
app.get('/seat', async () => ({ seat: await takeSeat() }));
await app.ready();
listen(app.server);
