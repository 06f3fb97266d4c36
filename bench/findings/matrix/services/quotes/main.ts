/** Offers from two other services. Faulty: one after the other. Healthy: one after the other, since the second needs the first. */
import { createServer } from 'node:http';
import { isFaulty, listen, neighbour } from '../../listen.ts';

async function quote(customer: number) {
  const rate = await fetch(`${neighbour}/wait/35/rates/${customer}`);
  const rates = await rate.json();
  const stock = await fetch(`${neighbour}/wait/45/stock/${customer}`);
  const stocks = await stock.json();
  return { rates, stocks };
}

async function limitOf(customer: number) {
  const account = await fetch(`${neighbour}/wait/35/accounts/${customer}`);
  const { path } = Object(await account.json());
  const limit = await fetch(`${neighbour}/wait/45/limits${path}`);
  return { limit: await limit.json() };
}

let customer = 0;
listen(
  createServer(async (_request, response) => {
    customer += 1;
    response.end(JSON.stringify(await (isFaulty ? quote(customer) : limitOf(customer))));
  }),
);
