/** The measured services on fastify: `GET /orders/:id/:lines` and `POST /checkout`. */
import fastify from 'fastify';
import { CheckoutError, checkOut } from './checkout.ts';
import { answerControl, ready } from './control.ts';
import { OrderError, placeOrder } from './orders.ts';

const app = fastify();
app.get<{ Params: { id: string; lines: string } }>('/orders/:id/:lines', async ({ params }) =>
  placeOrder(Number(params.id), Number(params.lines)),
);
app.post('/checkout', async ({ body }) => checkOut(body));
app.setErrorHandler((error, _request, reply) => {
  const isExpected = error instanceof OrderError || error instanceof CheckoutError;
  void reply.status(isExpected ? 409 : 500).send({ error: String(error) });
});

answerControl(app.server);
app.listen({ port: 0, host: '127.0.0.1' }).then(ready, fail);

function fail(error: unknown): void {
  console.error(error);
  process.exitCode = 1;
}
