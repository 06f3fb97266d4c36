/** The sensor's cost in a service under load: CPU time for a request, and the latency that clients see. */
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { start, stop } from '../frame/child.ts';
import { program } from '../frame/compile.ts';
import { HttpLoad, type LoadRequest } from '../frame/http-load.ts';
import { measuredCore, pinned } from '../frame/pinning.ts';
import { quantile, xorshift } from '../frame/statistics.ts';
import { isLong, isSlow, launch, recordings, roundsWhenSlow, type WayName } from './ways.ts';

export interface ServiceCase {
  readonly title: string;
  readonly service: 'fastify' | 'express';
  /** The Node binary that runs it. */
  readonly node: string;
  readonly requests: readonly LoadRequest[];
  /** `steady`: it is never idle. `bursts`: it is busy for 0.2 s and rests for one. */
  readonly rhythm: 'steady' | 'bursts';
  readonly collectorUrl: string;
  readonly ways: readonly WayName[];
  /** How often the processes of each way are started anew. */
  readonly rounds: number;
  readonly seconds: number;
}

/** What one process and the plain one that ran beside it came to. */
export interface PairSample {
  /** CPU time for a request, of the whole process, its helper threads and its exports included. */
  readonly plainMicroseconds: number;
  readonly microseconds: number;
  /** 99th percentile of the latency at a steady rate, in milliseconds. */
  readonly p99?: { readonly plain: number; readonly own: number };
}

export interface ServiceResult {
  readonly samples: ReadonlyMap<WayName, readonly PairSample[]>;
  /** That the services under the sensor were asked for, in all. */
  readonly sensorRequests: number;
}

const steady = { sliceMilliseconds: 50, slices: 40 };
/**
 * What a service pays that has run for a while: load until the first export is done, with the thread's start and all names,
 * then 20 s in turn with the plain one, in which there are two exports.
 */
const whenLong = { firstMilliseconds: 12_000, slices: 200 };
const bursts = { sliceMilliseconds: 200, slices: 10, restMilliseconds: 1_000 };
/** The load before the measurement: until three looks in a row agree to 4 %, but no longer than so many. */
const warmUp = { slicesPerLook: 6, leastLooks: 5, mostLooks: 10, agreement: 1.04 };
/** Under AppMap's agent a request takes some 10 ms: the looks are as many, and shorter. */
const whenSlow = { slices: 12, looks: 2 };
/** A rate that leaves the core idle for most of the time, so that no queue is measured. */
const latency = { requestsPerSecond: 2_000, sliceMilliseconds: 200, slices: 8 };
const latencyWays: ReadonlySet<WayName> = new Set(['plain again', 'sensor']);

/** `service.name` at the collector: one for each case. */
export const serviceName = ({ title }: ServiceCase): string =>
  `bench-${createHash('sha256').update(title).digest('hex').slice(0, 8)}`;

/**
 * Starts each way's process together with a plain one, again and again, and loads the two in turn. That they are
 * started anew matters more than that they are measured for long: V8 decides what it inlines once for each process,
 * and so differently, and one process tells of one such decision only.
 */
export async function measureService(options: ServiceCase): Promise<ServiceResult> {
  const deadline = performance.now() + options.seconds * 1_000;
  const samples = new Map<WayName, PairSample[]>(options.ways.map((name) => [name, []]));
  let sensorRequests = 0;
  for (let round = 0; round < options.rounds; round += 1) {
    for (let turn = 0; turn < options.ways.length; turn += 1) {
      const name = options.ways[(turn + round) % options.ways.length];
      if (name === undefined || (isSlow(name) && round >= roundsWhenSlow)) continue;
      if (round > 0 && performance.now() > deadline) break;
      const { sample, requests } = await measurePair(name, options, round);
      samples.get(name)?.push(sample);
      if (name === 'sensor') sensorRequests += requests;
    }
  }
  return { samples, sensorRequests };
}

interface RunningService {
  readonly child: ChildProcess;
  readonly load: HttpLoad;
}

interface Usage {
  readonly cpuMicroseconds: number;
  readonly requests: number;
}

async function measurePair(
  way: WayName,
  options: ServiceCase,
  round: number,
): Promise<{ readonly sample: PairSample; readonly requests: number }> {
  const running: RunningService[] = [];
  try {
    // Neither is always the one that was started first.
    const names: readonly WayName[] = round % 2 === 0 ? ['plain', way] : [way, 'plain'];
    for (const name of names) running.push(await startService(name, options));
    const [first, second] = running;
    if (!first || !second) throw new Error('the services did not start');
    const [plain, own] = round % 2 === 0 ? [first, second] : [second, first];
    const startedAt = performance.now();
    await warm(plain, own, isSlow(way));
    while (isLong(way) && performance.now() - startedAt < whenLong.firstMilliseconds) {
      await costs([plain, own], warmUp.slicesPerLook, steady.sliceMilliseconds, 0);
    }
    const slices = isLong(way) ? whenLong.slices : isSlow(way) ? whenSlow.slices : steady.slices;
    const [plainMicroseconds = 0, microseconds = 0] =
      options.rhythm === 'steady'
        ? await costs([plain, own], slices, steady.sliceMilliseconds, 0)
        : await costs([plain, own], bursts.slices, bursts.sliceMilliseconds, bursts.restMilliseconds);
    const p99 = latencyWays.has(way) && options.rhythm === 'steady' ? await latencies(plain, own, round) : undefined;
    return { sample: { plainMicroseconds, microseconds, ...(p99 ? { p99 } : {}) }, requests: own.load.answered };
  } catch (error) {
    throw new Error(`${options.title}, ${way}: ${error instanceof Error ? error.message : error}`, { cause: error });
  } finally {
    await Promise.all(running.map(endService));
    rmSync(recordings, { recursive: true, force: true });
  }
}

async function startService(name: WayName, options: ServiceCase): Promise<RunningService> {
  const { service, node, requests, collectorUrl } = options;
  const how = launch(name, { collectorUrl, service: serviceName(options), include: [] });
  const command = pinned(measuredCore, [node, ...how.options, program(`services/${service}`)]);
  const { child, line } = await start(command, { environment: how.environment, channel: true });
  const { url }: Record<string, unknown> = JSON.parse(line);
  return { child, load: await HttpLoad.open(String(url), requests) };
}

async function endService({ child, load }: RunningService): Promise<void> {
  load.close();
  await stop(child);
}

async function warm(plain: RunningService, own: RunningService, slowly: boolean): Promise<void> {
  const looks: (readonly number[])[] = [];
  const agree = (at: number) => {
    const last = looks.slice(-3).map((look) => look[at] ?? Number.NaN);
    return Math.max(...last) / Math.min(...last) < warmUp.agreement;
  };
  const [least, most] = slowly ? [whenSlow.looks, whenSlow.looks] : [warmUp.leastLooks, warmUp.mostLooks];
  while (looks.length < least || (looks.length < most && !(agree(0) && agree(1)))) {
    looks.push(await costs([plain, own], warmUp.slicesPerLook, steady.sliceMilliseconds, 0));
  }
}

/**
 * CPU time a request of each service, in microseconds. They are loaded by turns, ABBA, each slice short beside what else
 * the machine does, and each turn by itself on the core. What a service does between its slices counts: exports do.
 */
async function costs(
  services: readonly [RunningService, RunningService],
  slices: number,
  milliseconds: number,
  rest: number,
): Promise<readonly number[]> {
  const before = await Promise.all(services.map(usage));
  for (let slice = 0; slice < slices; slice += 1) {
    for (const service of slice % 2 === 0 ? services : services.toReversed()) {
      await service.load.busyFor(milliseconds);
      if (rest > 0) await pause(rest);
    }
  }
  const after = await Promise.all(services.map(usage));
  return after.map((now, at) => {
    const then = before[at] ?? now;
    return (now.cpuMicroseconds - then.cpuMicroseconds) / (now.requests - then.requests);
  });
}

/** The 99th percentiles at a steady rate, by turns as well. */
async function latencies(plain: RunningService, own: RunningService, round: number): Promise<PairSample['p99']> {
  const random = xorshift(round + 1);
  const times: { readonly [name in 'plain' | 'own']: number[] } = { plain: [], own: [] };
  for (let slice = 0; slice < latency.slices; slice += 1) {
    const turns = [
      { into: times.plain, load: plain.load },
      { into: times.own, load: own.load },
    ];
    for (const { into, load } of slice % 2 === 0 ? turns : turns.toReversed()) {
      into.push(...(await load.atRate(latency.requestsPerSecond, latency.sliceMilliseconds, random)));
    }
  }
  return { plain: quantile(times.plain, 0.99), own: quantile(times.own, 0.99) };
}

async function usage({ child }: RunningService): Promise<Usage> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(20_000) });
  child.send('usage');
  const [message]: unknown[] = await answer;
  const { cpuMicroseconds, requests }: Record<string, unknown> = Object(message);
  if (typeof cpuMicroseconds !== 'number' || typeof requests !== 'number') {
    throw new Error('the service did not tell its CPU time');
  }
  return { cpuMicroseconds, requests };
}
