/** The sensor's cost in a service under load: CPU time for a request, and the latency that clients see. */
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import autocannon from 'autocannon';
import { start, stop } from '../frame/child.ts';
import { program } from '../frame/compile.ts';
import { interleaved } from '../frame/interleaved.ts';
import { measuredCore, pinned } from '../frame/pinning.ts';
import { quantile } from '../frame/statistics.ts';
import { launch, type VariantName, variantNames } from './variants.ts';

export interface ServiceCase {
  readonly service: 'fastify' | 'express';
  /** The Node binary that runs it. */
  readonly node: string;
  /** Lines of the orders that are asked for: the calls of a request grow with them. */
  readonly lines: number;
  readonly collectorUrl: string;
  readonly rounds: number;
  readonly seconds: number;
}

export interface ServiceSample {
  /** Of the whole process of the service, its helper threads and its exports included. */
  readonly cpuMicrosecondsPerRequest: number;
}

export interface ServiceResult {
  readonly cost: ReadonlyMap<string, readonly ServiceSample[]>;
  /** 99th percentile of a round at a steady rate, in milliseconds. */
  readonly p99: ReadonlyMap<string, readonly number[]>;
  /** That each of the running services was asked for, in all. */
  readonly requests: number;
}

const connections = 16;
const requestsPerRound = 5_000;
/** Before each measurement, so that a service that rested while the others had their turn is busy again. */
const leadIn = 1_500;
const warmUpRounds = 3;
/** For the latency: a rate that leaves the service idle for half of the time, so that no queue is measured. */
const steady = { requestsPerSecond: 1_200, requests: 1_500 };

interface RunningService {
  readonly name: VariantName;
  readonly lines: number;
  requests: number;
  readonly url: string;
  readonly child: ChildProcess;
}

/** `service.name` at the collector: one for each case. */
export const serviceName = ({ service, node, lines }: ServiceCase): string =>
  `bench-${service}-${lines}-${createHash('sha256').update(node).digest('hex').slice(0, 8)}`;

/** Runs the service once for each variant, and loads them in turn, one at a time. */
export async function measureService(options: ServiceCase): Promise<ServiceResult> {
  const { service, node, lines, collectorUrl, rounds, seconds } = options;
  const running: RunningService[] = [];
  try {
    for (const name of variantNames) {
      const how = launch(name, { collectorUrl, service: serviceName(options), include: [] });
      const command = pinned(measuredCore, [node, ...how.options, program(`services/${service}`)]);
      const { child, line } = await start(command, { environment: how.environment, channel: true });
      const { url }: Record<string, unknown> = JSON.parse(line);
      running.push({ name, lines, url: String(url), child, requests: 0 });
    }
    const cost = await interleaved(
      running.map((one) => ({ name: one.name, measure: () => costOfRound(one) })),
      { rounds, warmUp: warmUpRounds, seconds },
    );
    const p99 = await interleaved(
      running.map((one) => ({ name: one.name, measure: () => p99OfRound(one) })),
      { rounds: Math.ceil(rounds / 2), warmUp: 1, seconds },
    );
    return { cost, p99, requests: running[0]?.requests ?? 0 };
  } finally {
    await Promise.all(running.map(({ child }) => stop(child)));
  }
}

async function costOfRound(service: RunningService): Promise<ServiceSample> {
  await load(service, { amount: leadIn });
  const before = await cpuMicroseconds(service);
  await load(service, { amount: requestsPerRound });
  const after = await cpuMicroseconds(service);
  return { cpuMicrosecondsPerRequest: (after - before) / requestsPerRound };
}

async function p99OfRound(service: RunningService): Promise<number> {
  const times = await load(service, { amount: steady.requests, overallRate: steady.requestsPerSecond });
  return quantile(times, 0.99);
}

/** Sends requests to its end; gives the time of each, in milliseconds. Throws when one was not answered as it must be. */
async function load(
  service: RunningService,
  options: { readonly amount: number; readonly overallRate?: number },
): Promise<readonly number[]> {
  const { name, url, lines } = service;
  const times: number[] = [];
  let unexpected = 0;
  const requests = Array.from({ length: 10 }, (_, id) => ({ path: `/orders/${id}/${lines}` }));
  const { errors } = await new Promise<autocannon.Result>((resolve, reject) => {
    // The promise form of the call does not give access to the single answers.
    const running = autocannon({ url, connections, timeout: 20, requests, ...options }, (error: unknown, result) =>
      error ? reject(error) : resolve(result),
    );
    running.on('response', (_client, status, _bytes, milliseconds) => {
      if (status !== 200 && status !== 409) unexpected += 1;
      times.push(milliseconds);
    });
  });
  if (errors > 0 || unexpected > 0 || times.length < options.amount) {
    throw new Error(`${name}: ${errors} errors, ${unexpected} unexpected answers, ${times.length} answers`);
  }
  service.requests += times.length;
  return times;
}

async function cpuMicroseconds({ child }: RunningService): Promise<number> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(20_000) });
  child.send('cpu');
  const [message]: unknown[] = await answer;
  const value: unknown = Object(message).cpuMicroseconds;
  if (typeof value !== 'number') throw new Error('the service did not tell its CPU time');
  return value;
}
