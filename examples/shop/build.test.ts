import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { get, Service } from './testing/service.ts';

test.each([
  ['dist/shop.js', []],
  ['dist/shop.min.js', ['--minify']],
])('%s starts, answers, and its source map leads to the source', async (file, argv) => {
  const build = new Service('build.mjs', {}, argv);
  expect(await build.exitCode(), build.output).toBe(0);

  const shop = new Service(file);
  const { status, body } = await get(`${await shop.url('shop')}/products/1`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ sku: 'S000001' });
  expect(await shop.stop()).toBe(0);

  const map: unknown = JSON.parse(readFileSync(resolve(import.meta.dirname, `${file}.map`), 'utf8'));
  expect(map).toMatchObject({
    sources: expect.arrayContaining(['../pricing/price.ts', '../payments/gateway-client.ts']),
  });
});
