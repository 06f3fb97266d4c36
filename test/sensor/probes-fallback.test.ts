/** Probes in code that has no gates, by V8's inspector, where the owner of the service allows it; on each Node. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { ProbedService, ProbingCollector } from './probe-story.ts';
import { nodeMajors, ServiceFolder } from './service-process.ts';

const files = {
  'main.cjs': `const { total } = require('prices');
const early = require('./early.cjs');
let reads = 0;
class Order {
  constructor(lines) { this.lines = lines; }
  get secretOfClass() { reads += 1; return 'a getter of the prototype'; }
  get [Symbol.toStringTag]() { reads += 1; return 'Order'; }
}
const made = (lines) => Object.defineProperty(new Order(lines), 'own', { enumerable: true, get() { reads += 1; return 1; } });
function counted(text, password) {
  const parts = eval('text.split(" ")');
  const count = parts.length; // with eval
  return count + password.length;
}
const calls = {
  total: (lines, password) => total(made(lines), password),
  counted: (text, password) => counted(text, password),
  early: (x) => early.twice(x),
  reads: () => reads,
  await: async (n) => { for (let at = 0; at < n; at += 1) await null; return n; },
};
process.on('message', async ({ call, given = [] }) => {
  process.send({ result: await calls[call](...given) });
});
console.log('ready');
`,
  'early.cjs': `exports.twice = function twice(x) {
  const known = x * 2;
  return known; // loaded before the sensor
};
`,
  'preload.cjs': `require('./early.cjs');
`,
  'node_modules/prices/package.json': JSON.stringify({ name: 'prices', version: '1.0.0', main: 'index.js' }),
  'node_modules/prices/index.js': `const rate = 19;
exports.total = function total(order, password) {
  let sum = 0;
  for (const line of order.lines) {
    const price = line.price * line.amount;
    sum += price; // of a package
  }
  const later = sum + rate;
  return later;
};
`,
};
const lines = [
  { price: 2, amount: 3 },
  { price: 10, amount: 1 },
];

describe.each(nodeMajors)("a probe by V8's inspector, on Node %i", (node) => {
  let folder: ServiceFolder;
  let collector: ProbingCollector;
  let service: ProbedService;
  const call = async (name: string, ...given: unknown[]) => Object(await service.ask({ call: name, given })).result;
  /** Calls until there is a capture: a breakpoint stands some moments after it is said to, and half of the time. */
  const firstCapture = (id: string, name: string, ...given: unknown[]) =>
    until(`a capture of ${id}`, async () => {
      await call(name, ...given);
      // A machine that takes the core away within a capture has it cut by its clock: there are others.
      return (await collector.captures(id)).find(({ cut }) => !cut.includes('time'));
    });

  beforeAll(async () => {
    folder = await ServiceFolder.create(files);
    collector = await ProbingCollector.start();
    service = new ProbedService(node, folder, collector.collector.url, 'main.cjs', {
      environment: { RUNLENS_PROBES_FALLBACK: '10s' },
      preload: ['--require', './preload.cjs', '--import', '@runlens/sensor'],
    });
    await service.wrote('ready');
    await collector.connected();
  });
  afterAll(async () => {
    await service.end();
    await collector[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('captures in a package: names of all scopes, what is computed, who called, nothing secret, and runs no getter', async () => {
    const { probe } = await collector.place({
      kind: 'snapshot',
      place: { file: 'node_modules/prices/index.js', line: 6 },
      condition: 'price > 6',
      expressions: ['order.lines.length'],
    });
    const { instances } = await collector.reaches(probe.id, 'armed');
    expect(instances[0]).toMatchObject({ engine: 'inspector', line: 6, function: 'total' });
    expect(instances[0]?.detail).toContain('RUNLENS_PROBES_FALLBACK');
    const capture = await firstCapture(probe.id, 'total', lines, 'not to be seen');
    expect(capture).toMatchObject({ file: 'node_modules/prices/index.js', function: 'total', line: 6, cut: [] });
    const { values } = capture;
    expect(values?.arguments?.find(([name]) => name === 'order')?.[1]).toMatchObject({ t: 'object', c: 'Order' });
    expect(values?.arguments).toContainEqual(['password', { t: 'redacted', x: 'redacted' }]);
    expect(values?.locals).toContainEqual(['price', { t: 'number', v: '10' }]);
    expect(values?.locals).toContainEqual(['sum', { t: 'number', v: '6' }]);
    expect(values?.closure).toContainEqual(['rate', { t: 'number', v: '19' }]);
    expect(capture.expressions).toEqual([{ text: 'order.lines.length', value: { t: 'number', v: '2' } }]);
    expect(capture.stack?.slice(0, 2)).toMatchObject([{ function: 'total', line: 6 }, { file: 'main.cjs' }]);
    expect(JSON.stringify(capture)).not.toContain('not to be seen');
    expect(await call('reads')).toBe(0);
    await collector.remove(probe.id);
  });

  it('captures where a function was refused gates, and in a file that was loaded before the sensor', async () => {
    const withEval = await collector.place({ kind: 'snapshot', place: { file: 'main.cjs', line: 12 } });
    const early = await collector.place({
      kind: 'log',
      place: { file: 'early.cjs', line: 3 },
      message: 'twice {known}',
    });
    await collector.reaches(withEval.probe.id, 'armed');
    await collector.reaches(early.probe.id, 'armed');
    const capture = await firstCapture(withEval.probe.id, 'counted', 'two words', 'not to be seen');
    expect(capture.values?.locals?.find(([name]) => name === 'parts')?.[1]).toMatchObject({ t: 'array' });
    expect(JSON.stringify(capture)).not.toContain('not to be seen');
    expect((await firstCapture(early.probe.id, 'early', 21)).message).toBe('twice 42');
    await collector.remove(withEval.probe.id);
    await collector.remove(early.probe.id);
  });

  it('is gone with the probe: the line runs as it is written', async () => {
    const { probe } = await collector.place({ kind: 'snapshot', place: { file: 'early.cjs', line: 3 }, hits: 1 });
    await collector.reaches(probe.id, 'armed');
    await until('its only hit is told', async () => {
      await call('early', 1);
      return (await collector.captures(probe.id)).length === 1;
    });
    const done = await collector.reaches(probe.id, 'done');
    const reached = done.instances[0]?.reached;
    expect(await call('early', 4)).toBe(8);
    expect((await collector.status(probe.id)).instances[0]?.reached).toBe(reached);
    await collector.remove(probe.id);
  });

  it.each([
    ['a counter', { kind: 'counter', place: { file: 'early.cjs', line: 3 } }, 'some windows only'],
    ['an exit', { kind: 'snapshot', place: { file: 'early.cjs', line: 1, at: 'exit' } }, 'no exits'],
    ['a line outside of functions', { kind: 'snapshot', place: { file: 'early.cjs', line: 5 } }, 'in no function'],
    ['a file that is not loaded', { kind: 'snapshot', place: { file: 'never.cjs', line: 1 } }, 'no script'],
  ])('says why there is none at %s', async (_, request, reason) => {
    const { probe } = await collector.place(request);
    await until('it says why', async () => {
      const [instance] = (await collector.status(probe.id)).instances;
      return instance?.detail?.includes(reason);
    });
    await collector.remove(probe.id);
  });
});

describe("a service whose owner has not allowed V8's inspector", () => {
  it('says that nothing is loaded from a package, and does not look', async () => {
    await using folder = await ServiceFolder.create(files);
    await using collector = await ProbingCollector.start();
    const service = new ProbedService(nodeMajors[0], folder, collector.collector.url, 'main.cjs');
    try {
      await service.wrote('ready');
      await collector.connected();
      const { probe } = await collector.place({
        kind: 'snapshot',
        place: { file: 'node_modules/prices/index.js', line: 6 },
      });
      const waiting = await until('it says why', async () => {
        const status = await collector.status(probe.id);
        return status.instances[0]?.cause === 'file-not-loaded' ? status : undefined;
      });
      expect(waiting.instances[0]?.detail).not.toContain('V8');
    } finally {
      await service.end();
    }
  });
});

describe('a service to which a debugger can attach', () => {
  it('is probed by gates only, and says why', async () => {
    await using folder = await ServiceFolder.create(files);
    await using collector = await ProbingCollector.start();
    const service = new ProbedService(nodeMajors[0], folder, collector.collector.url, 'main.cjs', {
      environment: { RUNLENS_PROBES_FALLBACK: '1' },
      preload: ['--inspect=127.0.0.1:0', '--import', '@runlens/sensor'],
    });
    try {
      await service.wrote('ready');
      await collector.connected();
      const { probe } = await collector.place({ kind: 'snapshot', place: { file: 'main.cjs', line: 12 } });
      await until('it says why', async () =>
        (await collector.status(probe.id)).instances[0]?.detail?.includes('A debugger can attach'),
      );
    } finally {
      await service.end();
    }
  });
});
