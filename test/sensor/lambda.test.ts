import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LambdaRuntimeApi } from './lambda-runtime-api.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { type NodeMajor, ServiceFolder, ServiceProcess } from './service-process.ts';

const work = `
export function work(n) { let s = 0; for (let i = 0; i < n; i += 1) s += part(i); return s; }
function part(i) { return Math.sqrt(i); }
export function fail() { throw new RangeError('no'); }
`;

let folder: ServiceFolder;
let runtimeFolder: string;
beforeAll(async () => {
  folder = await ServiceFolder.create({
    'work.mjs': work,
    'handler.mjs': `
      import { fail, work } from './work.mjs';
      work(1);
      export const handler = async ({ n }) => (n < 0 ? fail() : { sum: work(n) });`,
    'common.cjs': `
      const part = (i) => Math.sqrt(i);
      function work(n) { let s = 0; for (let i = 0; i < n; i += 1) s += part(i); return s; }
      exports.handler = async ({ n }) => ({ sum: work(n) });`,
    'stream.mjs': `
      import { work } from './work.mjs';
      export const handler = awslambda.streamifyResponse(async ({ n }, stream) => {
        stream.write(String(work(n)));
        stream.end();
      });`,
  });
  runtimeFolder = await mkdtemp(join(tmpdir(), 'runlens-lambda-'));
  const client = dirname(createRequire(import.meta.url).resolve('aws-lambda-ric'));
  await cp(join(client, 'index.mjs'), join(runtimeFolder, 'index.mjs'));
  // The addon that its install builds, where that was allowed to; else the tests' own takes its place.
  await cp(join(client, 'rapid-client.node'), join(runtimeFolder, 'rapid-client.node')).catch(() =>
    writeFile(join(runtimeFolder, 'rapid-client.node'), ''),
  );
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await rm(runtimeFolder, { recursive: true, force: true });
});

/** A function on Lambda: a process of AWS's own runtime client, stopped whenever it waits for an event. */
class LambdaFunction implements AsyncDisposable {
  readonly api: LambdaRuntimeApi;
  readonly service: ServiceProcess;

  private constructor(api: LambdaRuntimeApi, service: ServiceProcess) {
    this.api = api;
    this.service = service;
  }

  static async start(
    node: NodeMajor,
    endpoint: string,
    handler: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<LambdaFunction> {
    const api = await LambdaRuntimeApi.start();
    const entry = pathToFileURL(join(folder.sensor, 'register.js')).href;
    const service = new ServiceProcess({
      node,
      folder,
      preload: ['--require', join(import.meta.dirname, 'lambda-native-client.cjs')],
      arguments: [join(runtimeFolder, 'index.mjs')],
      endpoint,
      environment: {
        NODE_OPTIONS: `--import=${entry}`,
        AWS_LAMBDA_RUNTIME_API: api.address,
        // Longer than on Lambda: what these tests ask is whether it is sent, on a machine that may be busy.
        OTEL_EXPORTER_OTLP_TIMEOUT: '9000',
        AWS_LAMBDA_FUNCTION_NAME: 'resize',
        AWS_LAMBDA_FUNCTION_VERSION: '7',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/resize',
        AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/31/[7]ab',
        LAMBDA_TASK_ROOT: folder.path,
        _HANDLER: handler,
        ...environment,
      },
    });
    api.freeze = (frozen) => void service.child.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
    return new LambdaFunction(api, service);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.service.child.kill('SIGKILL');
    await this.service.ended;
    await this.api[Symbol.asyncDispose]();
  }
}

const calls = (recorder: OtlpRecorder, name: string): number =>
  Object.entries(recorder.calls()).reduce((sum, [key, value]) => sum + (key.endsWith(` ${name}`) ? value : 0), 0);

// The runtime client is of Node 22 and newer; AWS's for Node 20 asks in the same two ways.
describe.each([22, 24] as const)('on Lambda, Node %i', (node) => {
  it.each([
    ['the native client', 'handler.handler', {}],
    ['HTTP', 'handler.handler', { AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true' }],
    ['the native client, in CommonJS', 'common.handler', {}],
  ])(
    'each invocation has told its numbers when the process is stopped: asked by %s',
    async (_, handler, environment) => {
      await using recorder = await OtlpRecorder.start();
      await using lambda = await LambdaFunction.start(node, recorder.url, handler, environment);
      const atStart = handler === 'handler.handler' ? 1 : 0;
      let expected = atStart;
      for (const n of [10, 500, 3]) {
        expect(await lambda.api.invoke({ n })).toMatchObject({ kind: 'response' });
        await lambda.api.isIdle();
        expected += n;
        expect(calls(recorder, 'part')).toBe(expected);
      }
      expect(recorder.of('faas.coldstarts').map(({ value }) => value)).toEqual([1]);
      const { resource } = recorder.requests[0] ?? {};
      expect(resource).toMatchObject({
        'service.name': 'resize',
        'service.version': '2.1.0+7',
        'faas.name': 'resize',
        'cloud.platform': 'aws_lambda',
      });
    },
  );

  it('the start sends nothing: it is not held up', async () => {
    await using recorder = await OtlpRecorder.start();
    await using lambda = await LambdaFunction.start(node, recorder.url, 'handler.handler');
    await lambda.api.isIdle();
    expect(recorder.requests).toEqual([]);
  });

  it('a streamed answer, and an invocation that fails', async () => {
    await using recorder = await OtlpRecorder.start();
    {
      await using lambda = await LambdaFunction.start(node, recorder.url, 'stream.handler');
      expect(await lambda.api.invoke({ n: 20 })).toMatchObject({ kind: 'response' });
      await lambda.api.isIdle();
      expect(calls(recorder, 'part')).toBe(20);
    }
    await using lambda = await LambdaFunction.start(node, recorder.url, 'handler.handler');
    expect(await lambda.api.invoke({ n: -1 })).toMatchObject({ kind: 'error' });
    await lambda.api.isIdle();
    expect(recorder.errors()['work.mjs:4 fail RangeError']).toBe(1);
  });

  it('who called has the answer before the collector has; a silent collector is waited for a bounded time, and loses nothing', async () => {
    await using recorder = await OtlpRecorder.start();
    recorder.respond = () => true;
    await using lambda = await LambdaFunction.start(node, recorder.url, 'handler.handler', {
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
    });
    await lambda.api.invoke({ n: 10 });
    await lambda.api.isIdle();
    expect(recorder.requests).toEqual([]);
    recorder.respond = () => false;
    // After an outage it is not asked at once again.
    for (let turn = 0; turn < 80 && calls(recorder, 'part') === 0; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await lambda.api.invoke({ n: 0 });
      await lambda.api.isIdle();
    }
    expect(calls(recorder, 'part')).toBe(1 + 10);
  });

  it('an invocation with no time left is not held up; its numbers go with the next one', async () => {
    await using recorder = await OtlpRecorder.start();
    await using lambda = await LambdaFunction.start(node, recorder.url, 'handler.handler');
    await lambda.api.invoke({ n: 10 }, 50);
    await lambda.api.isIdle();
    expect(recorder.requests).toEqual([]);
    await lambda.api.invoke({ n: 5 });
    await lambda.api.isIdle();
    expect(calls(recorder, 'part')).toBe(1 + 10 + 5);
  });

  it('without a collector every invocation is answered', async () => {
    await using lambda = await LambdaFunction.start(node, 'http://127.0.0.1:9', 'handler.handler');
    for (const n of [1, 2, 3]) expect(await lambda.api.invoke({ n })).toMatchObject({ kind: 'response' });
  });

  it('a handler that cannot be loaded is told as without the sensor', async () => {
    await using recorder = await OtlpRecorder.start();
    await using lambda = await LambdaFunction.start(node, recorder.url, 'missing.handler');
    await lambda.service.ended;
    expect(lambda.api.initError).toContain('ImportModuleError');
  });
});
