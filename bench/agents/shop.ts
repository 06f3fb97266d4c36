/** The demo shop under the sensor, with some orders, telling a collector: a small service as agents meet it. */
import { join } from 'node:path';
import { ServiceFolder, ServiceProcess } from '@runlens/test/sensor/service-process';
import { readyUrl } from '@runlens/test/sensor/shop-service';
import { repository } from '../frame/places.ts';

const orders = 200;
const longestMilliseconds = 300_000;

/** Resolves once the orders are placed; what the shop tells is with the collector some tenths of a second later. */
export async function shopWithOrders(endpoint: string): Promise<AsyncDisposable> {
  const folder = await ServiceFolder.create();
  const start = (file: string, name: string, environment: Readonly<Record<string, string>>): ServiceProcess =>
    new ServiceProcess({
      ...{ node: 24, folder, endpoint, longestMilliseconds },
      arguments: [join(repository, 'examples', 'shop', file)],
      ...(name === 'gateway' ? { preload: [] } : {}),
      environment: {
        NODE_NO_WARNINGS: '1',
        RUNLENS_CACHE: 'off',
        RUNLENS_FLUSH_INTERVAL: '500ms',
        OTEL_SERVICE_NAME: name,
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=production,service.version=v42',
        ...environment,
      },
    });
  const gateway = start('gateway/main.ts', 'gateway', { GATEWAY_PORT: '0', GATEWAY_SESSIONS: '0' });
  const shop = start('main.ts', 'shop', { SHOP_PORT: '0', SHOP_GATEWAY_URL: await readyUrl(gateway, 'gateway') });
  const url = await readyUrl(shop, 'shop');
  for (let i = 0; i < orders; i += 1) {
    const answer = await fetch(`${url}/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        items: [{ productId: 1 + (i % 5), quantity: 1 }],
        country: 'DE',
        email: 'anna@example.com',
        card: i % 10 === 0 ? '4000000000000002' : '4242424242424242',
      }),
    });
    await answer.arrayBuffer();
  }
  return {
    async [Symbol.asyncDispose]() {
      for (const { child } of [shop, gateway]) child.kill('SIGKILL');
      await Promise.all([shop.ended, gateway.ended]);
      await folder[Symbol.asyncDispose]();
    },
  };
}
