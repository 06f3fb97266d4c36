import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, ServiceFolder, ServiceProcess } from './service-process.ts';

const program = `
const { tick } = require('./work.cjs');
process.on('message', ({ count, intervals = 0 }) => {
  for (let i = 0; i < count; i += 1) tick();
  if (intervals === 0) return process.send('done');
  // A timer that is late on a busy machine is as late as that of the sensor.
  const timer = setInterval(() => {
    for (let i = 0; i < count; i += 1) tick();
    intervals -= 1;
    if (intervals > 0) return;
    clearInterval(timer);
    process.send('done');
  }, 105);
});
setInterval(() => {}, 1000);
console.log('ready');
`;
let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create({ 'main.cjs': program, 'work.cjs': 'exports.tick = () => Math.random();\n' });
});
afterAll(() => folder[Symbol.asyncDispose]());

const total = (recorder: OtlpRecorder) => recorder.calls()['work.cjs:1 tick'] ?? 0;

class Service extends ServiceProcess {
  constructor(node: (typeof nodeMajors)[number], endpoint: string, environment: Readonly<Record<string, string>> = {}) {
    super({
      node,
      folder,
      arguments: ['main.cjs'],
      endpoint,
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms', ...environment },
    });
  }

  /** At once, and then again in each of so many intervals. */
  async calls(count: number, { intervals = 0 } = {}): Promise<void> {
    const done = new Promise((resolve) => {
      this.child.once('message', resolve);
    });
    this.child.send({ count, intervals });
    await done;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }
}

interface Kept {
  readonly id: string;
  readonly body: Buffer;
}

/** Keeps what arrives with the header that names it, and then does with the answer what it is told. */
function keep(into: Kept[], answer: (request: IncomingMessage, response: ServerResponse) => void) {
  return (request: IncomingMessage, response: ServerResponse): true => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      into.push({ id: String(request.headers['runlens-batch']), body: Buffer.concat(chunks) });
      answer(request, response);
    });
    return true;
  };
}

const inVain = 'the answer does not come in time';
const lost: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  'the connection is reset': (request) => request.socket.resetAndDestroy(),
  [inVain]: () => {},
  'a gateway answers 504': (_, response) => response.writeHead(504).end(),
};

describe.each(Object.entries(lost))('a request was received, and %s', (how, loseAnswer) => {
  it.each(nodeMajors)('it is sent again as it was, under its name, before anything newer (Node %i)', async (node) => {
    await using recorder = await OtlpRecorder.start();
    const kept: Kept[] = [];
    let answersLost = 0;
    const take = keep(kept, (request, response) => {
      if (answersLost < 2) {
        answersLost += 1;
        loseAnswer(request, response);
      } else response.end();
    });
    // Where an answer does come, a busy machine may take its time for it.
    const timeout = how === inVain ? { OTEL_EXPORTER_OTLP_TIMEOUT: '1000' } : {};
    const service = new Service(node, recorder.url, timeout);
    await service.wrote('ready');
    await until('the service is known', () => recorder.requests.length > 0);
    recorder.respond = take;
    await service.calls(10);
    await until('the first answer is lost', () => answersLost === 1);
    await service.calls(5);
    await until('all has arrived', () => answersLost === 2 && kept.length >= 4);
    recorder.respond = () => false;
    await service.calls(1);
    await service.stop();
    const [first, ...later] = kept;
    const sameId = later.map(({ id }) => id === first?.id);
    expect(sameId).toEqual([true, true, ...later.slice(2).map(() => false)]);
    for (const { body } of later.slice(0, 2)) expect(body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    expect(first?.id).toMatch(/^[\w.%-]+\/[0-9a-f]{16}\.\d+$/);
  });
});

it('with a receiver that skips what it has, each call counts once, whatever happened to the answers', async () => {
  await using recorder = await OtlpRecorder.start();
  recorder.skipsKnown = true;
  const service = new Service(24, recorder.url, { OTEL_EXPORTER_OTLP_TIMEOUT: '300' });
  await service.wrote('ready');
  for (let round = 0; round < 6; round += 1) {
    recorder.loseAnswer = round % 2 === 0;
    const before = recorder.requests.length;
    await service.calls(100);
    await until('a request has come', () => recorder.requests.length > before);
  }
  recorder.loseAnswer = false;
  await until('all has arrived, and some of it twice', () => total(recorder) >= 600 && recorder.skipped > 0);
  await service.stop();
  expect(total(recorder)).toBe(600);
});

it('two processes and a restart under one service.instance.id name their requests differently', async () => {
  await using recorder = await OtlpRecorder.start();
  const environment = { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=pod-7%2Fé' };
  for (let start = 0; start < 2; start += 1) {
    const service = new Service(24, recorder.url, environment);
    await service.wrote('ready');
    await service.calls(1);
    await service.stop();
  }
  const ids = recorder.requests.map(({ headers }) => headers['runlens-batch']);
  expect(ids.length).toBeGreaterThanOrEqual(2);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^pod-7%2F%C3%A9\/[0-9a-f]{16}\.\d+$/);
});

describe('what is dropped is told', () => {
  const dropped = (recorder: OtlpRecorder) => {
    const sums: Record<string, number> = {};
    for (const { attributes, value } of recorder.of('runlens.sensor.dropped')) {
      const reason = attributes['runlens.reason'] ?? '';
      sums[reason] = (sums[reason] ?? 0) + (value ?? 0);
    }
    return sums;
  };

  it('points of requests that the collector refused, once', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = new Service(24, recorder.url);
    await service.wrote('ready');
    await service.calls(1);
    await until('the first call arrives', () => total(recorder) === 1);
    recorder.refuses = true;
    await service.calls(10);
    await until('a request is refused', () => recorder.refused.length > 0);
    // Its own refusal takes what it told back, and adds its own points.
    const before = recorder.refused.length;
    await service.calls(10);
    await until('one more is refused', () => recorder.refused.length > before);
    recorder.refuses = false;
    await service.calls(1);
    await until('a call arrives', () => total(recorder) === 2);
    await service.stop();
    const refused = recorder.refused.flatMap(({ points }) => points);
    const measured = refused.filter(({ metric }) => !metric.startsWith('runlens.sensor.'));
    expect(measured.length).toBeGreaterThan(1);
    expect(dropped(recorder)).toEqual({ 'refused by the collector: 400 Bad Request': measured.length });
  });

  it('points whose times were given up in a long outage, none of their counts', async () => {
    await using recorder = await OtlpRecorder.start();
    const { url, port } = recorder;
    await recorder[Symbol.asyncDispose]();
    const service = new Service(24, url);
    await service.wrote('ready');
    // The queue holds sixty intervals.
    await service.calls(2, { intervals: 74 });
    await using back = await OtlpRecorder.start(port);
    await until('the calls arrive', () => total(back) === 150);
    await service.stop();
    expect(total(back)).toBe(150);
    const [[reason, points] = ['', 0]] = Object.entries(dropped(back));
    expect(reason).toContain('counts are kept');
    expect(points).toBeGreaterThan(5);
  });
});
