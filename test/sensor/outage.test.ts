import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { functionKey, OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, ServiceFolder, ServiceProcess } from './service-process.ts';

const program = `
const { tick } = require('./work.cjs');
process.on('message', (count) => {
  const from = Date.now();
  for (let i = 0; i < count; i += 1) tick();
  process.send({ from, until: Date.now() });
});
setInterval(() => {}, 1000);
console.log('ready');
`;
let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create({ 'main.cjs': program, 'work.cjs': 'exports.tick = () => Math.random();\n' });
});
afterAll(() => folder[Symbol.asyncDispose]());

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** In milliseconds, by the clock of the service. */
interface Span {
  readonly from: number;
  readonly until: number;
}

async function calls(service: ServiceProcess, count: number): Promise<Span> {
  const done = new Promise<Span>((resolve) => {
    service.child.once('message', (span: Span) => resolve(span));
  });
  service.child.send(count);
  return done;
}

const total = (recorder: OtlpRecorder) => recorder.calls()['work.cjs:1 tick'] ?? 0;

it.each(nodeMajors)(
  'what was counted while the collector was away arrives later, exactly, with its own times (Node %i)',
  async (node) => {
    const first = await OtlpRecorder.start();
    const { port, url } = first;
    const service = new ServiceProcess({
      node,
      folder,
      arguments: ['main.cjs'],
      endpoint: url,
      environment: { RUNLENS_FLUSH_INTERVAL: '200ms' },
    });
    await service.wrote('ready');
    await calls(service, 100);
    await until('the first calls arrive', () => total(first) === 100);
    await first[Symbol.asyncDispose]();

    const early = await calls(service, 10);
    // Longer than an interval, so that the late call is not in the same.
    await sleep(1_000);
    const late = await calls(service, 1);
    await sleep(300);

    await using second = await OtlpRecorder.start(port);
    await until('the calls of the outage arrive', () => total(second) === 11);
    const points = second.of('code.function.calls').filter((point) => functionKey(point) === 'work.cjs:1 tick');
    const at = (count: number) => points.find(({ value }) => value === count);
    // Not exactly when they were: the clock of the service is read before and after, in whole milliseconds.
    const covers = (count: number, { from, until }: Span) => {
      const point = at(count);
      if (!point) return false;
      return point.start <= BigInt(until + 1) * 1_000_000n && BigInt(from) * 1_000_000n <= point.time;
    };
    expect({ early: covers(10, early), late: covers(1, late) }).toEqual({ early: true, late: true });
    expect((at(10)?.time ?? 0n) <= (at(1)?.start ?? 0n)).toBe(true);
    // The collector may have forgotten: it is told again what there is.
    expect(second.of('runlens.source.file').map(({ attributes }) => attributes['code.file.path'])).toContain(
      'work.cjs',
    );
    service.child.kill('SIGTERM');
    expect(await service.ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
    expect(total(second)).toBe(11);
  },
);

it('a collector that answers 503 with Retry-After is asked again then, and each call is counted once', async () => {
  await using recorder = await OtlpRecorder.start();
  let refused = 0;
  recorder.respond = (request, response) => {
    if (refused >= 2) return false;
    refused += 1;
    request.resume();
    response.writeHead(503, { 'retry-after': '1' }).end();
    return true;
  };
  const service = new ServiceProcess({
    node: 24,
    folder,
    arguments: ['main.cjs'],
    endpoint: recorder.url,
    environment: { RUNLENS_FLUSH_INTERVAL: '100ms', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
  });
  await service.wrote('ready');
  await calls(service, 25);
  await until('the calls arrive', () => total(recorder) === 25);
  service.child.kill('SIGTERM');
  await service.ended;
  expect(total(recorder)).toBe(25);
});

it('a collector that refuses for good is told of once, and the service goes on', async () => {
  await using recorder = await OtlpRecorder.start();
  recorder.respond = (request, response) => {
    request.resume();
    response.writeHead(401).end();
    return true;
  };
  const service = new ServiceProcess({
    node: 24,
    folder,
    arguments: ['main.cjs'],
    endpoint: recorder.url,
    environment: { RUNLENS_FLUSH_INTERVAL: '100ms' },
  });
  await service.wrote('ready');
  await calls(service, 1);
  await service.said('refuses the numbers');
  for (let i = 0; i < 4; i += 1) {
    await calls(service, 1);
    await sleep(150);
  }
  service.child.kill('SIGTERM');
  const { stderr, stdout } = await service.ended;
  expect(stdout).toBe('ready\n');
  expect(stderr.match(/refuses the numbers/g)).toHaveLength(1);
});
