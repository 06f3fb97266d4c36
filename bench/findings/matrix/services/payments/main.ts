/** Payments by another service. Faulty: it answers 503 to one in six. Healthy: it answers 404 to one in six. */
import fastify from 'fastify';
import { isFaulty, listen, neighbour } from '../../listen.ts';

async function charge(order: number) {
  const answer = await fetch(`${neighbour}/fails/6/${isFaulty ? 503 : 404}/charges/${order}`);
  await answer.text();
  return answer.status;
}

let order = 0;
const app = fastify();
app.get('/pay', async (_request, reply) => {
  order += 1;
  const status = await charge(order);
  if (status === 503) return reply.code(202).send({ paid: 'later' });
  return { paid: status === 200 };
});
await app.ready();
listen(app.server);
