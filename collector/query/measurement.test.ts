import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Measurement, servicesResponseSchema } from '@runlens/protocol/api/profile';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Collector, startCollector } from '../index.ts';
import { otlpRequest } from '../testing/batches.ts';

const minute = 60_000;
let now = Date.UTC(2026, 5, 15, 12);
let home: string;
let collector: Collector;
beforeEach(async () => {
  now = Date.UTC(2026, 5, 15, 12);
  home = mkdtempSync(join(tmpdir(), 'runlens-measurement-'));
  collector = await startCollector({ home, port: 0, logLevel: 'silent', now: () => now });
});
afterEach(async () => {
  await collector.close();
  rmSync(home, { recursive: true, force: true });
});

type Values = Readonly<Record<string, string>>;
interface Point {
  readonly of?: Values;
  readonly value: number;
}

/** As a sensor sends it; gives what the collector did not take. */
async function send(metrics: Readonly<Record<string, readonly Point[]>>, resource: Values = {}): Promise<unknown> {
  const request = JSON.parse(JSON.stringify(otlpRequest(now, [{ name: 'pay', calls: 1 }], resource)));
  const [scope] = request.resourceMetrics[0].scopeMetrics;
  for (const [name, points] of Object.entries(metrics)) {
    const dataPoints = points.map(({ of = {}, value }) => ({
      attributes: Object.entries(of).map(([key, stringValue]) => ({ key, value: { stringValue } })),
      startTimeUnixNano: `${now - 1_000}000000`,
      timeUnixNano: `${now}000000`,
      asDouble: value,
    }));
    const isSum = name === 'runlens.sensor.dropped';
    scope.metrics.push(
      isSum
        ? { name, sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints } }
        : { name, gauge: { dataPoints } },
    );
  }
  const answer = await fetch(`${collector.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

async function measurement(): Promise<Measurement | undefined> {
  const answer = await fetch(`${collector.url}/api/v1/services`, {
    headers: { authorization: `Bearer ${collector.token}` },
  });
  const { services } = servicesResponseSchema.parse(await answer.json());
  return services[0]?.environments[0]?.measurement;
}

const level = (state: string): Point => ({ of: { 'runlens.sensor.state': state }, value: 0 });

test('of senders that are no sensors nothing is told', async () => {
  await send({});
  expect(await measurement()).toBeUndefined();
});

test('how many sensors do how much, and the most that one costs', async () => {
  const told = (state: string, share: number) => ({
    'runlens.sensor.level': [level(state)],
    'runlens.sensor.cpu.share': [{ value: share }],
  });
  await send(told('full', 0.0123), { 'service.instance.id': 'a' });
  await send(told('full', 0.02), { 'service.instance.id': 'b' });
  await send(told('counts-only', 0.0412), { 'service.instance.id': 'c' });
  await send(told('off', 9), { 'service.instance.id': 'd', 'deployment.environment.name': 'staging' });
  expect(await measurement()).toEqual({ levels: { full: 2, 'counts-only': 1 }, cpuShare: 0.041, dropped: [] });
});

test('a sensor that has told nothing for five minutes does nothing any more', async () => {
  await send({ 'runlens.sensor.level': [level('counts-only')] });
  now += 4 * minute;
  expect(await measurement()).toMatchObject({ levels: { 'counts-only': 1 }, cpuShare: null });
  now += 2 * minute;
  expect(await measurement()).toBeUndefined();
});

test('a level that is not known is none', async () => {
  await send({ 'runlens.sensor.level': [level('<script>')] });
  expect(await measurement()).toBeUndefined();
});

test('what was dropped is added up by reason for an hour, most first', async () => {
  const dropped = (reason: string, value: number) => ({
    'runlens.sensor.dropped': [{ of: { 'runlens.reason': reason }, value }],
  });
  await send(dropped('too large', 5));
  now += 30 * minute;
  await send(dropped('refused', 2));
  await send(dropped('too large', 1), { 'service.instance.id': 'other' });
  expect((await measurement())?.dropped).toEqual([
    { reason: 'too large', points: 6 },
    { reason: 'refused', points: 2 },
  ]);
  now += 31 * minute;
  expect((await measurement())?.dropped).toEqual([
    { reason: 'refused', points: 2 },
    { reason: 'too large', points: 1 },
  ]);
});

test('reasons without end are not kept', async () => {
  for (let request = 0; request < 50; request += 1) {
    await send({ 'runlens.sensor.dropped': [{ of: { 'runlens.reason': `reason ${request}` }, value: 1 }] });
  }
  expect((await measurement())?.dropped).toEqual([
    { reason: 'other reasons', points: 30 },
    ...[0, 1, 2, 3].map((at) => ({ reason: `reason ${at}`, points: 1 })),
  ]);
});

test('a file that cannot be read as a whole is taken, and told with the functions that are not measured', async () => {
  const of = (file: string, name: string, reason: string): Point => ({
    of: { 'code.function.name': name, 'code.file.path': file, 'runlens.reason': reason },
    value: 1,
  });
  const rejected = await send({
    'runlens.function.unmeasured': [
      of('src/a.ts', '', 'it is too long'),
      of('src/b.ts', 'f', 'a with statement'),
      of('src/b.ts', 'g', 'a with statement'),
    ],
  });
  expect(rejected).toEqual({});
  expect((await measurement())?.unmeasured).toEqual({
    files: 1,
    functions: 2,
    reasons: [
      { reason: 'it is too long', files: 1, functions: 0 },
      { reason: 'a with statement', files: 0, functions: 2 },
    ],
  });
});
