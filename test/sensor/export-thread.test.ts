import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, runService, ServiceFolder, ServiceProcess } from './service-process.ts';

const work = 'exports.tick = function tick(n) { if (n < 0) throw new RangeError("n"); return n; };\n';
/** Tells which threads are started, on request calls `tick` so often, and ends on request. */
const program = `
process.on('worker', () => process.send('a thread was started'));
const { tick } = require('./work.cjs');
process.on('message', (message) => {
  if (message === 'end') process.disconnect();
  else {
    for (let i = 0; i < message; i += 1) tick(i);
    process.send('done');
  }
});
console.log('ready');
`;

class Service extends ServiceProcess {
  threads = 0;

  constructor(node: (typeof nodeMajors)[number], folder: ServiceFolder, endpoint: string, interval = '100ms') {
    super({ node, folder, arguments: ['main.cjs'], endpoint, environment: { RUNLENS_FLUSH_INTERVAL: interval } });
    this.child.on('message', (message) => {
      if (message === 'a thread was started') this.threads += 1;
    });
  }

  async calls(count: number): Promise<void> {
    const done = new Promise<void>((resolve) => {
      const listen = (message: unknown): void => {
        if (message !== 'done') return;
        this.child.off('message', listen);
        resolve();
      };
      this.child.on('message', listen);
    });
    this.child.send(count);
    await done;
  }

  async end(): Promise<string> {
    this.child.send('end');
    const { code, signal, stderr } = await this.ended;
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    return stderr;
  }
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const total = (recorder: OtlpRecorder) => recorder.calls()['work.cjs:1 tick'] ?? 0;

describe.each(nodeMajors)('the thread that exports, on Node %i', (node) => {
  let folder: ServiceFolder;
  beforeAll(async () => {
    folder = await ServiceFolder.create({ 'main.cjs': program, 'work.cjs': work });
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it('is one, and what it and the last flush tell is each call once', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = new Service(node, folder, recorder.url);
    await service.wrote('ready');
    let made = 0;
    for (let round = 1; round <= 20; round += 1) {
      await service.calls(round * 100);
      made += round * 100;
      await sleep(23);
    }
    await until('some calls arrive before the end', () => total(recorder) > 0);
    expect(await service.end()).toBe('');
    expect({ calls: total(recorder), threads: service.threads }).toEqual({ calls: made, threads: 1 });
  });

  it('is not started by a process that ends before its first interval does', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = new Service(node, folder, recorder.url, '50m');
    await service.wrote('ready');
    await service.calls(10);
    await sleep(300);
    expect(service.threads).toBe(0);
    expect(await service.end()).toBe('');
    expect(total(recorder)).toBe(10);
  });

  it('inherits no preload from NODE_OPTIONS', async () => {
    await using recorder = await OtlpRecorder.start();
    await folder.write({
      'preloaded.cjs': `require('node:fs').writeSync(1, 'preloaded in ' + require('node:worker_threads').threadId + '\\n');\n`,
      'waits.cjs': `require('./work.cjs').tick(1); setTimeout(() => {}, 600);\n`,
    });
    const { stdout, stderr } = await runService({
      node,
      folder,
      arguments: ['waits.cjs'],
      endpoint: recorder.url,
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms', NODE_OPTIONS: `--require=${join(folder.path, 'preloaded.cjs')}` },
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'preloaded in 0\n', stderr: '' });
    expect(total(recorder)).toBe(1);
  });

  it('is told by real timers in a service that has replaced them', async () => {
    await using recorder = await OtlpRecorder.start();
    await folder.write({
      'faked.cjs': `const { setTimeout: wait } = globalThis;
        for (const name of ['setTimeout', 'setInterval', 'setImmediate']) globalThis[name] = () => ({ unref() {} });
        require('./work.cjs').tick(1);
        wait(() => {}, 1e9);\n`,
    });
    const service = new ServiceProcess({
      node,
      folder,
      arguments: ['faked.cjs'],
      endpoint: recorder.url,
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms' },
    });
    await until('the call is told', () => total(recorder) === 1);
    await service.kill();
  });
});

describe.each(nodeMajors)('a thread that fails does the service no harm, on Node %i', (node) => {
  let folder: ServiceFolder;
  beforeAll(async () => {
    folder = await ServiceFolder.create({ 'main.cjs': program, 'work.cjs': work });
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const ready = `const { parentPort } = require('node:worker_threads');\nparentPort.postMessage('ready');\n`;
  const isEnding: Readonly<Record<string, string>> = {
    'throws at its first numbers': `${ready}parentPort.on('message', () => { throw new Error('broken'); });`,
    'ends when it gets numbers': `${ready}parentPort.on('message', () => process.exit(3));`,
    'runs out of memory': `${ready}const all = [];
      parentPort.on('message', () => { for (;;) all.push(new Array(1_000_000).fill(1.5)); });`,
  };

  async function replaced(text: string): Promise<void> {
    await writeFile(join(folder.sensor, 'export-thread.cjs'), text);
  }

  it.each(Object.entries(isEnding))('one that %s: one warning, and the service goes on', async (_, text) => {
    await using recorder = await OtlpRecorder.start();
    await replaced(text);
    const service = new Service(node, folder, recorder.url);
    await service.wrote('ready');
    await service.calls(10);
    await service.said('the thread that sends numbers has ended');
    await service.calls(10);
    await sleep(300);
    const stderr = await service.end();
    expect(stderr.match(/runlens: /g)).toHaveLength(1);
  });

  it('one that cannot start: one warning, and each call is told all the same', async () => {
    await using recorder = await OtlpRecorder.start();
    await replaced(`throw new Error('cannot be loaded');`);
    const service = new Service(node, folder, recorder.url);
    await service.wrote('ready');
    await service.calls(10);
    await until('the calls arrive', () => total(recorder) === 10);
    await service.calls(5);
    const stderr = await service.end();
    expect(total(recorder)).toBe(15);
    expect(stderr.match(/runlens: /g)).toHaveLength(1);
    expect(stderr).toContain('cannot be loaded');
  });

  it('one that never gets ready: the process ends, and each call is told all the same', async () => {
    await using recorder = await OtlpRecorder.start();
    await replaced('for (;;);');
    const service = new Service(node, folder, recorder.url);
    await service.wrote('ready');
    await service.calls(10);
    await sleep(300);
    expect(await service.end()).toBe('');
    expect(total(recorder)).toBe(10);
  });

  it('one that takes numbers and never sends them: the process ends after a bounded time', async () => {
    await using recorder = await OtlpRecorder.start();
    await replaced(`${ready}parentPort.on('message', () => {});`);
    const service = new Service(node, folder, recorder.url);
    await service.wrote('ready');
    await service.calls(10);
    await sleep(300);
    // One that does not end is killed in the end, and then has no code.
    expect(await service.end()).toBe('');
  });
});

it('a bundle that is handed over in pieces is known by its sources', async () => {
  const source = Array.from(
    { length: 3_000 },
    (_, index) => `export function price${index}(amount: number): number {\n  return amount * ${index};\n}\n`,
  ).join('');
  const { code } = await transform(source, {
    loader: 'ts',
    format: 'cjs',
    sourcemap: 'inline',
    sourcefile: 'src/prices.ts',
  });
  expect(code.length).toBeGreaterThan(2 * 2 ** 18);
  await using folder = await ServiceFolder.create({
    'main.cjs': `const prices = require('./prices.cjs');
      for (const price of Object.values(prices)) price(1);
      process.once('message', () => process.disconnect());`,
    'prices.cjs': code,
    'src/prices.ts': source,
  });
  await using recorder = await OtlpRecorder.start();
  const service = new ServiceProcess({
    node: 24,
    folder,
    arguments: ['main.cjs'],
    endpoint: recorder.url,
    environment: { RUNLENS_FLUSH_INTERVAL: '100ms' },
  });
  await until('all are told', () => recorder.calls()['src/prices.ts:8998 price2999'] === 1);
  service.child.send('end');
  expect((await service.ended).stderr).toBe('');
  const calls = recorder.calls();
  expect(calls['src/prices.ts:1 price0']).toBe(1);
  expect(calls['src/prices.ts:8998 price2999']).toBe(1);
});
