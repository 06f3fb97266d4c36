/** The shop's own faults, as the sensor tells them: the list's query for each card, and the payments. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../../scripts/toolchain.mjs';
import { OtlpRecorder } from './otlp-recorder.ts';
import { ServiceFolder, ServiceProcess } from './service-process.ts';
import { readyUrl } from './shop-service.ts';

const pages = 6;
const orders = 3;
const cardsOfPage = 24;

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterAll(() => folder[Symbol.asyncDispose]());

it.each([22, 24] as const)(
  'one query a card of each list page, at once (Node %i)',
  async (node) => {
    await using recorder = await OtlpRecorder.start();
    const gateway = new ServiceProcess({
      node,
      folder,
      endpoint: recorder.url,
      preload: [],
      arguments: [join(root, 'examples', 'shop', 'gateway', 'main.ts')],
      environment: { GATEWAY_PORT: '0', NODE_NO_WARNINGS: '1' },
    });
    const gatewayUrl = await readyUrl(gateway, 'gateway');
    const shop = new ServiceProcess({
      node,
      folder,
      endpoint: recorder.url,
      arguments: [join(root, 'examples', 'shop', 'main.ts')],
      environment: { SHOP_PORT: '0', SHOP_GATEWAY_URL: gatewayUrl, NODE_NO_WARNINGS: '1', RUNLENS_CACHE: 'off' },
    });
    try {
      const url = await readyUrl(shop, 'shop');
      const get = async (path: string, init?: RequestInit) => {
        const answer = await fetch(url + path, init);
        await answer.arrayBuffer();
        return answer.status;
      };
      await Promise.all(Array.from({ length: pages }, (_, i) => get(`/products?page=${i + 1}`)));
      const order = { items: [{ productId: 1, quantity: 1 }], country: 'DE', email: 'anna@s3cret.example' };
      for (let i = 0; i < orders; i += 1) {
        const card = i === 0 ? '4000000000000002' : '4242424242424242';
        const body = JSON.stringify({ ...order, card });
        await get('/checkout', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      }
      shop.child.kill('SIGTERM');
      await shop.ended;
    } finally {
      for (const { child } of [shop, gateway]) child.kill('SIGKILL');
      await Promise.all([shop.ended, gateway.ended]);
    }
    const sum = (metric: string, name: string, within?: string) => {
      const points = recorder
        .of(metric)
        .filter(
          ({ attributes }) =>
            attributes['code.function.name'] === name &&
            (within === undefined || attributes['runlens.within.function.name'] === within),
        );
      return points.reduce(
        (all, { histogram }) => ({
          count: all.count + (histogram?.count ?? 0),
          sum: all.sum + (histogram?.sum ?? 0),
          max: Math.max(all.max, histogram?.max ?? 0),
        }),
        { count: 0, sum: 0, max: 0 },
      );
    };
    for (const asking of ['Categories.find', 'Stock.availableOf', 'Reviews.ratingOf']) {
      expect(sum('runlens.query.repeats', asking, 'Shelf.list'), asking).toEqual({
        count: pages,
        sum: pages * cardsOfPage,
        max: cardsOfPage,
      });
    }
    expect(sum('db.client.operation.duration', 'Reviews.ratingOf').count).toBe(pages * cardsOfPage);
    expect(sum('http.client.request.duration', 'GatewayClient.charge').count).toBe(orders);
    const declined = recorder
      .of('http.client.request.duration')
      .filter(({ attributes }) => attributes['http.response.status_code'] === '402');
    expect(declined).toHaveLength(1);
    const sent = recorder.requests.map(({ body }) => body.toString('latin1')).join('\n');
    expect(sent).not.toMatch(/s3cret|40000000|42424242/);
  },
  60_000,
);
