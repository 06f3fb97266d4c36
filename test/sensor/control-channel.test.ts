import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, startCollector } from '@runlens/collector';
import { sensorsResponseSchema, switchResponseSchema } from '@runlens/protocol/api/sensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, ServiceFolder, ServiceProcess } from './service-process.ts';

const files = {
  'work.cjs': 'exports.tick = function tick(n) { return n; };\n',
  'main.cjs': `
const { tick } = require('./work.cjs');
process.on('message', (count) => {
  if (count === 'end') { process.disconnect(); return; }
  for (let i = 0; i < count; i += 1) tick(i);
  process.send('done');
});
console.log('ready');
`,
};

class Service extends ServiceProcess {
  constructor(node: (typeof nodeMajors)[number], folder: ServiceFolder, endpoint: string) {
    super({
      node,
      folder,
      arguments: ['main.cjs'],
      endpoint,
      environment: {
        RUNLENS_FLUSH_INTERVAL: '100ms',
        OTEL_SERVICE_NAME: 'shop',
        OTEL_RESOURCE_ATTRIBUTES: 'service.version=7',
      },
    });
  }

  async ticks(count: number): Promise<void> {
    const done = new Promise((resolve) => this.child.once('message', resolve));
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

class Asked {
  readonly #collector: Collector;
  constructor(collector: Collector) {
    this.#collector = collector;
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<unknown> {
    const { url, token } = this.#collector;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(url + path, { ...init, headers });
    expect(answer.status).toBe(200);
    return answer.json();
  }

  async sensors() {
    return sensorsResponseSchema.parse(await this.#fetch('/api/v1/sensors'));
  }

  async switch(on: boolean, more: object = {}) {
    const body = JSON.stringify({ service: 'shop', on, ...more });
    return switchResponseSchema.parse(await this.#fetch('/api/v1/sensors/state', { method: 'POST', body }));
  }

  /** All calls of `tick` that the collector knows of. */
  async calls(): Promise<number> {
    const answer = Object(await this.#fetch('/api/v1/profiles?service=shop&file=work.cjs'));
    return answer.profiles[0]?.calls ?? 0;
  }
}

describe.each(nodeMajors)('a collector switches sensors, on Node %i', (node) => {
  let folder: ServiceFolder;
  let home: string;
  beforeAll(async () => {
    folder = await ServiceFolder.create(files);
    home = await mkdtemp(join(tmpdir(), 'runlens-home-'));
  });
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  it('those that are there, those that come later, and after its own restart', async () => {
    const first = await startCollector({ home, port: 0 });
    const port = Number(new URL(first.url).port);
    let asked = new Asked(first);
    const service = new Service(node, folder, first.url);
    try {
      await service.wrote('ready');
      await service.ticks(100);
      const sensor = await until('the sensor is connected', async () => (await asked.sensors()).sensors[0]);
      expect(sensor).toMatchObject({
        service: 'shop',
        version: '7',
        environment: 'development',
        pid: service.child.pid,
        state: { level: 'full', offBy: [] },
      });
      expect(sensor.node).toMatch(new RegExp(`^${node}\\.`));

      expect((await asked.switch(false)).sensors).toMatchObject([
        { outcome: 'done', state: { level: 'off', offBy: ['collector'] } },
      ]);
      await service.ticks(1_000);
      await until('what was counted before is there', async () => ((await asked.calls()) === 100 ? true : undefined));
      const services = Object(
        await (
          await fetch(`${first.url}/api/v1/services`, { headers: { authorization: `Bearer ${first.token}` } })
        ).json(),
      );
      expect(services.services[0].environments[0].limitedSensors).toMatchObject([
        { instance: sensor.instance, state: { level: 'off' } },
      ]);

      await first.close();
      const second = await startCollector({ home, port });
      try {
        asked = new Asked(second);
        await until('the sensor is back', async () => (await asked.sensors()).sensors[0]);
        const late = new Service(node, folder, second.url);
        await late.wrote('ready');
        // Until it has been told, it measures.
        await until('the late one is off', async () => {
          const { sensors } = await asked.sensors();
          return sensors.length === 2 && sensors.every(({ state }) => state.level === 'off') ? true : undefined;
        });
        await late.ticks(5_000);
        const { sensors } = await asked.switch(true);
        expect(sensors.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
        expect((await asked.sensors()).switches).toEqual([]);
        await late.ticks(20);
        await service.ticks(3);
        expect(await late.end()).toContain('the collector has switched the sensor off');
        await service.end();
        await until('each call but those of between', async () => ((await asked.calls()) === 123 ? true : undefined));
        await until('nobody is connected', async () =>
          (await asked.sensors()).sensors.length === 0 ? true : undefined,
        );
      } finally {
        await second.close();
      }
    } finally {
      await first.close();
      service.child.kill('SIGKILL');
    }
  });

  it('that it has switched off stays off where a signal is what holds it', async () => {
    const collector = await startCollector({ home: await mkdtemp(join(home, 'x')), port: 0 });
    const asked = new Asked(collector);
    const service = new ServiceProcess({
      node,
      folder,
      arguments: ['main.cjs'],
      endpoint: collector.url,
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms', OTEL_SERVICE_NAME: 'shop', RUNLENS_KILL_SIGNAL: 'SIGUSR2' },
    });
    try {
      await service.wrote('ready');
      await until('the sensor is connected', async () => (await asked.sensors()).sensors[0]);
      service.child.kill('SIGUSR2');
      await until('the signal is told', async () => {
        const [sensor] = (await asked.sensors()).sensors;
        return sensor?.state.offBy.includes('signal') ? true : undefined;
      });
      expect((await asked.switch(true)).sensors).toMatchObject([
        { outcome: 'refused', reason: expect.stringContaining('by a signal'), state: { level: 'off' } },
      ]);
    } finally {
      service.child.kill('SIGKILL');
      await service.ended;
      await collector.close();
    }
  });
});

describe.each(nodeMajors)('a collector that is no help does a service no harm, on Node %i', (node) => {
  let folder: ServiceFolder;
  beforeAll(async () => {
    folder = await ServiceFolder.create(files);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const ways: Readonly<Record<string, (response: ServerResponse) => void>> = {
    'knows no such path': (response) => response.writeHead(404).end(),
    'answers in another way': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    'never answers': () => {},
    'resets the connection': (response) => response.socket?.resetAndDestroy(),
    'ends the stream at once': (response) =>
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end('{"kind":"welcome","connection":"c"}\n'),
    'writes what is no command': (response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write('{"kind":"welcome","connection":"c"}\nnull\n{"kind":"switch","id":"1","on":"maybe"}\n\u0000\n');
    },
    'writes a line without an end': (response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.on('error', () => {});
      for (let i = 0; i < 20; i += 1) response.write('x'.repeat(1 << 16));
    },
  };
  it.each(Object.entries(ways))('one that %s', async (_, answer) => {
    await using recorder = await OtlpRecorder.start();
    const began = performance.now();
    let asked = 0;
    recorder.control = (request, response) => {
      // What it reports once it is welcome is no try to connect.
      if (request.url?.endsWith('/connect')) asked += 1;
      request.resume();
      answer(response);
    };
    const service = new Service(node, folder, recorder.url);
    await service.wrote('ready');
    await service.ticks(10);
    await until('it is asked', () => (asked > 0 ? true : undefined));
    await service.ticks(5);
    expect(await service.end()).toBe('');
    expect(recorder.calls()['work.cjs:1 tick']).toBe(15);
    // Half a second at the least between two tries, however quickly one fails.
    expect(asked).toBeLessThanOrEqual(1 + (performance.now() - began) / 500);
  });

  it('one that takes its time for its welcome is told what has changed meanwhile', async () => {
    await using recorder = await OtlpRecorder.start();
    let greet: (() => void) | undefined;
    let told = '';
    recorder.control = (request, response) => {
      if (request.url?.endsWith('/connect')) {
        request.resume();
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        greet = () => void response.write('{"kind":"welcome","connection":"c"}\n');
        return;
      }
      request.on('data', (chunk: Buffer) => {
        told += chunk;
      });
      request.on('end', () => response.end());
    };
    const service = new ServiceProcess({
      node,
      folder,
      arguments: ['main.cjs'],
      endpoint: recorder.url,
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms', RUNLENS_KILL_SIGNAL: 'SIGUSR2' },
    });
    await service.wrote('ready');
    const welcome = await until('it is asked', () => greet);
    service.child.kill('SIGUSR2');
    await service.said('the sensor is off');
    welcome();
    await until('the signal is told', () => told.includes('"offBy":["signal"]'));
    await service.kill();
  });

  it('one that does not let go of a stream does not keep the process', async () => {
    const server = createServer((request, response) => {
      request.resume();
      if (request.url?.includes('control')) {
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        response.write('{"kind":"welcome","connection":"c"}\n');
        opened += 1;
      } else response.end();
    });
    let opened = 0;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const service = new Service(node, folder, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await service.wrote('ready');
      await service.ticks(1);
      await until('the stream is open', () => (opened > 0 ? true : undefined));
      expect(await service.end()).toBe('');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('the paths of sensors', () => {
  let home: string;
  let collector: Collector;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'runlens-home-'));
    collector = await startCollector({ home, port: 0 });
  });
  afterAll(async () => {
    await collector.close();
    await rm(home, { recursive: true, force: true });
  });
  const post = (path: string, headers: Record<string, string>, body = '{}') =>
    fetch(collector.url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

  it.each([
    ['without the header', '/v1/control/connect', {}, 403],
    ['from a page', '/v1/control/connect', { 'runlens-control': '1', origin: 'https://evil.example' }, 403],
    ['of another version', '/v1/control/connect', { 'runlens-control': '99' }, 400],
    ['without a hello', '/v1/control/connect', { 'runlens-control': '1' }, 400],
    ['a report without the header', '/v1/control/report', {}, 403],
    ['a report of nothing', '/v1/control/report', { 'runlens-control': '1' }, 400],
    ['a switch without a token', '/api/v1/sensors/state', {}, 401],
  ] as const)('refuse what comes %s', async (_, path, headers, status) => {
    const answer = await post(path, { ...headers });
    expect(answer.status).toBe(status);
    expect(Object(await answer.json()).detail).toMatch(/\.$/);
  });

  it('a switch that is none is told by its field', async () => {
    const answer = await post(
      '/api/v1/sensors/state',
      { authorization: `Bearer ${collector.token}` },
      '{"service":"shop"}',
    );
    expect(answer.status).toBe(400);
    expect(Object(await answer.json()).detail).toContain('"on"');
  });
});
