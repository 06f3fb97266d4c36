import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, get, isGone, post, Service, until } from './testing/service.ts';

const card = '4242424242424242';
const order = { items: [{ productId: 3, quantity: 2 }], country: 'DE', email: 'ada@example.com', card };

let gateway: Service;
let gatewayUrl: string;
let shop: Service;
let url: string;

beforeAll(async () => {
  gateway = new Service('gateway/main.ts');
  gatewayUrl = await gateway.url('gateway');
  shop = new Service('main.ts', { SHOP_GATEWAY_URL: gatewayUrl, SHOP_LOG_LEVEL: 'warn' });
  url = await shop.url('shop');
});

afterAll(async () => {
  await Promise.all([shop?.stop(), gateway?.stop()]);
});

describe('the product list', () => {
  test('has 24 products a page, each page others', async () => {
    const first = await get(`${url}/products`);
    const second = await get(`${url}/products?page=2`);
    expect(first.status).toBe(200);
    expect(ids(first)).toEqual(Array.from({ length: 24 }, (_, index) => index + 1));
    expect(ids(second)).toEqual(Array.from({ length: 24 }, (_, index) => index + 25));
  });

  test('shows each product with category, price, stock and rating', async () => {
    const { body } = await get(`${url}/products?country=FR`);
    expect(body).toMatchObject({ page: 1 });
    expect(products(body)[0]).toEqual({
      id: 1,
      name: expect.stringMatching(/^\w+ \w+ \w+/),
      category: expect.any(String),
      price: expect.stringMatching(/^\d+,\d\d\s€$/),
      discounted: expect.any(Boolean),
      available: true,
      rating: { reviews: expect.any(Number), stars: expect.any(Number) },
    });
  });

  test('can be of one category', async () => {
    const { body } = await get(`${url}/products?category=books`);
    expect(new Set(products(body).map((product) => product.category))).toEqual(new Set(['Books']));
  });

  test('is empty after its end', async () => {
    expect(ids(await get(`${url}/products?page=9999`))).toEqual([]);
  });
});

test('the search finds words anywhere in name or description', async () => {
  const { status, body } = await get(`${url}/products/search?q=brass%20bowl`);
  expect(status).toBe(200);
  expect(products(body).length).toBeGreaterThan(0);
  for (const product of products(body)) expect(product.name).toContain('brass bowl');
  expect(products((await get(`${url}/products/search?q=by%20hand`)).body)).toHaveLength(24);
  expect(products((await get(`${url}/products/search?q=zeppelin`)).body)).toEqual([]);
  expect(products((await get(`${url}/products/search?q=%25%25`)).body)).toEqual([]);
});

test('a product page has its description, reviews and related products', async () => {
  const { status, body } = await get(`${url}/products/1`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ id: 1, sku: 'S000001', description: expect.stringMatching(/\.$/) });
  expect(body).toHaveProperty('reviews.0.stars');
  expect(body).toHaveProperty('related.length', 6);
});

test('the price of a cart is its lines, coupon and shipping', async () => {
  const items = [
    { productId: 3, quantity: 1 },
    { productId: 3, quantity: 2 },
    { productId: 8, quantity: 1 },
  ];
  const { status, body } = await post(`${url}/cart/price`, { items, country: 'DE', coupon: 'SPRING5' });
  expect(status).toBe(200);
  expect(body).toMatchObject({ pieces: 4, total: expect.stringContaining('€') });
  expect(body).toHaveProperty('lines.length', 2);
  const { goodsCents, couponCents, shippingCents, totalCents } = numbers(body);
  expect(totalCents).toBe((goodsCents ?? 0) - (couponCents ?? 0) + (shippingCents ?? 0));
});

describe('a checkout', () => {
  test('is paid and can be looked up', async () => {
    const { status, body } = await post(`${url}/checkout`, order);
    expect(status).toBe(201);
    const found = await get(`${url}/orders/${numbers(body).order}`);
    expect(found.body).toMatchObject({ status: 'paid', card: '•••• 4242', email: 'ada@example.com' });
    expect(found.body).toHaveProperty('chargeId', expect.stringMatching(/^ch_/));
    expect(numbers(found.body).totalCents).toBe(numbers(body).totalCents);
  });

  test('that the bank declines is a 402', async () => {
    expect(await post(`${url}/checkout`, { ...order, card: '4000000000000002' })).toEqual({
      status: 402,
      body: { error: 'payment_declined', message: 'the payment was declined: insufficient funds' },
    });
  });

  test('of more than there is is a 409, and nothing is kept of it', async () => {
    const items = [
      { productId: 3, quantity: 1 },
      { productId: 4, quantity: 900 },
    ];
    const { status, body } = await post(`${url}/checkout`, { ...order, items });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      error: 'out_of_stock',
      message: expect.stringMatching(/^only \d+ of product 4 left$/),
    });
  });

  test('fails with a clean 502 for some when many pay at once', async () => {
    // Each twelfth that finds the bank busy: on a slow machine few do.
    const answers: Answer[] = [];
    const failures = (): Answer[] => answers.filter((answer) => answer.status !== 201);
    for (let round = 0; round < 20 && failures().length === 0; round += 1) {
      answers.push(...(await Promise.all(Array.from({ length: 40 }, () => post(`${url}/checkout`, order)))));
    }
    const failed = failures();
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(10);
    for (const { status, body } of failed) {
      expect(status).toBe(502);
      expect(body).toEqual({
        error: 'payment_unavailable',
        message: expect.stringMatching(/^order \d+ could not be paid: the payment service did not answer as expected$/),
      });
    }
    // The log has what the customer does not see: that the client of the gateway met text where it reads JSON.
    await until('the failure is logged', async () => shop.output.includes('SyntaxError'));
    expect(shop.output).toMatch(/GatewayClient\.charge/);
  });
});

test('a shop whose faults are mended answers the same', async () => {
  const mended = new Service('main.ts', { SHOP_GATEWAY_URL: gatewayUrl, SHOP_MENDED: 'list,search,gateway' });
  const mendedUrl = await mended.url('shop');
  for (const path of [
    '/products?page=3&country=FR',
    '/products?category=books',
    '/products?page=9999',
    '/products/7?country=NL',
    // Of many products with these words the first by name.
    ...['by hand', 'brass bowl', 'ZEPPELIN', 'Walnut', 'of', '%%', '"a" OR b'].map(
      (words) => `/products/search?q=${encodeURIComponent(words)}`,
    ),
  ]) {
    const answer = await get(`${mendedUrl}${path}`);
    expect(answer.status, path).toBe(200);
    expect(answer.body, path).toEqual((await get(`${url}${path}`)).body);
  }
  const answers = await Promise.all(Array.from({ length: 16 }, () => post(`${mendedUrl}/checkout`, order)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  expect(await mended.stop()).toBe(0);
});

describe('bad input is answered with what is wrong', () => {
  test.each([
    ['/products?page=0', 400, /^page: /],
    ['/products?page=one', 400, /^page: /],
    ['/products?country=XX', 400, /^country: .*"DE"/],
    ['/products?category=cars', 404, /^category cars does not exist$/],
    ['/products/search', 400, /^q: /],
    ['/products/search?q=x', 400, /^q: .*2/],
    ['/products/99999', 404, /^product 99999 does not exist$/],
    ['/products/1.5', 400, /^id: /],
    ['/orders/99999', 404, /^order 99999 does not exist$/],
    ['/nowhere', 404, /^GET \/nowhere does not exist$/],
  ])('GET %s is a %i', async (path, status, message) => {
    const answer = await get(`${url}${path}`);
    expect(answer.status).toBe(status);
    expect(answer.body).toHaveProperty('message', expect.stringMatching(message));
  });

  test.each([
    ['/cart/price', '{"items":', 400, /JSON/],
    ['/cart/price', [], 400, /^request: /],
    ['/cart/price', { items: [], country: 'DE' }, 400, /^items: /],
    ['/cart/price', { items: [{ productId: 1, quantity: 0 }], country: 'DE' }, 400, /^items\.0\.quantity: /],
    ['/cart/price', { items: [{ productId: 99999, quantity: 1 }], country: 'DE' }, 404, /^product 99999 does/],
    ['/cart/price', { ...order, coupon: 'FREE' }, 400, /^there is no coupon FREE$/],
    ['/checkout', { ...order, email: 'ada' }, 400, /^email: /],
    ['/checkout', { ...order, card: '4242424242424243' }, 400, /^card: is not a card number$/],
    ['/checkout', { items: order.items, country: 'DE' }, 400, /^email: .*; card: /],
  ])('POST %s %j is a %i', async (path, body, status, message) => {
    const answer = await post(`${url}${path}`, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toHaveProperty('message', expect.stringMatching(message));
  });
});

describe('the stock of an unpaid order', () => {
  const noGateway = { SHOP_GATEWAY_URL: 'http://127.0.0.1:1', SHOP_LOG_LEVEL: 'silent' };
  const buy = (shopUrl: string, quantity: number): Promise<Answer> =>
    post(`${shopUrl}/checkout`, { ...order, items: [{ productId: 3, quantity }] });

  /** Orders all there is of a product, without paying. */
  async function orderAll(shopUrl: string): Promise<void> {
    const left = /only (\d+)/.exec(message(await buy(shopUrl, 999)))?.[1];
    expect((await buy(shopUrl, Number(left))).status).toBe(502);
    expect((await get(`${shopUrl}/orders/1`)).body).toMatchObject({ status: 'payment_failed', chargeId: null });
  }

  test('stays reserved for a while', async () => {
    const own = new Service('main.ts', { ...noGateway, SHOP_RECONCILE_SECONDS: '3600' });
    const ownUrl = await own.url('shop');
    await orderAll(ownUrl);
    expect((await buy(ownUrl, 1)).status).toBe(409);
    expect((await get(`${ownUrl}/health`)).body).toMatchObject({ reconciliation: null });
    expect(await own.stop()).toBe(0);
  });

  test('is given back by the job', async () => {
    const own = new Service('main.ts', { ...noGateway, SHOP_RECONCILE_SECONDS: '0.1' });
    const ownUrl = await own.url('shop');
    await orderAll(ownUrl);
    await until('the product can be ordered again', async () => (await buy(ownUrl, 1)).status === 502);
    await until('the job has been through the whole stock', async () => {
      const { body } = await get(`${ownUrl}/health`);
      return JSON.stringify(body).includes('"checked":20000');
    });
    expect(await own.stop()).toBe(0);
  });
});

test('a stop lets payments end, closes everything and leaves with 0', async () => {
  const own = new Service('main.ts', { SHOP_GATEWAY_URL: gatewayUrl, SHOP_RECONCILE_SECONDS: '0.05' });
  const ownUrl = await own.url('shop');
  const customer = new AbortController();
  const patient = post(`${ownUrl}/checkout`, order);
  const gone = fetch(`${ownUrl}/checkout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
    signal: customer.signal,
  }).catch(() => 'hung up');
  await until('both orders are placed', async () => (await get(`${ownUrl}/orders/2`)).status === 200);
  customer.abort();
  expect(await own.stop()).toBe(0);
  expect(await gone).toBe('hung up');
  expect([201, 502]).toContain((await patient).status);
  expect(own.output.trim()).toBe(`shop ready at ${ownUrl}`);
  expect(await isGone(ownUrl)).toBe(true);
});

test('a database in a file is filled once and keeps its orders', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'));
  try {
    const environment = { SHOP_GATEWAY_URL: gatewayUrl, SHOP_DATABASE: join(folder, 'shop.db') };
    const before = new Service('main.ts', environment);
    expect((await post(`${await before.url('shop')}/checkout`, order)).status).toBe(201);
    expect(await before.stop()).toBe(0);
    const after = new Service('main.ts', environment);
    const afterUrl = await after.url('shop');
    expect((await get(`${afterUrl}/orders/1`)).body).toMatchObject({ status: 'paid' });
    expect((await get(`${afterUrl}/health`)).body).toMatchObject({ products: 20_000 });
    expect(await after.stop()).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('a start that cannot succeed says why', () => {
  test('wrong configuration', async () => {
    const own = new Service('main.ts', { SHOP_PORT: '-1', SHOP_GATEWAY_URL: 'gateway' });
    expect(await own.exitCode()).toBe(2);
    expect(own.output).toContain('SHOP_PORT must be a port number');
    expect(own.output).toContain('SHOP_GATEWAY_URL must be an http or https URL');
  });

  test('wrong configuration of the gateway', async () => {
    const own = new Service('gateway/main.ts', { GATEWAY_PORT: '70000' });
    expect(await own.exitCode()).toBe(2);
    expect(own.output).toContain('GATEWAY_PORT must be a port number up to 65535');
  });

  test('a port that is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const address = squatter.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const own = new Service('main.ts', { SHOP_PORT: String(address.port) });
    expect(await own.exitCode()).toBe(1);
    expect(own.output).toContain('EADDRINUSE');
    squatter.close();
  });

  test('a database that cannot be opened', async () => {
    const own = new Service('main.ts', { SHOP_DATABASE: join(tmpdir(), 'no such folder', 'shop.db') });
    expect(await own.exitCode()).toBe(1);
    expect(own.output).toMatch(/shop: .*open/);
  });
});

interface Listed {
  readonly id: number;
  readonly name: string;
  readonly category: string;
}

// What comes over HTTP is unknown to the types; each test checks the parts that it reads.
const products = (body: unknown): Listed[] => (body as { products: Listed[] }).products;
const numbers = (body: unknown): Record<string, number> => body as Record<string, number>;
const message = ({ body }: Answer): string => (body as { message: string }).message;
const ids = ({ body }: Answer): number[] => products(body).map((product) => product.id);
