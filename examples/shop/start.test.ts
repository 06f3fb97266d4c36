import { expect, test } from 'vitest';
import { get, isGone, post, Service, until } from './testing/service.ts';

const order = {
  items: [{ productId: 3, quantity: 2 }],
  country: 'DE',
  email: 'ada@example.com',
  card: '4242424242424242',
};

test('starts both, the shop knows its gateway, and a stop leaves none behind', async () => {
  const both = new Service('start.ts');
  const [gatewayUrl, shopUrl] = [await both.url('gateway'), await both.url('shop')];
  expect((await post(`${shopUrl}/checkout`, order)).status).toBe(201);
  expect(await both.stop()).toBe(0);
  expect(await isGone(shopUrl)).toBe(true);
  expect(await isGone(gatewayUrl)).toBe(true);
});

test('leaves none behind when it is killed', async () => {
  const both = new Service('start.ts');
  const [gatewayUrl, shopUrl] = [await both.url('gateway'), await both.url('shop')];
  both.kill('SIGKILL');
  await until('the shop has stopped', () => isGone(shopUrl));
  await until('the gateway has stopped', () => isGone(gatewayUrl));
});

test('gives its own arguments to the Node of the shop only', async () => {
  const hello = (who: string): string => `--import=data:text/javascript,console.log('${who}')`;
  const both = new Service('start.ts', { SHOP_NODE_OPTIONS: hello('options') }, ['--', hello('arguments')]);
  await both.url('shop');
  expect(await both.stop()).toBe(0);
  expect(both.output.match(/^options$/gm)).toHaveLength(1);
  expect(both.output.match(/^arguments$/gm)).toHaveLength(1);
});

test('stops the gateway and fails when the shop cannot start', async () => {
  const both = new Service('start.ts', { SHOP_PORT: 'http' });
  const gatewayUrl = await both.url('gateway');
  expect(await both.exitCode()).toBe(1);
  expect(both.output).toContain('SHOP_PORT must be a port number');
  expect(await isGone(gatewayUrl)).toBe(true);
});

test('says so when a service ends by itself', async () => {
  const bye = '--import=data:text/javascript,setTimeout(()=>process.exit(7),1500).unref()';
  const both = new Service('start.ts', {}, ['--', bye]);
  const [gatewayUrl, shopUrl] = [await both.url('gateway'), await both.url('shop')];
  expect((await get(`${shopUrl}/health`)).status).toBe(200);
  expect(await both.exitCode()).toBe(1);
  expect(both.output).toMatch(/main\.ts ended by itself \(code 7\)/);
  expect(await isGone(gatewayUrl)).toBe(true);
});
