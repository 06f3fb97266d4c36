/** The measured service on fastify: `GET /orders/:id/:lines`. */
import fastify from 'fastify';
import { answerControl, ready } from './control.ts';
import { OrderError, placeOrder } from './orders.ts';

const app = fastify();
app.get<{ Params: { id: string; lines: string } }>('/orders/:id/:lines', async ({ params }) =>
  placeOrder(Number(params.id), Number(params.lines)),
);
app.setErrorHandler((error, _request, reply) => {
  void reply.status(error instanceof OrderError ? 409 : 500).send({ error: String(error) });
});

answerControl();
app.listen({ port: 0, host: '127.0.0.1' }).then(ready, fail);

function fail(error: unknown): void {
  console.error(error);
  process.exitCode = 1;
}
