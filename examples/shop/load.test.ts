import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Service, until } from './testing/service.ts';

describe('load refuses', () => {
  test.each([
    [[], '--url is missing'],
    [['--url', 'http://example.com'], 'no other host is put under load'],
    [['--url', 'http://localhost:3000'], 'no other host is put under load'],
    [['--url', 'http://127.0.0.1.example.com'], 'no other host is put under load'],
    [['--url', 'https://127.0.0.1'], 'no other host is put under load'],
    [['--url', 'http://127.0.0.1:1', '--duration', '1801'], '--duration must be a whole number from 1 to 1800'],
    [['--url', 'http://127.0.0.1:1', '--rate', 'fast'], '--rate must be a whole number from 1 to 1000'],
    [['--url', 'http://127.0.0.1:1', '--fast'], "Unknown option '--fast'"],
  ])('%j', async (argv, message) => {
    const load = new Service('load.ts', {}, argv);
    expect(await load.exitCode()).toBe(2);
    expect(load.output).toContain(message);
    expect(load.output).toContain('usage: ');
  });
});

test('load of a shop that is away fails', async () => {
  const load = new Service('load.ts', {}, ['--url', 'http://127.0.0.1:1', '--duration', '1', '--rate', '2']);
  expect(await load.exitCode()).toBe(1);
  expect(load.output).toContain('is the shop running there?');
});

describe('load', () => {
  let both: Service;
  let url: string;
  beforeAll(async () => {
    both = new Service('start.ts', { SHOP_LOG_LEVEL: 'silent' });
    url = await both.url('shop');
  });
  afterAll(() => both?.stop());

  test('visits every route, keeps to its rate, and every answer is one of those expected', async () => {
    const load = new Service('load.ts', {}, [
      ...['--url', url, '--duration', '3', '--rate', '60', '--checkout-rate', '30', '--json'],
    ]);
    expect(await load.exitCode(), load.output).toBe(0);
    const summary: unknown = JSON.parse(load.output);
    expect(summary).toMatchObject({ url, failed: 0 });
    // The shape is asserted above and below; JSON.parse cannot know it.
    const { requests, routes } = summary as { requests: number; routes: Record<string, { statuses: object }> };
    // How many a slow machine serves is not known; each route is among them.
    expect(requests).toBeLessThanOrEqual((60 + 30) * 4);
    const statuses = Object.entries(routes).map(([route, { statuses }]) => [route, Object.keys(statuses).sort()]);
    expect(Object.fromEntries(statuses)).toEqual({
      'GET /products': ['200'],
      'GET /products?category': ['200'],
      'GET /products/search': ['200'],
      'GET /products/:id': ['200'],
      'POST /cart/price': ['200'],
      'POST /checkout': expect.arrayContaining(['201']),
    });
  });

  test('ends early with its summary when it is stopped', async () => {
    const load = new Service('load.ts', {}, ['--url', url, '--duration', '600', '--rate', '20']);
    await until('the load has begun', async () => load.output.includes('20 + 12 requests a second for 600 s'));
    load.kill('SIGINT');
    expect(await load.exitCode()).toBe(0);
    expect(load.output).toMatch(/^\d+ requests in \d+(\.\d+)? s, 0 without an answer$/m);
  });
});
