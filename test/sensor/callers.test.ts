/** Who calls a function, and for which route or job: told by real services, with known numbers of calls of each. */
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCollector } from '@runlens/collector';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CollectorApi } from '../story/collector-api.ts';
import { until } from '../story/eventually.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { type NodeMajor, nodeMajors, runService, ServiceFolder, ServiceProcess } from './service-process.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** What all services do: functions behind `await`, shared ones, rare ones, and one that calls itself. */
const work = `
import { setTimeout as rest } from 'node:timers/promises';
export function price(item) { return item.length; }
export async function stock(item) { await rest(1); return priceOf(item); }
function priceOf(item) { return price(item); }
export function countDown(left) { return left === 0 ? 0 : countDown(left - 1); }
export async function show(id) { const left = await stock(id); return price(id) + left; }
export async function list() { await null; return [1, 2, 3].map((id) => price('item' + id)); }
export async function buy(id) { await rest(1); countDown(3); return once(id); }
function once(id) { return price(id); }
`;
/** Sends so many requests of each, a few at a time. */
const drive = `
import { once } from 'node:events';
import { get } from 'node:http';
const one = (port, path) => new Promise((resolve, reject) => {
  get({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
    answer.resume().on('end', () => resolve(answer.statusCode));
  }).on('error', reject);
});
export async function drive(port, counts) {
  // Each of them all the time, not one after the other.
  const paths = Object.entries(counts)
    .flatMap(([path, count]) => Array.from({ length: count }, (_, i) => [path, (i + 0.5) / count]))
    .sort((a, b) => a[1] - b[1])
    .map(([path]) => path);
  let at = 0;
  const client = async () => { while (at < paths.length) { at += 1; await one(port, paths[at - 1].replace('ID', 1000 + at)); } };
  await Promise.all([client(), client(), client()]);
}
`;
const services: Record<string, string> = {
  'fastify.mjs': `
import fastify from 'fastify';
import { drive } from './drive/node_modules/drive.mjs';
import { buy, list, show } from './work.mjs';
const app = fastify();
app.get('/orders/:id', async (request) => show(request.params.id));
app.get('/orders', async () => list());
app.get('/buy/:id', async (request) => { await null; return { n: await buy(request.params.id) }; });
await app.listen({ port: 0, host: '127.0.0.1' });
await drive(app.server.address().port, COUNTS);
await app.close();
`,
  'plain.mjs': `
import { createServer } from 'node:http';
import { once } from 'node:events';
import { drive } from './drive/node_modules/drive.mjs';
import { buy, list, show } from './work.mjs';
const server = createServer(answer).listen(0, '127.0.0.1');
async function answer(request, response) {
  const [, first, id] = request.url.split('?')[0].split('/');
  let body = '';
  if (first === 'orders') body = id === undefined ? await list() : await show(id);
  else if (first === 'buy') body = await buy(id);
  else response.statusCode = 404;
  response.end(String(body));
}
await once(server, 'listening');
await drive(server.address().port, COUNTS);
server.close();
server.closeAllConnections();
`,
  'express.mjs': `
import express from 'express';
import { drive } from './drive/node_modules/drive.mjs';
import { buy, list, show } from './work.mjs';
const app = express();
const orders = express.Router({ mergeParams: true });
app.use((request, response, next) => { setImmediate(next); });
orders.get('/orders/:id', async (request, response) => { response.json(await show(request.params.id)); });
orders.get('/orders', async (request, response) => { response.json(await list()); });
app.use('/', orders);
app.get('/buy/:id', (request, response, next) => next(), async (request, response) => {
  response.json(await buy(request.params.id));
});
const server = app.listen(0, '127.0.0.1', async () => {
  await drive(server.address().port, COUNTS);
  server.close();
  server.closeAllConnections();
});
`,
};
/** By path; so many that the functions behind are not all captured. */
const counts = { '/orders/ID?token=s3cret': 400, '/orders': 200, '/buy/ID': 12, '/nowhere/ID': 5 };

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create({
    'work.mjs': work,
    'drive/node_modules/drive.mjs': drive,
    ...Object.fromEntries(
      Object.entries(services).map(([name, text]) => [name, text.replace('COUNTS', JSON.stringify(counts))]),
    ),
    'hot.mjs': `
const leaf = (text) => text.length;
function seldom() { return leaf('one'); }
function often() { return leaf('two'); }
const calls = { seldom: 0, all: 0 };
let state = 1;
const timer = setInterval(() => {
  for (let i = 0; i < 300; i += 1) {
    state = (state * 16807) % 2147483647;
    calls.all += 1;
    if (state % 10 < 3) { calls.seldom += 1; seldom(); } else often();
  }
}, 1);
process.on('message', () => {
  clearInterval(timer);
  console.log(calls.seldom, calls.all);
  process.disconnect();
});
`,
    'jobs.mjs': `
import { price, stock } from './work.mjs';
let turns = 0;
const timer = setInterval(sweep, 5);
async function sweep() {
  price('before');
  turns += 1;
  if (turns === 4) clearInterval(timer);
  await stock('in a job');
}
async function consume() { await null; price('consumed'); }
await consume();
`,
  });
  for (const name of ['fastify', 'express']) {
    await symlink(join(repository, 'node_modules', name), join(folder.path, 'node_modules', name));
  }
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Told {
  /** Requests by method, route or shape, and status. */
  readonly served: Record<string, number>;
  readonly calls: Record<string, number>;
  readonly callers: Record<string, number>;
  readonly entries: Record<string, number>;
  readonly sent: string;
}

async function run(node: NodeMajor, program: string, environment: Record<string, string> = {}): Promise<Told> {
  await using recorder = await OtlpRecorder.start();
  const ended = await runService({
    node,
    folder,
    arguments: [program],
    endpoint: recorder.url,
    environment: { NODE_NO_WARNINGS: '1', ...environment },
  });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const sums = (metric: string, attribute: string): Record<string, number> => {
    const sum: Record<string, number> = {};
    for (const { attributes: of, value = 0 } of recorder.of(metric)) {
      const what = of[attribute];
      const name = String(of['code.function.name']);
      const key = attribute === 'code.function.name' ? name : `${name} < ${what}`;
      if (what !== undefined && value > 0) sum[key] = (sum[key] ?? 0) + value;
    }
    return sum;
  };
  const served: Record<string, number> = {};
  for (const { attributes: of, histogram } of recorder.of('http.server.request.duration')) {
    const route = of['http.route'] ?? of['url.template'] ?? '-';
    const key = `${of['http.request.method']} ${route} ${of['http.response.status_code']}`;
    served[key] = (served[key] ?? 0) + Number(histogram?.count);
  }
  return {
    served,
    calls: sums('code.function.calls', 'code.function.name'),
    callers: sums('code.function.callers', 'runlens.caller.function.name'),
    entries: sums('code.function.callers', 'runlens.entry'),
    sent: recorder.requests.map(({ body }) => body.toString('latin1')).join('\n'),
  };
}

/** What each function is called by, and how often: of one caller exact, of several in sum. */
const exactCallers = {
  'stock < show': 400,
  'priceOf < stock': 400,
  'list.map(#1) < list': 600,
  'once < buy': 12,
};
const sumOf = (of: Record<string, number>, callee: string): number =>
  Object.entries(of).reduce((sum, [key, value]) => (key.startsWith(`${callee} < `) ? sum + value : sum), 0);
const keysOf = (of: Record<string, number>, callee: string): string[] =>
  Object.keys(of).filter((key) => key.startsWith(`${callee} < `));

/** What each flush told of the callers of a function: those by `seldom`, and all. */
function flushesOf(callee: string, { requests }: OtlpRecorder): { readonly all: number; readonly seldom: number }[] {
  const flushes = requests.map(({ points }) => {
    const ofCallers = points.filter(({ metric, attributes: of }) => {
      return metric === 'code.function.callers' && of['code.function.name'] === callee;
    });
    const sum = (of: typeof ofCallers): number => of.reduce((total, { value = 0 }) => total + value, 0);
    const bySeldom = ofCallers.filter(({ attributes: of }) => of['runlens.caller.function.name'] === 'seldom');
    return { all: sum(ofCallers), seldom: sum(bySeldom) };
  });
  return flushes.filter(({ all }) => all > 0);
}

describe.each(nodeMajors)('node %i', (node) => {
  it.each([
    ['fastify', ':id'],
    ['plain', '{id}'],
    ['express', ':id'],
  ])('%s: calls by route and by caller, also behind await', async (kind, id) => {
    const { callers, entries, calls, served, sent } = await run(node, `${kind}.mjs`, { RUNLENS_OPERATIONS: '0' });
    expect(served).toEqual({
      [`GET /orders/${id} 200`]: 400,
      'GET /orders 200': 200,
      [`GET /buy/${id} 200`]: 12,
      'GET - 404': 5,
    });
    expect(callers).toMatchObject(exactCallers);
    expect(entries).toMatchObject({
      [`show < GET /orders/${id}`]: 400,
      [`stock < GET /orders/${id}`]: 400,
      [`priceOf < GET /orders/${id}`]: 400,
      'list < GET /orders': 200,
      'list.map(#1) < GET /orders': 600,
      [`buy < GET /buy/${id}`]: 12,
      [`once < GET /buy/${id}`]: 12,
      [`countDown < GET /buy/${id}`]: 48,
    });
    // Of what several call there is a sample: none but these, and in sum exact. How good the parts are is shown below, by
    // a run that is long enough.
    expect(calls).toMatchObject({ price: 1412, countDown: 48 });
    for (const of of [callers, entries]) expect([sumOf(of, 'price'), sumOf(of, 'countDown')]).toEqual([1412, 48]);
    expect(keysOf(callers, 'countDown').sort()).toEqual(['countDown < buy', 'countDown < countDown']);
    expect(['price < list.map(#1)', 'price < once', 'price < priceOf', 'price < show']).toEqual(
      expect.arrayContaining(keysOf(callers, 'price')),
    );
    expect([`price < GET /buy/${id}`, 'price < GET /orders', `price < GET /orders/${id}`]).toEqual(
      expect.arrayContaining(keysOf(entries, 'price')),
    );
    // Neither what an address is of, nor what was asked for, nor an address at which there is nothing.
    expect(sent).not.toMatch(/s3cret|orders\/\d|buy\/\d|nowhere/);
  });

  it('of a hot function each caller has its share, within four standard errors', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = new ServiceProcess({
      node,
      folder,
      arguments: ['hot.mjs'],
      endpoint: recorder.url,
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms' },
    });
    await until('enough is told', () => flushesOf('leaf', recorder).length >= 40);
    service.child.send('end');
    const ended = await service.ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const [seldom = 0, all = 0] = String(ended.stdout).split(' ').map(Number);
    // Each flush that tells of callers has one random stack at least: so the weights of the flushes bound the variance of
    // the share, q(1 - q) Σw² / (Σw)², whatever number of stacks the machine allowed.
    const told = flushesOf('leaf', recorder);
    const total = told.reduce((sum, flush) => sum + flush.all, 0);
    const share = told.reduce((sum, flush) => sum + flush.seldom, 0) / total;
    const squares = told.reduce((sum, flush) => sum + flush.all ** 2, 0);
    const truth = seldom / all;
    const standardError = Math.sqrt(truth * (1 - truth) * squares) / total;
    // The calls after the last captured one are told by nobody: in a process that ends they are not made up.
    expect(total).toBeLessThanOrEqual(all);
    // Or the bound below would say nothing.
    expect(standardError).toBeLessThan(0.15);
    expect(Math.abs(share - truth)).toBeLessThan(4 * standardError);
  });

  it('jobs: by the function that stands for them, exactly', async () => {
    const { callers, entries } = await run(node, 'jobs.mjs');
    expect(callers).toEqual({
      'price < consume': 1,
      'price < sweep': 4,
      'price < priceOf': 4,
      'stock < sweep': 4,
      'priceOf < stock': 4,
    });
    expect(entries).toEqual({
      'sweep < timer: sweep': 4,
      'consume < job: consume': 1,
      'price < job: consume': 1,
      'price < timer: sweep': 8,
      'stock < timer: sweep': 4,
      'priceOf < timer: sweep': 4,
    });
  });
});

it('RUNLENS_CALLERS=0: nothing of it is told, and calls still are', async () => {
  const { calls, callers, entries } = await run(24, 'jobs.mjs', { RUNLENS_CALLERS: '0' });
  expect([calls.price, callers, entries]).toEqual([9, {}, {}]);
});

it('the collector answers with the callers and entries of the shop, of each function', async () => {
  const collector = await startCollector({ port: 0, home: join(folder.path, 'home'), logLevel: 'error' });
  try {
    const shop = new ServiceProcess({
      node: 24,
      folder,
      endpoint: collector.url,
      arguments: [join(repository, 'examples', 'shop', 'main.ts')],
      environment: {
        SHOP_PORT: '0',
        SHOP_GATEWAY_URL: 'http://127.0.0.1:1',
        NODE_NO_WARNINGS: '1',
        RUNLENS_CACHE: 'off',
        OTEL_SERVICE_NAME: 'shop',
      },
    });
    const said: string[] = [];
    shop.child.stdout?.on('data', (chunk) => said.push(String(chunk)));
    try {
      await Promise.race([shop.wrote('shop ready at'), once(shop.child, 'exit')]);
      const url = /shop ready at (\S+)/.exec(said.join(''))?.[1];
      const get = async (path: string) => (await fetch(url + path)).text();
      for (let page = 1; page <= 4; page += 1) await get(`/products?page=${page}`);
      for (let id = 1; id <= 3; id += 1) await get(`/products/${id}`);
    } finally {
      shop.child.kill('SIGTERM');
      await shop.ended;
    }
    const api = new CollectorApi(collector);
    const { profiles } = await api.profiles({ service: 'shop' });
    const of = (name: string) => {
      const [profile, ...more] = profiles.filter((one) => one.function === name);
      if (!profile || more.length > 0) throw new Error(`${more.length + 1} profiles of ${name}`);
      const { calls, entries, callers } = profile;
      return {
        calls,
        entries: entries.map((entry) => [entry.name, entry.calls]),
        callers: callers.map((caller) => [caller.function, caller.file, caller.calls]),
      };
    };
    expect(of('insertProducts')).toEqual({
      calls: 1,
      entries: [['job: openShop', 1]],
      callers: [['seed.transaction(#1)', 'examples/shop/database/seed.ts', 1]],
    });
    expect(of('Shelf.list')).toEqual({
      calls: 4,
      entries: [['GET /products', 4]],
      callers: [['productRoutes.listProducts', 'examples/shop/routes/products.ts', 4]],
    });
    expect(of('productRoutes.showProduct')).toEqual({ calls: 3, entries: [['GET /products/:id', 3]], callers: [] });
    const { entries: routes } = await api.entries({ service: 'shop' });
    expect(routes.map(({ name, calls, errors }) => [name, calls, errors]).sort()).toEqual([
      ['GET /products', 4, 0],
      ['GET /products/:id', 3, 0],
    ]);
    expect(routes.every(({ duration }) => duration !== null && duration.p50 > 0)).toBe(true);
    const card = of('Shelf.card');
    for (const told of [card.entries, card.callers]) {
      expect(told.reduce((sum, one) => sum + Number(one.at(-1)), 0)).toBe(card.calls);
    }
  } finally {
    await collector.close();
  }
});
