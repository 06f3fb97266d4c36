import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { functionKey, OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, runService, ServiceFolder, ServiceProcess } from './service-process.ts';

const work =
  'exports.work = function work(n) { let s = 0; for (let i = 0; i < n; i += 1) s += Math.sqrt(i); return s; };\n';
const times = (count: number) => `for (let i = 0; i < ${count}; i += 1) work(10);\n`;
const inCommonJs = (count: number) => `const { work } = require('./work.cjs');\n${times(count)}`;
/** Resolves when the test has said so many times that it goes on. */
const waitsToBeTold = `
let said = 0;
process.on('message', () => { said += 1; });
const told = async (times) => { while (said < times) await new Promise((resolve) => setTimeout(resolve, 10)); };
`;
const inModule = (count: number) =>
  `import { work } from './work.cjs';\nexport const own = () => work(1);\nown();\n${times(count)}`;

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create({
    'work.cjs': work,
    'threads.cjs': `${inCommonJs(10)}${waitsToBeTold}
      const { Worker } = require('node:worker_threads');
      const ended = (worker) => new Promise((resolve) => worker.once('exit', resolve));
      (async () => {
        await ended(new Worker(__dirname + '/thread.cjs'));
        await ended(new Worker(__dirname + '/thread.mjs'));
        // Numbers that a thread has flushed are kept when it is terminated.
        const stopped = new Worker(__dirname + '/endless.cjs');
        await told(1);
        await stopped.terminate();
        process.disconnect();
      })();`,
    'thread.cjs': inCommonJs(100),
    'thread.mjs': inModule(1_000),
    'endless.cjs': `${inCommonJs(10_000)}
      setInterval(() => {}, 1000);`,
    'stopped.cjs': `const { Worker } = require('node:worker_threads');
      const how = process.argv[2];
      ${waitsToBeTold}
      if (how !== 'late') process.disconnect();
      (async () => {
        for (let turn = 0; turn < 3; turn += 1) {
          const worker = new Worker(__dirname + '/busy.cjs');
          await new Promise((resolve) => worker.once('message', resolve));
          if (how === 'exit' && turn === 2) process.exit(4);
          if (how === 'late') await told(turn + 1);
          await worker.terminate();
        }
        if (how === 'late') process.disconnect();
      })();`,
    'busy.cjs': `${inCommonJs(1_000)}
      require('node:worker_threads').parentPort.postMessage('counted');
      setInterval(() => {}, 1000);`,
    'failing.cjs': `const { Worker } = require('node:worker_threads');
      const worker = new Worker(__dirname + '/throws.cjs');
      worker.on('error', () => {});`,
    'throws.cjs': `${inCommonJs(300)} throw new Error('no');`,
    'nested.cjs': `const { Worker, isMainThread, parentPort } = require('node:worker_threads');
      const worker = new Worker(isMainThread ? __filename : __dirname + '/busy.cjs');
      worker.once('message', async () => {
        await worker.terminate();
        parentPort?.postMessage('done');
      });
      // One that ends by itself tells what it has by itself, and may be terminated in the middle of that.
      if (!isMainThread) setInterval(() => {}, 1000);`,
    'children.cjs': `${inCommonJs(10)}
      const { fork, spawn, spawnSync } = require('node:child_process');
      spawnSync(process.execPath, ['child.cjs'], { cwd: __dirname, stdio: 'inherit' });
      fork(__dirname + '/child.mjs');
      spawn(process.execPath, ['child.cjs'], { cwd: __dirname, stdio: 'inherit', env: { PATH: process.env.PATH } });
    `,
    'child.cjs': inCommonJs(100),
    'child.mjs': inModule(1_000),
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Calls of `work` by one attribute of the resource. */
function callsBy(recorder: OtlpRecorder, attribute: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { resource, points } of recorder.requests) {
    const key = resource[attribute] ?? 'none';
    for (const point of points) {
      if (point.metric !== 'code.function.calls' || functionKey(point) !== 'work.cjs:1 work') continue;
      sums[key] = (sums[key] ?? 0) + (point.value ?? 0);
    }
  }
  return sums;
}

const values = (counts: Readonly<Record<string, number>>) => Object.values(counts).sort((a, b) => a - b);

describe.each(nodeMajors)('on Node %i', (node) => {
  it('each worker thread tells its own numbers, under the instance of its process', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = new ServiceProcess({
      node,
      folder,
      arguments: ['threads.cjs'],
      endpoint: recorder.url,
      environment: { RUNLENS_FLUSH_INTERVAL: '200ms' },
    });
    await until('the endless one has told', () => values(callsBy(recorder, 'thread.id')).includes(10_000));
    service.child.send('go on');
    const { code, stderr } = await service.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(values(callsBy(recorder, 'service.instance.id'))).toEqual([10 + 100 + 1_001 + 10_000]);
    const byThread = callsBy(recorder, 'thread.id');
    expect(byThread.none).toBe(10);
    expect(values(byThread)).toEqual([10, 100, 1_001, 10_000]);
    expect(recorder.calls()['thread.mjs:2 own']).toBe(1);
    const ids = recorder.requests.map(({ headers }) => headers['runlens-batch']);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    ['before its first export', '10s', 'terminate', 0],
    ['after one', '200ms', 'late', 0],
    ['by the end of the process', '10s', 'exit', 4],
  ])('what a terminated worker thread counted is told by its parent: %s', async (_, interval, how, exitCode) => {
    await using recorder = await OtlpRecorder.start();
    const service = new ServiceProcess({
      node,
      folder,
      arguments: ['stopped.cjs', how],
      endpoint: recorder.url,
      environment: { RUNLENS_FLUSH_INTERVAL: interval },
    });
    for (let threads = 1; how === 'late' && threads <= 3; threads += 1) {
      await until('the thread has told', () => {
        const told = values(callsBy(recorder, 'thread.id'));
        return told.length === threads && told.every((count) => count === 1_000);
      });
      service.child.send('go on');
    }
    const { code, stderr } = await service.ended;
    expect({ code, stderr }).toEqual({ code: exitCode, stderr: '' });
    expect(values(callsBy(recorder, 'service.instance.id'))).toEqual([3_000]);
    if (how === 'late') expect(values(callsBy(recorder, 'thread.id'))).toEqual([1_000, 1_000, 1_000]);
  });

  it('a worker thread that throws, and one that another worker thread has terminated', async () => {
    for (const [program, count] of [
      ['failing.cjs', 300],
      ['nested.cjs', 1_000],
    ] as const) {
      await using recorder = await OtlpRecorder.start();
      const { code, stderr } = await runService({ node, folder, arguments: [program], endpoint: recorder.url });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(values(callsBy(recorder, 'service.instance.id'))).toEqual([count]);
    }
  });

  it('child processes that inherit NODE_OPTIONS are instances of the service; one that does not is left alone', async () => {
    await using recorder = await OtlpRecorder.start();
    const entry = pathToFileURL(join(folder.path, 'node_modules', '@runlens', 'sensor', 'register.js')).href;
    const { code, stderr } = await runService({
      node,
      folder,
      preload: [],
      arguments: ['children.cjs'],
      endpoint: recorder.url,
      environment: { NODE_OPTIONS: `--import=${entry}` },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(values(callsBy(recorder, 'service.instance.id'))).toEqual([10, 100, 1_001]);
    expect(new Set(recorder.requests.map(({ resource }) => resource['service.name']))).toEqual(
      new Set(['the-service']),
    );
  });
});
