import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { folderWith } from './beside-service.ts';
import { ProbedService, ProbingCollector } from './probe-story.ts';
import { nodeMajors, ServiceFolder } from './service-process.ts';

const secrets = ['swordfish-1', 'AKIAIOSFODNN7EXAMPLE', '4111 1111 1111 1111', 'hunter2-in-a-url', 'maiden-name'];

const files = {
  'work.cjs': `'use strict';
exports.sum = function sum(list) {
  let total = 0;
  for (let i = 0; i < list.length; i += 1) {
    total += list[i];
  }
  return total;
};
exports.step = function step(n) {
  return n + 1;
};
exports.login = function login(user, headers) {
  const url = 'https://u:' + user.passphrase + '@host.example/';
  const length = user.name.length + url.length;
  return length;
};
exports.Card = class Card {
  charge(amount) {
    const charged = amount * 2;
    return charged;
  }
};
`,
  'job.cjs': `'use strict';
module.exports = function double(n) {
  return n * 2;
};
`,
  'worker.cjs': `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', (n) => parentPort.postMessage(require('./job.cjs')(n)));
`,
  'main.cjs': `
let worker;
const work = require('./work.cjs');
const calls = {
  ...work,
  charge: (amount) => new work.Card().charge(amount),
  many(count) {
    let n = 0;
    for (let i = 0; i < count; i += 1) n = work.step(n);
    return n;
  },
  async busy(milliseconds) {
    const end = Date.now() + milliseconds;
    let sum = 0;
    let turns = 0;
    while (Date.now() < end) {
      for (let i = 0; i < 1000; i += 1) sum += work.sum([1, 2, 3, turns % 7]) - work.step(turns % 7);
      turns += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    let expected = 0;
    for (let turn = 0; turn < turns; turn += 1) expected += 1000 * 5;
    return { isRight: sum === expected, turns };
  },
  inMain: (n) => require('./job.cjs')(n),
  inWorker(n) {
    const { Worker } = require('node:worker_threads');
    worker ??= new Worker(require.resolve('./worker.cjs'));
    return new Promise((resolve) => {
      worker.once('message', resolve);
      worker.postMessage(n);
    });
  },
  debuggerOpens() {
    require('node:inspector').open(0, '127.0.0.1');
    return true;
  },
};
process.on('message', async ({ call, given }) => {
  try {
    process.send({ result: await calls[call](...given) });
  } catch (error) {
    process.send({ error: String(error) });
  }
});
console.log('ready');
`,
};

/** A collector behind a relay that keeps every byte that a sensor sends, can hold back what has a text in it, and can be cut. */
async function relayTo(target: string) {
  const bytes: Buffer[] = [];
  let heldBack: string | undefined;
  const server = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      body.push(chunk);
      bytes.push(chunk);
    });
    request.on('end', async () => {
      if (heldBack !== undefined && Buffer.concat(body).includes(heldBack)) return;
      const headers = Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value === 'string' && !['host', 'connection', 'content-length'].includes(name) ? [[name, value]] : [],
      );
      const abort = new AbortController();
      response.on('close', () => abort.abort());
      try {
        const answer = await fetch(target + (request.url ?? ''), {
          method: request.method ?? 'POST',
          headers: Object.fromEntries(headers),
          body: Buffer.concat(body),
          signal: abort.signal,
        });
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
        for await (const chunk of answer.body ?? []) response.write(chunk);
        response.end();
      } catch {
        response.destroy();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Of a server that listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    text: () => Buffer.concat(bytes).toString('latin1'),
    holdBack: (text: string) => {
      heldBack = text;
    },
    cut: () => {
      server.closeAllConnections();
      server.close();
    },
    mend: () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve)),
  };
}

type Call = (name: string, ...given: unknown[]) => Promise<unknown>;

/** Keeps the service busy until the end is asked for, and then says whether it computed all as it should. */
function busyWith(call: Call): { readonly end: () => Promise<void> } {
  let isOver = false;
  const done = (async () => {
    do {
      expect(await call('busy', 500)).toMatchObject({ result: { isRight: true } });
    } while (!isOver);
  })();
  return {
    end: () => {
      isOver = true;
      return done;
    },
  };
}

describe.each(nodeMajors)('probes of a service in adversity, on Node %i', (node) => {
  let folder: ServiceFolder;
  let beside: ServiceFolder;
  let collector: ProbingCollector;
  beforeAll(async () => {
    folder = await ServiceFolder.create(files);
    beside = await folderWith(['dd-trace'], files);
    collector = await ProbingCollector.start();
  });
  afterAll(async () => {
    await collector[Symbol.asyncDispose]();
    await beside[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function withService(
    run: (service: ProbedService, call: Call) => Promise<void>,
    environment: Readonly<Record<string, string>> = {},
    endpoint = collector.collector.url,
  ): Promise<void> {
    const service = new ProbedService(node, folder, endpoint, 'main.cjs', { environment });
    try {
      await service.wrote('ready');
      await collector.connected();
      await run(service, (name, ...given) => service.ask({ call: name, given }));
    } finally {
      await service.end();
    }
  }

  it('no secret is among the bytes that leave the service', async () => {
    const relay = await relayTo(collector.collector.url);
    await withService(
      async (_service, call) => {
        const { probe } = await collector.place({
          kind: 'snapshot',
          place: { file: 'work.cjs', line: 15 },
          expressions: ['user.password', 'headers', 'user["motherMaidenName"]'],
        });
        const log = await collector.place({
          kind: 'log',
          place: { file: 'work.cjs', line: 15 },
          message: 'of {user} by {url} with {headers.authorization} and {user.name}',
        });
        const counter = await collector.place({
          kind: 'counter',
          place: { file: 'work.cjs', line: 15 },
          by: 'user.note',
        });
        for (const { probe: each } of [{ probe }, log, counter]) await collector.reaches(each.id, 'armed');
        await call(
          'login',
          {
            name: 'ann',
            password: secrets[0],
            note: secrets[1],
            card: secrets[2],
            passphrase: secrets[3],
            motherMaidenName: secrets[4],
          },
          { authorization: `Bearer ${secrets[1]}`, cookie: `sid=${secrets[0]}`, accept: 'text/plain' },
        );
        const capture = await collector.firstCapture(probe.id);
        expect((await collector.firstCapture(log.probe.id)).message).toContain('ann');
        await until('it is counted', async () => (await collector.status(counter.probe.id)).numbers[0]);
        expect(JSON.stringify(capture)).toContain('text/plain');
        expect(capture.redacted).toBeGreaterThan(4);
        const sent = relay.text();
        expect(sent).toContain('text/plain');
        for (const secret of secrets) expect(sent).not.toContain(secret);
        for (const { probe: each } of [{ probe }, log, counter]) await collector.remove(each.id);
      },
      { RUNLENS_REDACT: 'mother_maiden_name', OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none' },
      relay.url,
    );
    relay.cut();
  });

  it('placed and removed again and again under load, they change nothing of what it computes', async () => {
    await withService(async (_service, call) => {
      const load = busyWith(call);
      const kinds = [
        { kind: 'counter', place: { file: 'work.cjs', line: 5 } },
        { kind: 'snapshot', place: { file: 'work.cjs', line: 7, at: 'exit' }, condition: 'list.length === 4' },
        { kind: 'timer', place: { file: 'work.cjs', line: 2 } },
        { kind: 'log', place: { file: 'work.cjs', line: 10 }, message: 'n {n} {nothing}', condition: 'n > 2' },
        { kind: 'log', place: { file: 'work.cjs', line: 10 }, message: 'n {n}' },
      ];
      for (let placed = 0; placed < 50; placed += 1) {
        const { probe } = await collector.place(kinds[placed % kinds.length] ?? {});
        await new Promise((resolve) => setTimeout(resolve, 20));
        await collector.remove(probe.id);
      }
      await load.end();
    });
  });

  it('one that costs too much rests, and is armed again by itself', async () => {
    await withService(async (_service, call) => {
      const { probe } = await collector.place({ kind: 'counter', place: { file: 'work.cjs', line: 5 } });
      await collector.reaches(probe.id, 'armed');
      const load = busyWith(call);
      const paused = await until('it is paused', async () => {
        const [instance] = (await collector.status(probe.id)).instances;
        return instance?.state === 'paused' ? instance : undefined;
      });
      expect(paused).toMatchObject({ cause: 'over-budget' });
      await load.end();
      await until('it is armed again', async () => {
        const [instance] = (await collector.status(probe.id)).instances;
        return instance?.state === 'armed' ? true : undefined;
      });
      await collector.remove(probe.id);
    });
  });

  it('one that a loop reaches millions of times a second rests within it, and the loop comes to what it does', async () => {
    await withService(async (_service, call) => {
      const { probe } = await collector.place({ kind: 'counter', place: { file: 'work.cjs', line: 10 }, by: 'n % 3' });
      await collector.reaches(probe.id, 'armed');
      const turns = 5_000_000;
      expect(await call('many', turns)).toEqual({ result: turns });
      const { numbers, instances } = await until('its numbers are told', async () => {
        const status = await collector.status(probe.id);
        return status.numbers.length > 0 ? status : undefined;
      });
      const counted = numbers.reduce((sum, { count }) => sum + count, 0);
      expect(counted).toBeGreaterThan(0);
      // In one call of the program nobody but the probe itself can close its gates.
      expect(counted).toBeLessThan(turns);
      expect(instances[0]).toMatchObject({ reached: counted, failures: 0 });
      await collector.remove(probe.id);
    });
  });

  it('are withdrawn when the collector is lost, and when the sensor is switched off', async () => {
    const relay = await relayTo(collector.collector.url);
    await withService(
      async (service, call) => {
        const { probe } = await collector.place({
          kind: 'log',
          place: { file: 'work.cjs', line: 10 },
          message: 'seen {n}',
          toServiceLog: true,
        });
        await collector.reaches(probe.id, 'armed');
        await call('step', 1);
        await service.wrote('seen 1');
        service.child.kill('SIGUSR2');
        await service.said('the sensor is off');
        await call('step', 2);
        service.child.kill('SIGUSR2');
        await service.said('the sensor is on');
        await until('it is armed again', async () => {
          await call('step', 3);
          await new Promise((resolve) => setTimeout(resolve, 50));
          return service.stdout.includes('seen 3') ? true : undefined;
        });
        const seen = (what: string): number => service.stdout.split(what).length - 1;
        await until('what was captured is told', async () => {
          const captures = await collector.captures(probe.id);
          return captures.filter(({ message }) => message === 'seen 3').length === seen('seen 3');
        });
        // Captured, sent, and not taken. A hit more than the rate allows is none.
        relay.holdBack('seen 5');
        await until('one is under way', async () => {
          await call('step', 5);
          return relay.text().includes('seen 5');
        });
        relay.cut();
        await service.said('probes are withdrawn: the collector is lost');
        await call('step', 4);
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(service.stdout).not.toMatch(/seen [24]/);
        await relay.mend();
        await until('what was lost meanwhile is told', async () => {
          const [instance] = (await collector.status(probe.id)).instances;
          return instance?.state === 'armed' && instance.dropped === seen('seen 5') ? true : undefined;
        });
        expect((await collector.captures(probe.id)).some(({ message }) => message === 'seen 5')).toBe(false);
        await collector.remove(probe.id);
      },
      { RUNLENS_LOG: 'debug', RUNLENS_KILL_SIGNAL: 'SIGUSR2', OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none' },
      relay.url,
    );
  });

  it('go with a process that is killed; the next has them again', async () => {
    const { probe } = await collector.place({
      kind: 'snapshot',
      place: { file: 'work.cjs', line: 10 },
      hits: 100,
      rate: 25,
    });
    await withService(async (service, call) => {
      await collector.reaches(probe.id, 'armed');
      await call('step', 1);
      await collector.firstCapture(probe.id);
      void call('busy', 10_000);
      service.child.kill('SIGKILL');
      await service.ended;
    });
    await until('its instance is gone', async () =>
      (await collector.status(probe.id)).instances.length === 0 ? true : undefined,
    );
    const before = (await collector.captures(probe.id)).length;
    await withService(async (_service, call) => {
      await collector.reaches(probe.id, 'armed');
      expect(await call('step', 1)).toEqual({ result: 2 });
      await until('one more', async () => ((await collector.captures(probe.id)).length > before ? true : undefined));
    });
    await collector.remove(probe.id);
  });

  it('the owner of the service has the last word', async () => {
    const closed = {
      RUNLENS_PROBES_CLOSED: 'work.cjs:Card.*',
      RUNLENS_CAPTURE_ONLY: 'amount',
      RUNLENS_REDACT_TYPES: 'Card',
    };
    await withService(async (_service, call) => {
      const refused = await collector.place({ kind: 'counter', place: { file: 'work.cjs', line: 19 } });
      const { instances } = await collector.reaches(refused.probe.id, 'refused');
      expect(instances[0]).toMatchObject({ cause: 'closed-by-service' });
      const { probe } = await collector.place({ kind: 'snapshot', place: { file: 'work.cjs', line: 10 } });
      await collector.reaches(probe.id, 'armed');
      await call('step', 1234);
      const capture = await collector.firstCapture(probe.id);
      expect(capture.values?.arguments).toEqual([['n', { t: 'number', x: 'redacted' }]]);
      await collector.remove(probe.id);
      await collector.remove(refused.probe.id);
    }, closed);
    const { probe } = await collector.place({ kind: 'counter', place: { file: 'work.cjs', line: 10 } });
    await withService(
      async () => {
        const { instances } = await collector.reaches(probe.id, 'refused');
        expect(instances[0]).toMatchObject({ cause: 'probes-off' });
      },
      { RUNLENS_PROBES: '0' },
    );
    await collector.remove(probe.id);
  });

  it('in code of a worker thread are refused with the reason, until the main thread loads it, too', async () => {
    await withService(async (_, call) => {
      const { probe } = await collector.place({ kind: 'counter', place: { file: 'job.cjs', line: 3 } });
      expect(await call('inWorker', 4)).toEqual({ result: 8 });
      const refused = await collector.reaches(probe.id, 'refused');
      expect(refused.instances[0]).toMatchObject({
        cause: 'not-instrumented',
        detail: expect.stringContaining('job.cjs is loaded by a worker thread'),
      });
      expect(await call('inMain', 5)).toEqual({ result: 10 });
      const armed = await collector.reaches(probe.id, 'armed');
      expect(armed.instances[0]?.detail).toContain('their hits are not seen');
      await call('inMain', 6);
      await call('inWorker', 6);
      await until('one is counted', async () =>
        (await collector.status(probe.id)).numbers[0]?.count === 1 ? true : undefined,
      );
      await collector.remove(probe.id);
    });
  });

  it('stand beside a debugger', async () => {
    await withService(async (service, call) => {
      const { probe } = await collector.place({ kind: 'snapshot', place: { file: 'work.cjs', line: 10 }, rate: 25 });
      await collector.reaches(probe.id, 'armed');
      expect(await call('debuggerOpens')).toEqual({ result: true });
      await service.said('Debugger listening');
      expect(await call('step', 1)).toEqual({ result: 2 });
      await collector.firstCapture(probe.id);
      await collector.remove(probe.id);
    });
  });

  it('stand beside dd-trace', async () => {
    const service = new ProbedService(node, beside, collector.collector.url, 'main.cjs', {
      preload: ['--require', 'dd-trace/init', '--import', '@runlens/sensor'],
      environment: {
        DD_TRACE_EXPERIMENTAL_EXPORTER: 'log',
        DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
        DD_REMOTE_CONFIGURATION_ENABLED: 'false',
      },
    });
    try {
      await service.wrote('ready');
      await collector.connected();
      const { probe } = await collector.place({ kind: 'snapshot', place: { file: 'work.cjs', line: 10 }, rate: 25 });
      await collector.reaches(probe.id, 'armed');
      expect(await service.ask({ call: 'step', given: [1] })).toEqual({ result: 2 });
      expect((await collector.firstCapture(probe.id)).values?.arguments).toEqual([['n', { t: 'number', v: '1' }]]);
      await collector.remove(probe.id);
    } finally {
      await service.end();
    }
  });
});
