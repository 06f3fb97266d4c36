import { expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';

test.each([
  [{ SHOP_PORT: 'http' }, 'SHOP_PORT must be a port number, 0 for a free port (it is "http")'],
  [{ SHOP_PORT: '' }, 'SHOP_PORT must be a port number, 0 for a free port (it is "")'],
  [{ SHOP_PORT: '65536' }, 'SHOP_PORT must be a port number up to 65535 (it is "65536")'],
  [{ SHOP_GATEWAY_URL: 'localhost:1' }, 'SHOP_GATEWAY_URL must be an http or https URL (it is "localhost:1")'],
  [{ SHOP_DATABASE: '' }, 'SHOP_DATABASE must be a file or :memory: (it is "")'],
  [{ SHOP_MENDED: 'list,carts' }, 'SHOP_MENDED must be some of list,search,gateway (it is "list,carts")'],
  [{ SHOP_RECONCILE_SECONDS: '-1' }, 'SHOP_RECONCILE_SECONDS must be a number of seconds (it is "-1")'],
  [{ SHOP_RECONCILE_SECONDS: '0' }, 'SHOP_RECONCILE_SECONDS must be at least 0.05 seconds (it is "0")'],
])('%j is refused', (environment, message) => {
  expect(() => readConfiguration(environment)).toThrow(message);
});

test('every wrong variable is named at once', () => {
  expect(() => readConfiguration({ SHOP_PORT: 'x', SHOP_HOST: '' })).toThrow(/SHOP_HOST .*\nSHOP_PORT /);
});

test('nothing has to be set', () => {
  expect(readConfiguration({})).toEqual({
    host: '127.0.0.1',
    port: 3000,
    database: ':memory:',
    gatewayUrl: 'http://127.0.0.1:3001',
    reconcileSeconds: 20,
    logLevel: 'warn',
    mended: new Set(),
  });
});

test('the faults that are mended are named with commas between', () => {
  expect(readConfiguration({ SHOP_MENDED: 'list,gateway' }).mended).toEqual(new Set(['list', 'gateway']));
  expect(readConfiguration({ SHOP_MENDED: '' }).mended).toEqual(new Set());
});
