import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, runService, ServiceFolder, ServiceProcess } from './service-process.ts';

const files = {
  'work.cjs': `exports.tick = function tick(n) { return n; };
exports.later = async function later(n) { await null; if (n % 10 === 0) throw new RangeError('ten'); return n; };\n`,
  'late.mjs': 'export function late() { return 1; }\n',
  'late.cjs': 'exports.lateToo = function lateToo() { return 1; };\n',
  /** Does what it is sent, and says so. */
  'main.cjs': `
const { tick, later } = require('./work.cjs');
const channels = require('node:diagnostics_channel');
const http = require('node:http');
const server = http.createServer((request, response) => { tick(1); response.end('ok'); });
const does = {
  async ticks(count) { for (let i = 1; i <= count; i += 1) tick(i); },
  async laters(count) { for (let i = 1; i <= count; i += 1) await later(i).catch(() => {}); },
  async asks(count) {
    for (let i = 0; i < count; i += 1) await (await fetch('http://127.0.0.1:' + server.address().port)).text();
  },
  async load() { require('./late.cjs').lateToo(); (await import('./late.mjs')).late(); },
  async listeners() {
    return ['http.client.request.start', 'undici:request:create', 'http.server.request.start']
      .filter((name) => channels.channel(name).hasSubscribers);
  },
  async end() { server.close(); server.closeAllConnections(); process.disconnect(); },
};
process.on('message', async ({ name, count }) => {
  const result = await does[name](count);
  if (name !== 'end') process.send({ result: result ?? null });
});
server.listen(0, '127.0.0.1', () => console.log('ready'));
`,
};

class Service extends ServiceProcess {
  async does(name: string, count?: number): Promise<unknown> {
    const done = new Promise<unknown>((resolve) => {
      this.child.once('message', (message) => resolve(Object(message).result));
    });
    this.child.send({ name, count });
    return done;
  }

  async signal(state: 'on' | 'off', times = 1): Promise<void> {
    this.child.kill('SIGUSR2');
    await this.said(`SIGUSR2: the sensor is ${state}`, times);
  }

  async end(): Promise<string> {
    this.child.send({ name: 'end' });
    const { code, signal, stderr } = await this.ended;
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    return stderr;
  }
}

const tick = 'work.cjs:1 tick';
const later = 'work.cjs:2 later';

describe.each(nodeMajors)('a sensor that is switched off and on by a signal, on Node %i', (node) => {
  let folder: ServiceFolder;
  beforeAll(async () => {
    folder = await ServiceFolder.create(files);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const start = (endpoint: string): Service =>
    new Service({
      node,
      folder,
      arguments: ['main.cjs'],
      endpoint,
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms', RUNLENS_KILL_SIGNAL: 'SIGUSR2' },
    });

  it('tells each call and error before and after, and none of between', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = start(recorder.url);
    await service.wrote('ready');
    for (let round = 1; round <= 3; round += 1) {
      await service.does('ticks', 1_000);
      await service.does('laters', 100);
      await service.signal('off', round);
      await service.does('ticks', 5_000);
      await service.does('laters', 50);
      // Longer than an interval in some rounds: switched on before all is sent, and after.
      await new Promise((resolve) => setTimeout(resolve, (round - 1) * 200));
      await service.does('ticks', 5_000);
      await service.signal('on', round);
      await service.does('ticks', 7);
      await service.does('laters', 10);
    }
    await service.end();
    expect(recorder.calls()).toMatchObject({ [tick]: 3 * 1_007, [later]: 3 * 110 });
    expect(recorder.errors()).toEqual({ [`${later} RangeError`]: 3 * 11 });
  });

  it('covers no time while it is off, and says that it is', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = start(recorder.url);
    await service.wrote('ready');
    await service.does('ticks', 10);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const states = (): unknown[] =>
      recorder.of('runlens.sensor.level').map(({ attributes }) => attributes['runlens.sensor.state']);
    await service.signal('off');
    // All of before is told with it.
    await until('it is told', () => states().at(-1) === 'off');
    const offAt = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const onAt = Date.now();
    await service.signal('on');
    await service.does('ticks', 10);
    await service.end();
    const intervals = recorder
      .of('code.function.calls')
      .filter(({ value }) => value !== 0)
      .map(({ start, time }) => ({ start: Number(start / 1_000_000n), end: Number(time / 1_000_000n) }));
    expect(intervals.length).toBeGreaterThanOrEqual(2);
    // The first interval after may reach a moment into it, longer on a busy machine.
    const middle = (offAt + onAt) / 2;
    expect(intervals.filter(({ start, end }) => start < middle && end > middle)).toEqual([]);
    expect(states().at(-1)).toBe('full');
  });

  it('listens to nothing while it is off, and to all of it again', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = start(recorder.url);
    await service.wrote('ready');
    const listens = await service.does('listeners');
    await service.does('asks', 3);
    await service.signal('off');
    expect(await service.does('listeners')).toEqual([]);
    await service.does('asks', 5);
    await service.signal('on');
    expect(await service.does('listeners')).toEqual(listens);
    await service.does('asks', 4);
    await service.end();
    const asked = recorder
      .of('http.client.request.duration')
      .reduce((sum, { histogram }) => sum + (histogram?.count ?? 0), 0);
    expect(asked).toBe(7);
  });

  it('leaves what is loaded while it is off as it is, and says that it is not measured', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = start(recorder.url);
    await service.wrote('ready');
    await service.does('ticks', 1);
    await service.signal('off');
    await service.does('load');
    await service.signal('on');
    await service.does('load');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await service.end();
    expect(Object.keys(recorder.calls()).filter((key) => key.startsWith('late'))).toEqual([]);
    const unmeasured = recorder.of('runlens.function.unmeasured').map(({ attributes }) => attributes);
    for (const file of ['late.cjs', 'late.mjs']) {
      expect(unmeasured).toContainEqual(
        expect.objectContaining({
          'code.file.path': file,
          'runlens.reason': expect.stringContaining('while the sensor was switched off'),
        }),
      );
    }
  });

  it('ends while it is off with what was counted before', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = start(recorder.url);
    await service.wrote('ready');
    await service.does('ticks', 123);
    await service.signal('off');
    await service.does('ticks', 1_000);
    await service.end();
    expect(recorder.calls()[tick]).toBe(123);
  });

  it('holds for worker threads of the service, those that start while it is off too', async () => {
    await using recorder = await OtlpRecorder.start();
    await folder.write({
      'threads.cjs': `
const { Worker } = require('node:worker_threads');
const { tick } = require('./work.cjs');
tick(1);
const workers = [];
const start = () => new Promise((resolve) => {
  const worker = new Worker('./thread.cjs');
  workers.push(worker);
  worker.once('message', resolve);
});
process.on('message', async (what) => {
  if (what === 'start') await start();
  if (what === 'end') { for (const worker of workers) worker.postMessage('end'); process.disconnect(); return; }
  if (what === 'ticks') for (const worker of workers) await new Promise((resolve) => {
    worker.once('message', resolve);
    worker.postMessage('ticks');
  });
  process.send('done');
});
console.log('ready');`,
      'thread.cjs': `
const { parentPort } = require('node:worker_threads');
const { tick } = require('./work.cjs');
parentPort.on('message', (what) => {
  if (what === 'end') { parentPort.close(); return; }
  for (let i = 0; i < 1000; i += 1) tick(i);
  parentPort.postMessage('done');
});
parentPort.postMessage('up');`,
    });
    const service = new Service({
      node,
      folder,
      arguments: ['threads.cjs'],
      endpoint: recorder.url,
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms', RUNLENS_KILL_SIGNAL: 'SIGUSR2' },
    });
    const tell = async (what: string): Promise<void> => {
      const done = new Promise((resolve) => service.child.once('message', resolve));
      service.child.send(what);
      await done;
    };
    await service.wrote('ready');
    await tell('start');
    await tell('ticks');
    await service.signal('off');
    // The threads are told by a message of their own.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await tell('start');
    await tell('ticks');
    await service.signal('on');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await tell('ticks');
    service.child.send('end');
    expect((await service.ended).code).toBe(0);
    // The second thread loaded the file while it was off: it has no counters there.
    expect(recorder.calls()[tick]).toBe(1 + 1_000 + 1_000);
  });
});

describe.each(nodeMajors)('a sensor that the environment switches off, on Node %i', (node) => {
  it.each([{ RUNLENS_ENABLED: '0' }, { OTEL_SDK_DISABLED: 'true' }])('%o changes nothing at all', async (off) => {
    await using folder = await ServiceFolder.create({
      ...files,
      'look.cjs': `require('./work.cjs').tick(1);
        const channels = require('node:diagnostics_channel');
        console.log(JSON.stringify({
          globals: Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith('$rl')),
          compile: require('node:module').prototype._compile.toString().includes('hooks'),
          listens: channels.channel('http.client.request.start').hasSubscribers,
          signals: process.listenerCount('SIGUSR2') + process.listenerCount('SIGTERM'),
        }));`,
    });
    await using recorder = await OtlpRecorder.start();
    const { stdout, stderr } = await runService({
      node,
      folder,
      arguments: ['look.cjs'],
      endpoint: recorder.url,
      environment: { ...off, RUNLENS_KILL_SIGNAL: 'SIGUSR2' },
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ globals: [], compile: false, listens: false, signals: 0 });
    expect(recorder.requests).toEqual([]);
  });
});

it('a signal that cannot be used is told, and the service runs', async () => {
  await using folder = await ServiceFolder.create({
    'main.cjs': `require('./work.cjs').tick(1);`,
    'work.cjs': files['work.cjs'],
  });
  await using recorder = await OtlpRecorder.start();
  const { code, stderr } = await runService({
    node: 24,
    folder,
    arguments: ['main.cjs'],
    endpoint: recorder.url,
    environment: { RUNLENS_KILL_SIGNAL: 'SIGTERM' },
  });
  expect(code).toBe(0);
  expect(stderr).toContain('RUNLENS_KILL_SIGNAL=SIGTERM is not one of SIGUSR2');
  expect(recorder.calls()[tick]).toBe(1);
});
