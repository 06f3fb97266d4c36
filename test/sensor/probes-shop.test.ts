/** The shop's checkouts fail now and then: a probe shows what the gateway answers. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../scripts/toolchain.mjs';
import { ProbingCollector } from './probe-story.ts';
import { ServiceFolder, ServiceProcess } from './service-process.ts';
import { readyUrl } from './shop-service.ts';

const card = '4242424242424242';
const client = 'examples/shop/payments/gateway-client.ts';

it.each([22, 24] as const)(
  'a snapshot where the answer is no JSON shows its text, on which request, and no card (Node %i)',
  async (node) => {
    await using folder = await ServiceFolder.create();
    await using collector = await ProbingCollector.start();
    const start = (
      preload: readonly string[] | undefined,
      file: string,
      environment: Readonly<Record<string, string>>,
    ) =>
      new ServiceProcess({
        node,
        folder,
        endpoint: collector.collector.url,
        ...(preload === undefined ? {} : { preload }),
        arguments: [join(root, 'examples', 'shop', file)],
        environment: {
          NODE_NO_WARNINGS: '1',
          RUNLENS_CACHE: 'off',
          RUNLENS_FLUSH_INTERVAL: '100ms',
          OTEL_SERVICE_NAME: 'shop',
          ...environment,
        },
        longestMilliseconds: 60_000,
      });
    const gateway = start([], 'gateway/main.ts', { GATEWAY_PORT: '0', GATEWAY_SESSIONS: '0' });
    const shop = start(undefined, 'main.ts', { SHOP_PORT: '0', SHOP_GATEWAY_URL: await readyUrl(gateway, 'gateway') });
    try {
      const url = await readyUrl(shop, 'shop');
      const checkout = async (): Promise<number> => {
        const answer = await fetch(`${url}/checkout`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            items: [{ productId: 1, quantity: 1 }],
            country: 'DE',
            email: 'anna@s3cret.example',
            card,
          }),
        });
        await answer.arrayBuffer();
        return answer.status;
      };
      await checkout();
      await collector.connected();
      const answered = await collector.place({
        kind: 'snapshot',
        place: { file: client, line: 46, function: 'GatewayClient.#readAnswer' },
        condition: '!text.startsWith("{")',
      });
      const asked = await collector.place({ kind: 'snapshot', place: { file: client, line: 34 } });
      await collector.reaches(answered.probe.id, 'armed');
      await collector.reaches(asked.probe.id, 'armed');
      const statuses: number[] = [];
      for (let order = 0; order < 24; order += 1) statuses.push(await checkout());
      expect(statuses).toContain(502);

      const capture = await collector.firstCapture(answered.probe.id);
      expect(capture.values?.arguments).toEqual([
        [
          'text',
          {
            t: 'string',
            v: 'upstream connect error or disconnect/reset before headers. reset reason: overflow',
          },
        ],
      ]);
      // Before Node 24 requests are not followed across `await`.
      if (node === 24) expect(capture.entry).toBe('POST /checkout');
      const request = await collector.firstCapture(asked.probe.id);
      const { charge } = Object.fromEntries(request.values?.arguments ?? []);
      expect(charge?.f).toContainEqual(['card', { t: 'string', v: '[redacted]' }]);
      expect(JSON.stringify([capture, request])).not.toContain(card);
    } finally {
      for (const { child } of [shop, gateway]) child.kill('SIGKILL');
      await Promise.all([shop.ended, gateway.ended]);
    }
  },
);
