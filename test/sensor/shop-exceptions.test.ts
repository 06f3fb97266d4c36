/** The shop's gateway fails under load: what the sensor tells of it. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../../scripts/toolchain.mjs';
import { OtlpRecorder } from './otlp-recorder.ts';
import { ServiceFolder, ServiceProcess } from './service-process.ts';
import { readyUrl } from './shop-service.ts';

/** Each twelfth charge that finds no free session is answered by a proxy's plain text. */
const orders = 24;
const overflows = 2;

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterAll(() => folder[Symbol.asyncDispose]());

it.each([22, 24] as const)(
  'the origin is the answer that is no JSON, caught where it becomes a payment error, which nobody catches (Node %i)',
  async (node) => {
    await using recorder = await OtlpRecorder.start();
    const start = (name: 'gateway' | 'shop', file: string, environment: Readonly<Record<string, string>>) =>
      new ServiceProcess({
        node,
        folder,
        endpoint: recorder.url,
        ...(name === 'gateway' ? { preload: [] } : {}),
        arguments: [join(root, 'examples', 'shop', file)],
        // All is told at once, at the end.
        environment: {
          NODE_NO_WARNINGS: '1',
          RUNLENS_CACHE: 'off',
          RUNLENS_FLUSH_INTERVAL: '10m',
          ...environment,
        },
      });
    const gateway = start('gateway', 'gateway/main.ts', { GATEWAY_PORT: '0', GATEWAY_SESSIONS: '0' });
    const shop = start('shop', 'main.ts', { SHOP_PORT: '0', SHOP_GATEWAY_URL: await readyUrl(gateway, 'gateway') });
    const statuses: number[] = [];
    try {
      const url = await readyUrl(shop, 'shop');
      const order = { items: [{ productId: 1, quantity: 1 }], country: 'DE', email: 'anna@s3cret.example' };
      for (let i = 0; i < orders; i += 1) {
        const card = i === 0 ? '4000000000000002' : '4242424242424242';
        const body = JSON.stringify({ ...order, card });
        const answer = await fetch(`${url}/checkout`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        await answer.arrayBuffer();
        statuses.push(answer.status);
      }
      shop.child.kill('SIGTERM');
      await shop.ended;
    } finally {
      for (const { child } of [shop, gateway]) child.kill('SIGKILL');
      await Promise.all([shop.ended, gateway.ended]);
    }
    expect(statuses.filter((status) => status === 502)).toHaveLength(overflows);
    const told = recorder.of('runlens.function.exceptions').map(({ attributes, value }) => ({
      in: attributes['code.function.name'],
      type: attributes['exception.type'],
      // V8's words differ by version.
      shape: attributes['runlens.exception.shape']?.replace(/^Unexpected token .*$/, 'Unexpected token'),
      cause: attributes['runlens.exception.cause'],
      thrown: attributes['runlens.exception.thrown.function.name'],
      file: attributes['runlens.exception.thrown.file.path'],
      handled: attributes['runlens.exception.handled'],
      count: value,
    }));
    const parsing = {
      type: 'SyntaxError',
      shape: 'Unexpected token',
      cause: undefined,
      thrown: 'GatewayClient.#readAnswer',
      file: 'examples/shop/payments/gateway-client.ts',
      count: overflows,
    };
    const unavailable = {
      type: 'PaymentUnavailable',
      shape: 'order {n} could not be paid: the payment service did not answer as expected',
      cause: 'SyntaxError',
      thrown: 'Checkout.#pay',
      file: 'examples/shop/orders/checkout.ts',
      count: overflows,
    };
    const declined = {
      type: 'PaymentDeclined',
      shape: 'the payment was declined: insufficient funds',
      cause: undefined,
      thrown: 'GatewayClient.charge',
      file: 'examples/shop/payments/gateway-client.ts',
      count: 1,
    };
    expect(told).toEqual(
      expect.arrayContaining([
        { ...parsing, in: 'GatewayClient.#readAnswer', handled: 'caller' },
        { ...parsing, in: 'GatewayClient.charge', handled: 'caller' },
        { ...parsing, in: 'Checkout.#pay', handled: 'here' },
        { ...unavailable, in: 'Checkout.#pay', handled: 'no' },
        { ...unavailable, in: 'Checkout.complete', handled: 'no' },
        { ...unavailable, in: 'orderRoutes.post(#2)', handled: 'no' },
        { ...declined, in: 'GatewayClient.charge', handled: 'no' },
        { ...declined, in: 'Checkout.#pay', handled: 'no' },
        { ...declined, in: 'Checkout.complete', handled: 'no' },
        { ...declined, in: 'orderRoutes.post(#2)', handled: 'no' },
      ]),
    );
    expect(told).toHaveLength(10);
    const sent = recorder.requests.map(({ body }) => body.toString('latin1')).join('\n');
    expect(sent).not.toMatch(/s3cret|40000000|42424242|upstream/);
  },
);
