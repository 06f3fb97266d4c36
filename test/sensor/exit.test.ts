import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, runService, ServiceFolder, ServiceProcess } from './service-process.ts';

const program = `
const { work } = require('./work.cjs');
for (let i = 0; i < 1000; i += 1) work(i);
const how = process.argv[2];
process.on('exit', () => { for (let i = 0; i < 5; i += 1) work(i); });
setImmediate(() => {
  if (how === 'exit') process.exit(3);
  if (how === 'throw') throw new Error('unhandled');
});
if (how === 'reject') Promise.reject(new Error('unhandled'));
if (how === 'handles') {
  process.once('SIGTERM', () => { work(1); setTimeout(() => process.exit(7), 20); });
}
if (how === 'wait' || how === 'handles') {
  setInterval(() => {}, 1000);
  console.log('ready');
}
`;
const work =
  'exports.work = function work(i) { if (i % 100 === 0) throwing(i); };\nfunction throwing(i) { try { JSON.parse("{"); } catch { return i; } }\n';

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create({ 'main.cjs': program, 'work.cjs': work });
});
afterAll(() => folder[Symbol.asyncDispose]());

describe.each(nodeMajors)('the last numbers arrive on Node %i, and the way of ending is what it was', (node) => {
  async function run(how: string, signal?: NodeJS.Signals) {
    await using recorder = await OtlpRecorder.start();
    const service = new ServiceProcess({ node, folder, arguments: ['main.cjs', how], endpoint: recorder.url });
    if (signal) {
      await service.wrote('ready');
      service.child.kill(signal);
    }
    const { code, signal: died, stderr } = await service.ended;
    return { code, died, stderr, calls: recorder.calls()['work.cjs:1 work'], requests: recorder.requests };
  }

  it('at the end of the program', async () => {
    const { code, died, calls, stderr, requests } = await run('nothing');
    expect({ code, died, calls, stderr }).toEqual({ code: 0, died: null, calls: 1005, stderr: '' });
    expect(requests[0]?.resource).toMatchObject({ 'service.name': 'the-service', 'service.version': '2.1.0' });
  });

  it('at process.exit(3)', async () => {
    const { code, died, calls } = await run('exit');
    expect({ code, died, calls }).toEqual({ code: 3, died: null, calls: 1000 + 5 });
  });

  it('at an uncaught exception, which is still reported', async () => {
    const { code, calls, stderr } = await run('throw');
    expect({ code, calls }).toEqual({ code: 1, calls: 1005 });
    expect(stderr).toMatch(/Error: unhandled\n.*main\.cjs:8:/);
  });

  it('at an unhandled rejection', async () => {
    const { code, calls, stderr } = await run('reject');
    expect({ code, calls }).toEqual({ code: 1, calls: 1005 });
    expect(stderr).toContain('Error: unhandled');
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('at %s, by which the process dies', async (signal) => {
    const { code, died, calls } = await run('wait', signal);
    expect({ code, died, calls }).toEqual({ code: null, died: signal, calls: 1000 });
  });

  it('at a SIGTERM that the service handles in its own way', async () => {
    const { code, died, calls } = await run('handles', 'SIGTERM');
    expect({ code, died, calls }).toEqual({ code: 7, died: null, calls: 1006 });
  });
});

it.each(nodeMajors)(
  'a collector that takes requests and never answers does not keep a process for long (Node %i)',
  async (node) => {
    await using recorder = await OtlpRecorder.start();
    recorder.respond = () => true;
    // Two seconds; one that takes much longer is killed, and then has no code.
    const { code } = await runService({
      node,
      folder,
      arguments: ['main.cjs', 'exit'],
      endpoint: recorder.url,
      longestMilliseconds: 30_000,
    });
    expect(code).toBe(3);
  },
);

// A listener that came back when it was removed once kept such a process from ending, at full speed.
describe.each(nodeMajors)('SIGTERM ends a service at once, or after the last flush, on Node %i', (node) => {
  it.each([
    ['NODE_OPTIONS', 'takes everything'],
    ['NODE_OPTIONS', 'is away'],
    ['NODE_OPTIONS', 'never answers'],
    ['NODE_OPTIONS and the command line', 'takes everything'],
    ['NODE_OPTIONS and the command line', 'is away'],
    ['NODE_OPTIONS and the command line', 'never answers'],
  ])('preloaded by %s, while the collector %s', async (by, how) => {
    await using recorder = await OtlpRecorder.start();
    const { url } = recorder;
    if (how === 'is away') await recorder[Symbol.asyncDispose]();
    if (how === 'never answers') recorder.respond = () => true;
    const entry = pathToFileURL(join(folder.path, 'node_modules', '@runlens', 'sensor', 'register.js')).href;
    const service = new ServiceProcess({
      node,
      folder,
      preload: by === 'NODE_OPTIONS' ? [] : ['--import', entry],
      arguments: ['main.cjs', 'wait'],
      endpoint: url,
      environment: { NODE_OPTIONS: `--import=${entry}`, RUNLENS_FLUSH_INTERVAL: '200ms' },
    });
    await service.wrote('ready');
    await new Promise((resolve) => setTimeout(resolve, 300));
    service.child.kill('SIGTERM');
    // One that does not end is killed, and then has died of SIGKILL.
    expect(await service.ended).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
    expect(recorder.calls()['work.cjs:1 work']).toBe(how === 'takes everything' ? 1000 : undefined);
  });
});
