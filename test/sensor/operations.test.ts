/** Queries and calls out, of real processes: counted by who asked, and nothing of what was asked for leaves them. */
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordedPoint } from './otlp-decoder.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { type NodeMajor, nodeMajors, type RunOptions, runService, ServiceFolder } from './service-process.ts';

const queries = `
export class Stock {
  constructor(database) {
    database.exec("CREATE TABLE stock (id INTEGER, name TEXT); INSERT INTO stock VALUES (1, 's3cret'), (2, 's3cret2')");
    this.database = database;
    this.one = database.prepare('SELECT name FROM stock WHERE id = ?');
  }
  nameOf(id) { return this.one.get(id); }
  list(ids) { return ids.map((id) => this.nameOf(id)); }
  all() { return this.database.prepare("SELECT * FROM stock WHERE name <> 's3cret'").all(); }
  broken() { this.database.prepare("INSERT INTO stock VALUES (json('s3cret'), ?)").run(5); }
  misspelt() { this.database.prepare("SELECT name FROM stok WHERE a = 's3cret'"); }
}
`;
const program = `
import { DatabaseSync } from 'node:sqlite';
import { Stock } from './stock.mjs';
const stock = new Stock(new DatabaseSync(':memory:'));
function page() { return stock.list([1, 2, 1, 2, 1]); }
async function later() { await null; return stock.nameOf(1); }
for (let i = 0; i < 3; i += 1) page();
await later();
if (stock.all().length !== 1) throw new Error('wrong rows');
let message = '';
try { stock.broken(); } catch (error) { message = error.code + error.message; }
try { stock.misspelt(); } catch (error) { message += error.message; }
console.log(message);
`;

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create({
    'stock.mjs': queries,
    'main.mjs': program,
    'main.cjs': `'use strict';\nconst { DatabaseSync } = require('node:sqlite');\n${queries.replace('export ', '')}${program
      .replace(/^import.*$/gm, '')
      .replace('await later();', 'later();')}`,
    'calls.mjs': `
import http from 'node:http';
import { once } from 'node:events';
const server = http.createServer((request, response) => {
  response.statusCode = request.url.startsWith('/missing') ? 404 : 200;
  response.end('an answer of s3cret');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const base = 'http://127.0.0.1:' + server.address().port;
const headers = { authorization: 'Bearer s3cret', 'x-s3cret': 's3cret' };
async function byFetch(path) { return (await fetch(base + path, { headers })).text(); }
async function posts() { return (await fetch(base + '/charges', { method: 'POST', headers, body: 's3cret' })).text(); }
function byHttp(path, port) {
  return new Promise((resolve) => {
    http.get({ host: '127.0.0.1', port, path, headers, auth: 's3cret:s3cret' }, (response) => {
      response.resume().on('end', resolve);
    }).on('error', resolve);
  });
}
for (const id of [1, 22, 333]) await byFetch('/orders/' + id + '?token=s3cret');
await byFetch('/missing/anna@s3cret.example');
await Promise.all([posts(), posts()]);
await byHttp('/first/1?s3cret', server.address().port);
await byHttp('/plain/1?s3cret', server.address().port);
server.close();
server.closeAllConnections();
await byHttp('/nobody/there', 1);
console.log('done');
`,
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly sent: string;
  readonly of: (metric: string) => Record<string, number>;
  readonly points: readonly RecordedPoint[];
}

async function run(
  options: Pick<RunOptions, 'node' | 'arguments' | 'preload'>,
  more: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  await using recorder = await OtlpRecorder.start();
  const environment = { NODE_NO_WARNINGS: '1', ...more };
  const ended = await runService({ ...options, folder, endpoint: recorder.url, environment });
  return {
    ...ended,
    sent: recorder.requests.map(({ body }) => body.toString('latin1')).join('\n'),
    points: recorder.points,
    of: (metric) => {
      const counts: Record<string, number> = {};
      for (const point of recorder.of(metric)) {
        const key = keyOf(point);
        counts[key] = (counts[key] ?? 0) + (metric === 'runlens.query.repeats' ? sumOf(point) : countOf(point));
      }
      return counts;
    },
  };
}

const countOf = ({ histogram }: RecordedPoint): number => histogram?.count ?? 0;
/** Each value of repeats as its own: how many, and how often. */
const sumOf = ({ histogram }: RecordedPoint): number => histogram?.sum ?? 0;
function keyOf({ attributes: of }: RecordedPoint): string {
  const what =
    of['db.query.text'] ??
    `${of['http.request.method']} ${of['server.address']}${of['url.template']} ${of['http.response.status_code'] ?? ''}`;
  const more = [of['error.type'], of['runlens.within.function.name']].filter(Boolean).join(' in ');
  return [of['code.function.name'], what.trim(), more].filter(Boolean).join(' | ');
}

const expectedQueries = {
  'Stock.constructor | CREATE TABLE stock (id INTEGER, name TEXT); INSERT INTO stock VALUES (?)': 1,
  'Stock.nameOf | SELECT name FROM stock WHERE id = ?': 16,
  'Stock.all | SELECT * FROM stock WHERE name <> ?': 1,
  'Stock.broken | INSERT INTO stock VALUES (json(?), ?) | ERR_SQLITE_ERROR': 1,
  'Stock.misspelt | SELECT name FROM stok WHERE a = ? | ERR_SQLITE_ERROR': 1,
};
const expectedRepeats = {
  'Stock.constructor | CREATE TABLE stock (id INTEGER, name TEXT); INSERT INTO stock VALUES (?)': 1,
  'Stock.nameOf | SELECT name FROM stock WHERE id = ? | Stock.list': 15,
  'Stock.nameOf | SELECT name FROM stock WHERE id = ?': 1,
  'Stock.all | SELECT * FROM stock WHERE name <> ?': 1,
  'Stock.broken | INSERT INTO stock VALUES (json(?), ?)': 1,
  'Stock.misspelt | SELECT name FROM stok WHERE a = ?': 1,
};

describe.each([22, 24] as const)('queries of node:sqlite, Node %i', (node) => {
  it.each([
    ['ESM', ['main.mjs']],
    ['CommonJS', ['main.cjs']],
    ['ESM, stack traces mapped', ['--enable-source-maps', 'main.mjs']],
    ['CommonJS, stack traces mapped', ['--enable-source-maps', 'main.cjs']],
  ])('are counted by the function that asks (%s)', async (_, args) => {
    const ran = await run({ node, arguments: args });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain('ERR_SQLITE_ERROR');
    expect(ran.of('db.client.operation.duration')).toEqual(expectedQueries);
    expect(ran.of('runlens.query.repeats')).toEqual(expectedRepeats);
    expect(ran.sent).not.toContain('s3cret');
  });

  it.each(['cjs', 'esm'] as const)(
    'of a minified bundle (%s) are those of the functions as written',
    async (format) => {
      const out = format === 'cjs' ? 'bundle.cjs' : 'bundle.mjs';
      await build({
        absWorkingDir: folder.path,
        entryPoints: [format === 'cjs' ? 'main.cjs' : 'main.mjs'],
        bundle: true,
        minify: true,
        sourcemap: true,
        platform: 'node',
        format,
        outfile: out,
        logLevel: 'error',
      });
      const ran = await run({ node, arguments: [out] });
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(ran.of('db.client.operation.duration')).toEqual(expectedQueries);
      expect(ran.of('runlens.query.repeats')).toEqual(expectedRepeats);
    },
  );
});

describe('what the program has set for its stack traces', () => {
  it.each(nodeMajors)('is not called by the sensor and stays, Node %i', async (node) => {
    await folder.write({
      'traces.cjs': `'use strict';
let called = 0;
const own = (error, frames) => { called += 1; return 'own ' + frames.length; };
Error.prepareStackTrace = own;
Error.stackTraceLimit = 3;
const http = require('node:http');
function deep(n, work) { return n === 0 ? work() : deep(n - 1, work); }
function ask() {
  http.get({ host: '127.0.0.1', port: 1, path: '/x' }).on('error', () => {
    console.log(called, Error.prepareStackTrace === own, Error.stackTraceLimit, deep(9, () => new Error('x').stack));
  });
}
ask();
`,
    });
    const { stdout, code, of } = await run({ node, arguments: ['traces.cjs'] });
    const plain = await run({ node, arguments: ['traces.cjs'], preload: [] });
    expect({ stdout, code }).toEqual({ stdout: plain.stdout, code: 0 });
    expect(stdout).toMatch(/^\d true 3 own 3\n$/);
    expect(Object.values(of('http.client.request.duration'))).toEqual([1]);
  });

  it('may be frozen: then nobody is known to ask, and the program runs', async () => {
    await folder.write({
      'frozen.mjs': `Object.freeze(Error);\n${program}`,
    });
    const ran = await run({ node: 24, arguments: ['frozen.mjs'] });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.of('db.client.operation.duration')['SELECT name FROM stock WHERE id = ?']).toBe(16);
  });
});

it('RUNLENS_OPERATIONS=0: nothing of it is told, and functions still are', async () => {
  const ran = await run({ node: 24, arguments: ['main.mjs'] }, { RUNLENS_OPERATIONS: '0' });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  const told = new Set(ran.points.map(({ metric }) => metric));
  expect(told).toContain('code.function.calls');
  expect([...told].filter((metric) => /^(db|http\.client|runlens\.query)\./.test(metric))).toEqual([]);
});

describe.each(nodeMajors)('calls of other services by HTTP, Node %i', (node: NodeMajor) => {
  it('are counted by who asks, where, and how it ended; no value leaves the process', async () => {
    const ran = await run({ node, arguments: ['calls.mjs'] });
    expect(ran).toMatchObject({ code: 0, stdout: 'done\n', stderr: '' });
    // Before 22.12 Node does not tell of a request while its maker is on the stack: of the first one nobody is known.
    const first = node === 20 ? '' : 'byHttp.Promise(#1) | ';
    expect(ran.of('http.client.request.duration')).toEqual({
      'byFetch | GET 127.0.0.1/orders/{id} 200': 3,
      'byFetch | GET 127.0.0.1/missing/{id} 404 | 404': 1,
      'posts | POST 127.0.0.1/charges 200': 2,
      [`${first}GET 127.0.0.1/first/{id} 200`]: 1,
      'byHttp.Promise(#1) | GET 127.0.0.1/plain/{id} 200': 1,
      'byHttp.Promise(#1) | GET 127.0.0.1/nobody/there | ECONNREFUSED': 1,
    });
    expect(ran.sent).not.toContain('s3cret');
    expect(ran.sent).not.toContain('anna');
  });
});
