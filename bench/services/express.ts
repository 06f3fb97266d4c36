/** The measured services on express: `GET /orders/:id/:lines` and `POST /checkout`. */
import express, { type NextFunction, type Request, type Response } from 'express';
import { CheckoutError, checkOut } from './checkout.ts';
import { answerControl, ready } from './control.ts';
import { OrderError, placeOrder } from './orders.ts';

const app = express();
app.use(express.json());
app.get('/orders/:id/:lines', async ({ params }, response) => {
  response.json(await placeOrder(Number(params.id), Number(params.lines)));
});
app.post('/checkout', async ({ body }, response) => {
  response.json(await checkOut(body));
});
app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  const isExpected = error instanceof OrderError || error instanceof CheckoutError;
  response.status(isExpected ? 409 : 500).json({ error: String(error) });
});

const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  ready(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
});
answerControl(server);
