import { createServer, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { PaymentDeclined } from '../errors.ts';
import { fetchAgain } from './fetch-again.ts';
import { GatewayClient } from './gateway-client.ts';

const charge = { reference: 'order-1', amountCents: 1_000, card: '4242424242424242' };
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A gateway on a free port that answers every charge in the same way. */
function gatewayThat(
  answer: (response: ServerResponse) => void,
  send: (url: URL, init: RequestInit) => Promise<Response> = fetch,
): Promise<GatewayClient> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(response));
  });
  closers.push(() => server.close().closeAllConnections());
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(new GatewayClient(`http://127.0.0.1:${address.port}`, send));
    });
  });
}

test('text instead of JSON fails the charge', async () => {
  const client = await gatewayThat((response) => {
    response.writeHead(500, { 'content-type': 'text/plain' }).end('upstream connect error');
  });
  await expect(client.charge(charge)).rejects.toThrow(SyntaxError);
});

test('a gateway that cannot be reached fails the charge', async () => {
  const client = new GatewayClient('http://127.0.0.1:1');
  await expect(client.charge(charge)).rejects.toThrow('fetch failed');
});

test('an answer of another shape fails the charge', async () => {
  const client = await gatewayThat((response) => response.end('{"status":"captured"}'));
  await expect(client.charge(charge)).rejects.toThrow(/id/);
});

test('a decline is told apart from a failure', async () => {
  const client = await gatewayThat((response) =>
    response.writeHead(402).end('{"status":"declined","reason":"lost card"}'),
  );
  await expect(client.charge(charge)).rejects.toThrow(PaymentDeclined);
});

test('a captured charge has its id', async () => {
  const client = await gatewayThat((response) => response.writeHead(201).end('{"status":"captured","id":"ch_1"}'));
  expect(await client.charge(charge)).toEqual({ chargeId: 'ch_1' });
});

test('a gateway that is crowded is asked again, and the charge is captured', async () => {
  let asked = 0;
  const client = await gatewayThat((response) => {
    asked += 1;
    if (asked < 3) response.writeHead(500, { 'content-type': 'text/plain' }).end('upstream connect error');
    else response.writeHead(201).end('{"status":"captured","id":"ch_1"}');
  }, fetchAgain);
  expect(await client.charge(charge)).toEqual({ chargeId: 'ch_1' });
  expect(asked).toBe(3);
});

test('a gateway that stays crowded fails the charge, and the error says so', async () => {
  let asked = 0;
  const client = await gatewayThat((response) => {
    asked += 1;
    response.writeHead(503).end();
  }, fetchAgain);
  await expect(client.charge(charge)).rejects.toThrow(/answered 503 6 times/);
  expect(asked).toBe(6);
});
