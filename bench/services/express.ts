/** The measured service on express: `GET /orders/:id/:lines`. */
import express, { type NextFunction, type Request, type Response } from 'express';
import { answerControl, ready } from './control.ts';
import { OrderError, placeOrder } from './orders.ts';

const app = express();
app.get('/orders/:id/:lines', async ({ params }, response) => {
  response.json(await placeOrder(Number(params.id), Number(params.lines)));
});
app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  response.status(error instanceof OrderError ? 409 : 500).json({ error: String(error) });
});

answerControl();
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  ready(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
});
