/** How long functions take under which condition and for which entry, and their slowest calls: of services with known delays. */
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCollector } from '@runlens/collector';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CollectorApi } from '../story/collector-api.ts';
import type { RecordedHistogram } from './otlp-decoder.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, type RunOptions, runService, ServiceFolder } from './service-process.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Not measured; tells for how long the thread was held up at the most, by which a call may take longer than is meant. */
const lateness = `
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
let latest = 0;
export async function rest(milliseconds) {
  const from = performance.now();
  await setTimeout(milliseconds);
  const late = Math.max(delay.max / 1e6, performance.now() - from - milliseconds);
  if (late > latest) writeFileSync(process.env.LATENESS_FILE, String((latest = late)));
}
`;
/** Delays in milliseconds, far enough from each other for a busy machine. */
const work = `
import { rest } from './node_modules/lateness.mjs';
let connected = false;
let crowd = 0;
export async function serve(milliseconds) { await rest(milliseconds); return 'served'; }
/** The first call sets something up. */
export async function connect() {
  const first = !connected;
  connected = true;
  await rest(first ? 400 : 10);
  return 'connected';
}
export async function charge(id) {
  if (id % 4 === 3) { await rest(200); throw new RangeError('refused'); }
  await rest(10);
  return 'charged';
}
/** Slow while more than four ask at once. */
export async function queue() {
  crowd += 1;
  try { await rest(crowd > 4 ? 120 : 10); } finally { crowd -= 1; }
  return 'queued';
}
`;
const service = `
import { get } from 'node:http';
import { setTimeout as rest } from 'node:timers/promises';
import fastify from 'fastify';
import { charge, connect, queue, serve } from './work.mjs';
const app = fastify();
app.get('/quick', () => serve(10));
app.get('/slow/:id', () => serve(250));
app.get('/connect', () => connect());
app.get('/charge/:id', (request) => charge(Number(request.params.id)));
app.get('/queue', () => queue());
await app.listen({ port: 0, host: '127.0.0.1' });
const { port } = app.server.address();
const ask = (path) => new Promise((resolve, reject) => {
  get({ host: '127.0.0.1', port, path, agent: false }, (answer) => answer.resume().on('end', resolve)).on('error', reject);
});
await ask('/connect');
for (let i = 0; i < 12; i += 1) await ask('/quick');
for (let i = 0; i < 6; i += 1) await ask('/slow/' + (1000 + i) + '?token=s3cret');
for (let i = 0; i < 12; i += 1) await ask('/charge/' + i);
for (let i = 0; i < 6; i += 1) await ask('/queue');
for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: 9 }, () => ask('/queue')));
await rest(1000);
for (let i = 0; i < 20; i += 1) await ask('/connect');
await app.close();
`;
/** As a service that has set up OpenTelemetry. */
const traced = `
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { serve } from './work.mjs';
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new BasicTracerProvider());
const { traceId, spanId } = await trace.getTracer('test').startActiveSpan('request', async (span) => {
  await serve(50);
  span.end();
  return span.spanContext();
});
await serve(20);
console.log(traceId, spanId);
`;
/** Requests that ask at once, each for itself. */
const asking = `
import { get } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as rest } from 'node:timers/promises';
import fastify from 'fastify';
const database = new DatabaseSync(':memory:');
database.exec('CREATE TABLE orders (id INTEGER)');
export async function report(times) {
  for (let i = 0; i < times; i += 1) {
    database.prepare('SELECT * FROM orders WHERE id = ?').all(i);
    await rest(5);
  }
  database.exec('DELETE FROM orders');
  return times;
}
const app = fastify();
app.get('/report/:times', (request) => report(Number(request.params.times)));
await app.listen({ port: 0, host: '127.0.0.1' });
const { port } = app.server.address();
const ask = (path) => new Promise((resolve, reject) => {
  get({ host: '127.0.0.1', port, path, agent: false }, (answer) => answer.resume().on('end', resolve)).on('error', reject);
});
await Promise.all([ask('/report/6'), ask('/report/4')]);
await report(2);
await app.close();
`;
const threaded = `
import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';
import { connect, serve } from './work.mjs';
if (isMainThread) await once(new Worker(new URL(import.meta.url)), 'exit');
else { await connect(); await serve(30); }
`;

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create({
    'node_modules/lateness.mjs': lateness,
    'work.mjs': work,
    'service.mjs': service,
    'traced.mjs': traced,
    'threaded.mjs': threaded,
    'asking.mjs': asking,
  });
  for (const name of ['fastify', '@opentelemetry']) {
    await symlink(join(repository, 'node_modules', name), join(folder.path, 'node_modules', name));
  }
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Told {
  /** By function and condition or entry: calls, and milliseconds of the median (to 9 %) and the slowest. */
  readonly durations: Record<string, { calls: number; median: number; max: number }>;
  readonly slowest: Record<
    string,
    { milliseconds: number; entry?: string; conditions?: string; queries?: string; trace: string }[]
  >;
  readonly stdout: string;
  readonly sent: string;
  /** Milliseconds for which the program's thread was held up at the most. */
  readonly late: number;
}

async function run(node: RunOptions['node'], program: string, environment: Record<string, string> = {}): Promise<Told> {
  await using recorder = await OtlpRecorder.start();
  const before = Date.now();
  const latenessFile = join(folder.path, 'lateness');
  await writeFile(latenessFile, '0');
  const ended = await runService({
    node,
    folder,
    arguments: [program],
    endpoint: recorder.url,
    // What is told at the end is told at once.
    environment: { NODE_NO_WARNINGS: '1', RUNLENS_FLUSH_INTERVAL: '10m', LATENESS_FILE: latenessFile, ...environment },
  });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const durations: Told['durations'] = {};
  for (const { attributes: of, histogram } of recorder.of('runlens.function.duration')) {
    if (!histogram) throw new Error('a condition without durations');
    const key = `${of['code.function.name']}, ${of['runlens.condition'] ?? of['runlens.entry']}`;
    expect(durations).not.toHaveProperty([key]);
    durations[key] = { calls: histogram.count, median: medianOf(histogram), max: histogram.max * 1_000 };
  }
  const slowest: Told['slowest'] = {};
  for (const { attributes: of, exemplars } of recorder.of('code.function.duration')) {
    for (const { attributes: own, value, time, traceId, spanId } of exemplars) {
      const at = Number(time / 1_000_000n);
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(Date.now());
      const calls = slowest[String(of['code.function.name'])] ?? [];
      slowest[String(of['code.function.name'])] = calls;
      const { 'runlens.entry': entry, 'runlens.conditions': conditions, 'runlens.queries': queries } = own;
      calls.push({
        milliseconds: value * 1_000,
        ...(entry === undefined ? {} : { entry }),
        ...(conditions === undefined ? {} : { conditions }),
        ...(queries === undefined ? {} : { queries: `${queries}: ${own['runlens.queries.summary']}` }),
        trace: `${traceId} ${spanId}`.trim(),
      });
    }
  }
  const sent = recorder.requests.map(({ body }) => body.toString('latin1')).join('\n');
  const late = Number(await readFile(latenessFile, 'utf8'));
  return { durations, slowest, stdout: ended.stdout, sent, late };
}

/** Of the bucket in which the median lies, the upper end, in milliseconds. */
function medianOf({ scale, count, offset, bucketCounts }: RecordedHistogram): number {
  let seen = 0;
  const at = bucketCounts.findIndex((each) => {
    seen += each;
    return seen >= count / 2;
  });
  return 2 ** ((offset + at + 1) / 2 ** scale) * 1_000;
}

/**
 * That many calls, of which the median has the delay. What observing other calls takes is in no duration: while the
 * sensor's own code is cold that can be milliseconds, so the quickest may be quicker than a timer.
 */
const delayed = (calls: number, milliseconds: number, late: number) => ({
  calls,
  median: expect.toSatisfy((median: number) => median > milliseconds * 0.9 && median < milliseconds * 1.1 + 65 + late),
  max: expect.any(Number),
});

describe.each(nodeMajors)('node %i', (node) => {
  it('tells durations by entry, cold, failed, and by the requests at once; and the slowest calls', async () => {
    const { durations, slowest, sent, late } = await run(node, 'service.mjs');
    expect(durations).toMatchObject({
      'serve, GET /quick': delayed(12, 10, late),
      'serve, GET /slow/:id': delayed(6, 250, late),
      'charge, GET /charge/:id': delayed(12, 10, late),
      'charge, failed': delayed(3, 200, late),
      'queue, requests 5-16': delayed(expect.any(Number) as unknown as number, 120, late),
      'queue, requests 1': delayed(expect.any(Number) as unknown as number, 10, late),
    });
    expect(durations['queue, requests 2-4']?.max).toBeLessThan(120 + late);
    const byLoad = ['requests 1', 'requests 2-4', 'requests 5-16'].map((load) => durations[`queue, ${load}`]?.calls);
    expect(byLoad.reduce((sum = 0, calls = 0) => sum + calls, 0)).toBe(33);
    // Of the first 15 calls only the first began within a second.
    expect(durations['connect, cold']).toEqual(delayed(1, 400, late));
    // One load only.
    expect(Object.keys(durations).filter((key) => key.startsWith('serve, requests'))).toEqual([]);

    expect(slowest.serve).toHaveLength(3);
    for (const call of slowest.serve ?? []) {
      expect(call.milliseconds).toBeGreaterThan(240);
      expect(call).toMatchObject({ entry: 'GET /slow/:id', trace: '' });
    }
    // The later ones are cold where the machine is quick.
    const failed = slowest.charge?.map(({ conditions }) => conditions?.replace('cold,', ''));
    expect(failed).toEqual(Array(3).fill('failed,requests 1'));
    const connecting = { entry: 'GET /connect', conditions: 'cold,requests 1' };
    expect(slowest.connect).toContainEqual(expect.objectContaining(connecting));
    expect(sent).not.toMatch(/s3cret|slow\/1/);
  });

  it('names the trace and span that were active in a slow call', async () => {
    const { slowest, stdout } = await run(node, 'traced.mjs');
    expect(slowest.serve?.map(({ trace }) => trace).sort()).toEqual(['', stdout.trim()]);
  });

  it('tells the same of a worker thread', async () => {
    const { durations, slowest, late } = await run(node, 'threaded.mjs');
    expect(durations).toMatchObject({ 'connect, cold': delayed(1, 400, late), 'serve, cold': delayed(1, 30, late) });
    expect(slowest.connect).toMatchObject([{ conditions: 'cold' }]);
  });
});

it('tells of a slow call what its request asked meanwhile, and not what others did', async () => {
  const { slowest } = await run(24, 'asking.mjs');
  expect(slowest.report?.map(({ queries }) => queries).sort()).toEqual([
    '5: SELECT orders × 4, DELETE orders',
    '7: SELECT orders × 6, DELETE orders',
    // Of no request: what is asked beside it could not be told from it.
    undefined,
  ]);
});

it('RUNLENS_CALLERS=0: nothing of it is told but what the counters know by themselves', async () => {
  const { durations, slowest } = await run(24, 'service.mjs', { RUNLENS_CALLERS: '0' });
  expect(Object.keys(durations).sort()).toContain('charge, failed');
  expect(Object.keys(durations).filter((key) => /GET|requests/.test(key))).toEqual([]);
  expect(slowest).toEqual({});
});

it('the collector answers with conditions, durations of entries and the slowest calls', async () => {
  const collector = await startCollector({ port: 0, home: join(folder.path, 'home'), logLevel: 'error' });
  const latenessFile = join(folder.path, 'lateness');
  await writeFile(latenessFile, '0');
  try {
    const ended = await runService({
      node: 24,
      folder,
      arguments: ['service.mjs'],
      endpoint: collector.url,
      environment: { NODE_NO_WARNINGS: '1', LATENESS_FILE: latenessFile },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const api = new CollectorApi(collector);
    const { profiles } = await api.profiles({ service: 'the-service' });
    const of = (name: string) => profiles.find((one) => one.function === name);
    // A bucket of the coarser scale is 9 % wide; a timer of a busy machine is late by more.
    const about = (milliseconds: number) => expect.toSatisfy((p50: number) => p50 > milliseconds / 1_250);
    const late = Number(await readFile(latenessFile, 'utf8')) / 1_000;
    const serve = of('serve');
    expect(serve?.entries).toMatchObject([
      { name: 'GET /quick', calls: 12, duration: { samples: 12, p50: about(10) } },
      { name: 'GET /slow/:id', calls: 6, duration: { samples: 6, p50: about(250) } },
    ]);
    expect(serve?.entries[0]?.duration?.p50).toBeLessThan(0.08 + late);
    expect(serve?.exemplars).toHaveLength(3);
    expect(serve?.exemplars[0]).toMatchObject({ entry: 'GET /slow/:id', seconds: serve?.duration?.max });
    expect(of('charge')?.conditions).toMatchObject({
      failed: { samples: 3, p50: about(200) },
      fine: { samples: 9, p50: about(10) },
    });
    expect(of('charge')?.conditions?.fine?.p50).toBeLessThan(0.07 + late);
    expect(of('connect')?.conditions).toMatchObject({
      cold: { samples: 1, p50: about(400) },
      warm: { samples: 20, p50: about(10) },
    });
    expect(of('queue')?.conditions?.concurrency.map(({ requests }) => requests)).toEqual(['1', '2-4', '5-16']);
  } finally {
    await collector.close();
  }
});
