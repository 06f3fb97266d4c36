import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { OtlpRecorder } from './otlp-recorder.ts';
import { nodeMajors, ServiceFolder, ServiceProcess } from './service-process.ts';

/**
 * Calls and nothing else, as no service does: the inserted text is the most of what it takes. It rests half of the time, by
 * which its export thread gets a core; when it is told, it computes as much without any call.
 */
const files = {
  'work.cjs': 'exports.tick = function tick(n) { return (n * 31) | 0; };\n',
  'main.cjs': `
const { tick } = require('./work.cjs');
const { createHash } = require('node:crypto');
const bytes = Buffer.alloc(1 << 18);
let calls = 0;
let busy = true;
const turn = () => {
  const end = performance.now() + 10;
  while (performance.now() < end) {
    if (busy) for (let i = 0; i < 10_000; i += 1, calls += 1) tick(calls);
    else createHash('sha256').update(bytes).digest();
  }
  timer = setTimeout(turn, 10);
};
let timer;
process.on('message', (what) => {
  if (what === 'rest') busy = false;
  if (what === 'count') process.send(calls);
  if (what === 'end') { clearTimeout(timer); process.send(calls, () => process.disconnect()); }
});
console.log('ready');
turn();
`,
};

/** All the way there and back takes half a minute: once is enough. */
const newest = 24;

const levels = (recorder: OtlpRecorder): string[] => {
  const states = recorder.of('runlens.sensor.level').map(({ attributes }) => attributes['runlens.sensor.state'] ?? '');
  return states.filter((state, at) => state !== states[at - 1]);
};

describe.each(nodeMajors)('a sensor that is dear, on Node %i', (node) => {
  let folder: ServiceFolder;
  beforeAll(async () => {
    folder = await ServiceFolder.create(files);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it('steps back to counts that stay exact, says so, leaves the file out, and comes back', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = new ServiceProcess({
      node,
      folder,
      arguments: ['main.cjs'],
      endpoint: recorder.url,
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms', RUNLENS_CPU_BUDGET: '10%' },
      longestMilliseconds: 280_000,
    });
    await until('it only counts', () => levels(recorder).includes('counts-only'));
    expect(levels(recorder)).toEqual(['full', 'fewer-samples', 'no-details', 'counts-only']);
    const shares = recorder.of('runlens.sensor.cpu.share').map(({ value = 0 }) => value);
    expect(Math.max(...shares)).toBeGreaterThan(0.1);
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
    if (node !== newest) {
      service.child.send('end');
      expect((await service.ended).code).toBe(0);
      return;
    }
    const timed = (): number =>
      recorder.of('code.function.duration').reduce((sum, { histogram }) => sum + (histogram?.count ?? 0), 0);
    await until('the file is left out', () => levels(recorder).includes('files-off'));
    const timedBefore = timed();
    const callsNow = (): Promise<number> => {
      const answer = new Promise<number>((resolve) => service.child.once('message', (calls) => resolve(Number(calls))));
      service.child.send('count');
      return answer;
    };
    // On a machine that is busy with others some time passes until there are calls that go uncounted.
    const leftOutAt = await callsNow();
    for (let turn = 0; turn < 600 && (await callsNow()) === leftOutAt; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    service.child.send('rest');
    await until('it takes the file in again', () => levels(recorder).at(-1) === 'counts-only');
    expect(timed()).toBe(timedBefore);
    const told = new Promise<number>((resolve) => service.child.once('message', (calls) => resolve(Number(calls))));
    service.child.send('end');
    const made = await told;
    const { code, stderr } = await service.ended;
    expect(code).toBe(0);
    expect(stderr).toContain('by its budget of 10.0 %');
    const counted = recorder.calls()['work.cjs:1 tick'] ?? 0;
    // Those of the time in which the file was left out are missing, and no others are there.
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBeLessThan(made);
  });

  it('that has no budget does all, and tells what it costs', async () => {
    await using recorder = await OtlpRecorder.start();
    const service = new ServiceProcess({
      node,
      folder,
      arguments: ['main.cjs'],
      endpoint: recorder.url,
      environment: { RUNLENS_FLUSH_INTERVAL: '100ms', RUNLENS_CPU_BUDGET: 'off' },
    });
    await until('it tells what it costs', () => recorder.of('runlens.sensor.cpu.share').length > 3);
    const told = new Promise<number>((resolve) => service.child.once('message', (calls) => resolve(Number(calls))));
    service.child.send('end');
    const made = await told;
    expect((await service.ended).stderr).toBe('');
    expect(levels(recorder)).toEqual(['full']);
    expect(recorder.calls()['work.cjs:1 tick']).toBe(made);
  });
});
