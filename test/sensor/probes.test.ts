import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProbedService, ProbingCollector } from './probe-story.ts';
import { nodeMajors, ServiceFolder } from './service-process.ts';

const files = {
  'orders.cjs': `'use strict';
const rates = { de: 19 };
exports.price = function price(order, password) {
  let sum = 0;
  for (const line of order.lines) {
    const part = line.amount * line.price;
    sum += part;
  }
  const taxed = sum * (100 + rates[order.country]) / 100;
  return taxed;
};
exports.fails = function fails(code) {
  if (code > 3) throw new TypeError('code ' + code);
  return code;
};
exports.later = async function later(name) {
  const before = name.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  const after = before * 2;
  return after;
};
exports.fibonacci = function fibonacci(n) {
  if (n < 2) return n;
  return fibonacci(n - 1) + fibonacci(n - 2);
};
`,
  'main.cjs': `
const orders = require('./orders.cjs');
process.on('message', async ({ call, given }) => {
  try {
    process.send({ result: await orders[call](...given) });
  } catch (error) {
    process.send({ error: String(error) });
  }
});
console.log('ready');
`,
};

const order = {
  country: 'de',
  lines: [
    { amount: 2, price: 50 },
    { amount: 1, price: 100 },
  ],
};

describe.each(nodeMajors)('a probe in a running service, on Node %i', (node) => {
  let folder: ServiceFolder;
  let collector: ProbingCollector;
  let service: ProbedService;
  const call = (name: string, ...given: unknown[]) => service.ask({ call: name, given });

  beforeAll(async () => {
    folder = await ServiceFolder.create(files);
    collector = await ProbingCollector.start();
    service = new ProbedService(node, folder, collector.collector.url, 'main.cjs');
    await service.wrote('ready');
    await collector.connected();
  });
  afterAll(async () => {
    await service.end();
    await collector[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('captures what is at a line: its variables, what is computed from them, and who called', async () => {
    const { probe } = await collector.place({
      kind: 'snapshot',
      place: { file: 'orders.cjs', line: 9 },
      condition: 'sum > 150',
      expressions: ['order.lines.length * 10'],
    });
    const armed = await collector.reaches(probe.id, 'armed');
    expect(armed.instances[0]).toMatchObject({ state: 'armed', engine: 'gate', line: 9, function: 'price', copies: 1 });
    expect(await call('price', { country: 'de', lines: [] }, 'x')).toEqual({ result: 0 });
    expect(await call('price', order, 'not to be seen')).toEqual({ result: 238 });
    const capture = await collector.firstCapture(probe.id);
    expect(capture).toMatchObject({ file: 'orders.cjs', function: 'price', line: 9, kind: 'snapshot', cut: [] });
    expect(capture.values?.locals).toContainEqual(['sum', { t: 'number', v: '200' }]);
    expect(capture.values?.locals).toContainEqual(['taxed', { t: 'unset' }]);
    expect(capture.values?.arguments).toContainEqual(['password', { t: 'redacted', x: 'redacted' }]);
    expect(capture.values?.closure).toContainEqual(['rates', { t: 'object', f: [['de', { t: 'number', v: '19' }]] }]);
    expect(capture.expressions).toEqual([{ text: 'order.lines.length * 10', value: { t: 'number', v: '20' } }]);
    expect(capture.stack?.[0]).toMatchObject({ file: 'orders.cjs', function: 'price', line: 9 });
    expect(capture.stack?.[1]).toMatchObject({ file: 'main.cjs', line: 5 });
    expect(JSON.stringify(capture)).not.toContain('not to be seen');
    await collector.remove(probe.id);
  });
});
