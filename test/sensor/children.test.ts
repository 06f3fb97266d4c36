import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { functionKey, OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, runService, ServiceFolder, ServiceProcess } from './service-process.ts';

const child = (how: string) => `
const { fork, spawn, execFile } = require('node:child_process');
require('./work.cjs').work(1);
const child = ${how};
child.on('exit', (code) => console.log('child ended with ' + code));
`;

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create({
    'work.cjs':
      'exports.work = function work(n) { let s = 0; for (let i = 0; i < n; i += 1) s += part(i); return s; };\nfunction part(i) { return i; }\n',
    'child.cjs': "require('./work.cjs').work(100); process.exitCode = Number(process.env.CODE ?? 0);",
    'asks.cjs': "require('./work.cjs').work(100); if (!globalThis.own) throw new Error('its preload is not there');",
    'own.mjs': 'globalThis.own = true;',
    'own.cjs': 'globalThis.own = true;',
    'other/package.json': '{"name":"other","version":"1.0.0"}',
    'other/child.cjs': "require('../work.cjs').work(100);",
    'spawn.cjs': child("spawn(process.execPath, ['child.cjs'], { stdio: 'inherit' })"),
    'by-name.cjs': child(
      "spawn('node', ['child.cjs'], { stdio: 'inherit', env: { PATH: require('node:path').dirname(process.execPath), OTEL_EXPORTER_OTLP_ENDPOINT: process.env.OTEL_EXPORTER_OTLP_ENDPOINT } })",
    ),
    'exec-file.cjs': child("execFile(process.execPath, ['child.cjs'])"),
    'fork.cjs': child("fork('child.cjs')"),
    'fork-without.cjs': child("fork('child.cjs', { execArgv: [] })"),
    'own-import.cjs': child("spawn(process.execPath, ['--import', './own.mjs', 'asks.cjs'], { stdio: 'inherit' })"),
    'own-require.cjs': child("spawn(process.execPath, ['-r', './own.cjs', 'asks.cjs'], { stdio: 'inherit' })"),
    'own-options.cjs': child(
      "spawn(process.execPath, ['asks.cjs'], { stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: '--require ./own.cjs' } })",
    ),
    'failing.cjs': child(
      "spawn(process.execPath, ['child.cjs'], { stdio: 'inherit', env: { ...process.env, CODE: '7' } })",
    ),
    'other.cjs': child("spawn(process.execPath, ['other/child.cjs'], { stdio: 'inherit' })"),
    'shell.cjs': child("spawn('sh', ['-c', 'echo from the shell $NODE_OPTIONS'], { stdio: 'inherit' })"),
    'missing.cjs':
      "require('./work.cjs').work(1); require('node:child_process').spawn('no-such-program').on('error', ({ code }) => console.log(code));",
    'module.mjs': `import { spawn } from 'node:child_process';
      import { work } from './work.cjs';
      work(1);
      spawn(process.execPath, ['child.cjs'], { stdio: 'inherit' }).on('exit', (code) => console.log('child ended with ' + code));`,
    'cluster.cjs': `const cluster = require('node:cluster');
      const { work } = require('./work.cjs');
      if (cluster.isPrimary) {
        const workers = [cluster.fork(), cluster.fork(), cluster.fork()];
        let ready = 0;
        cluster.on('message', () => {
          ready += 1;
          if (ready < 3) return;
          workers[0].process.kill('SIGTERM');
          workers[1].disconnect();
          workers[2].send('exit');
        });
        work(1);
      } else {
        work(100);
        process.on('message', () => process.exit(0));
        require('node:net').createServer().listen(0, '127.0.0.1', () => process.send('ready'));
      }`,
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Calls of `part` by instance, fewest first. */
function callsByInstance(recorder: OtlpRecorder): readonly number[] {
  const sums = new Map<string, number>();
  for (const { resource, points } of recorder.requests) {
    for (const point of points) {
      if (point.metric !== 'code.function.calls' || functionKey(point) !== 'work.cjs:2 part') continue;
      const instance = resource['service.instance.id'] ?? '';
      sums.set(instance, (sums.get(instance) ?? 0) + (point.value ?? 0));
    }
  }
  return [...sums.values()].sort((a, b) => a - b);
}

describe.each(nodeMajors)('a service that has the sensor by its command line, on Node %i', (node) => {
  const run = (program: string, endpoint: string, environment: Readonly<Record<string, string>> = {}) =>
    runService({ node, folder, arguments: [program], endpoint, environment });

  it.each(['spawn', 'by-name', 'exec-file', 'fork', 'fork-without', 'own-import', 'own-require', 'own-options'])(
    'gives it to a child, once: %s',
    async (how) => {
      await using recorder = await OtlpRecorder.start();
      const { code, stdout, stderr } = await run(`${how}.cjs`, recorder.url);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'child ended with 0\n', stderr: '' });
      expect(callsByInstance(recorder)).toEqual([1, 100]);
    },
  );

  it('also from a module', async () => {
    await using recorder = await OtlpRecorder.start();
    const { code, stderr } = await run('module.mjs', recorder.url);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(callsByInstance(recorder)).toEqual([1, 100]);
  });

  it('leaves alone what is no Node, and how children end and fail', async () => {
    await using recorder = await OtlpRecorder.start();
    expect((await run('shell.cjs', recorder.url)).stdout).toBe('from the shell\nchild ended with 0\n');
    expect((await run('missing.cjs', recorder.url)).stdout).toBe('ENOENT\n');
    expect((await run('failing.cjs', recorder.url)).stdout).toBe('child ended with 7\n');
  });

  it('a child is a service of its own where it has a package of its own', async () => {
    await using recorder = await OtlpRecorder.start();
    await run('other.cjs', recorder.url);
    expect(new Set(recorder.requests.map(({ resource }) => resource['service.name']))).toEqual(
      new Set(['the-service', 'other']),
    );
  });

  it('not with RUNLENS_CHILDREN=off, however it was preloaded', async () => {
    const entry = pathToFileURL(join(folder.sensor, 'register.js')).href;
    for (const program of ['spawn.cjs', 'fork.cjs']) {
      for (const preload of [undefined, []]) {
        await using recorder = await OtlpRecorder.start();
        const environment = { RUNLENS_CHILDREN: 'off', ...(preload && { NODE_OPTIONS: `--import=${entry}` }) };
        const { stdout } = await runService({
          node,
          folder,
          arguments: [program],
          endpoint: recorder.url,
          environment,
          ...(preload && { preload }),
        });
        expect(stdout).toBe('child ended with 0\n');
        expect(callsByInstance(recorder)).toEqual([1]);
      }
    }
  });

  it.each(['on', 'off'])(
    'workers of a cluster are instances, whichever way they end (RUNLENS_CHILDREN=%s)',
    async (children) => {
      await using recorder = await OtlpRecorder.start();
      const { code, stderr } = await run('cluster.cjs', recorder.url, { RUNLENS_CHILDREN: children });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(callsByInstance(recorder)).toEqual([1, 100, 100, 100]);
    },
  );
});

it.each(nodeMajors)(
  'process.abort loses what came after the last export, and nothing before it (Node %i)',
  async (node) => {
    await folder.write({
      'abort.cjs':
        "require('./work.cjs').work(100); process.on('message', () => process.abort()); setInterval(() => {}, 1000);",
    });
    await using recorder = await OtlpRecorder.start();
    const service = new ServiceProcess({
      node,
      folder,
      arguments: ['abort.cjs'],
      endpoint: recorder.url,
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms' },
    });
    await until('the calls are told', () => callsByInstance(recorder)[0] === 100);
    service.child.send('abort');
    expect(await service.ended).toMatchObject({ signal: 'SIGABRT' });
    expect(callsByInstance(recorder)).toEqual([100]);
  },
);
