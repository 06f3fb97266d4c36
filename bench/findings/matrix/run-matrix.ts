/** Runs the services of the matrix, each a process under the shipped sensor, against the shipped collector, and asks for its findings. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findingsResponseSchema } from '@runlens/protocol/api/findings';
import { collectorNodeFlags } from '@runlens/protocol/environment';
import { start, stop } from '../../frame/child.ts';
import { askCollector } from '../../frame/collector.ts';
import { dist, sensorEntry } from '../../frame/places.ts';
import type { MatrixPair, Run } from './cases.ts';

export interface Told {
  readonly kind: string;
  readonly file: string;
  readonly function: string;
  readonly title: string;
  readonly score: number;
}

export interface MatrixService {
  readonly pair: MatrixPair;
  readonly isFaulty: boolean;
}

export const nameOf = ({ pair, isFaulty }: MatrixService): string => `${pair.name}-${isFaulty ? 'faulty' : 'healthy'}`;

/** Processes at once: more, and two cores say more about each other than about the services. */
const lanes = 3;
const longSeconds = 60;
/** A machine that others keep busy answers few in the time of a run: then it lasts longer, but not for ever. */
const leastRequests = 300;
const mostTimesAsLong = 8;
const mostFailed = 0.02;
const requestMilliseconds = 60_000;
const patienceSeconds = 600;
const clock = fileURLToPath(new URL('shifted-clock.ts', import.meta.url));
const folderOf = (name: string): string => fileURLToPath(new URL(`services/${name}`, import.meta.url));
const shifted = (daysAgo: number) => ({ ...process.env, MATRIX_DAYS_AGO: String(daysAgo) });
const withClock = ['--disable-warning=ExperimentalWarning', '--import', pathToFileURL(clock).href];

/** By name of the service. */
export async function runMatrix(services: readonly MatrixService[]): Promise<ReadonlyMap<string, readonly Told[]>> {
  const home = mkdtempSync(join(tmpdir(), 'runlens-bench-home-'));
  const neighbour = await start([process.execPath, fileURLToPath(new URL('neighbour.ts', import.meta.url))], {
    environment: process.env,
  });
  try {
    const times = new Set(services.flatMap(({ pair }) => pair.runs.map(({ daysAgo = 0 }) => daysAgo)));
    let told: ReadonlyMap<string, readonly Told[]> = new Map();
    for (const daysAgo of [...times].sort((one, other) => other - one)) {
      told = await runAt(daysAgo, services, home, neighbour.line);
    }
    return told;
  } finally {
    await stop(neighbour.child);
    rmSync(home, { recursive: true, force: true });
  }
}

/** The runs of one time, against a collector of that time. What is told is that of today. */
async function runAt(
  daysAgo: number,
  services: readonly MatrixService[],
  home: string,
  neighbour: string,
): Promise<ReadonlyMap<string, readonly Told[]>> {
  const collector = await start(
    [
      process.execPath,
      ...withClock,
      ...collectorNodeFlags,
      ...[join(dist, 'runlens.mjs'), 'collector', '--port', '0', '--json'],
    ],
    { environment: { ...shifted(daysAgo), RUNLENS_HOME: home } },
  );
  try {
    const url = String(JSON.parse(collector.line).url);
    const left = services
      .map((service) => ({ service, runs: service.pair.runs.filter((run) => (run.daysAgo ?? 0) === daysAgo) }))
      .filter(({ runs }) => runs.length > 0);
    const work = async (of: typeof left): Promise<void> => {
      for (let next = of.shift(); next !== undefined; next = of.shift()) {
        for (const run of next.runs) await runService(next.service, run, url, neighbour);
      }
    };
    // What runs for minutes does little: all of it beside each other, and the others meanwhile.
    const isLong = ({ runs }: (typeof left)[number]): boolean => runs.some(({ seconds }) => seconds > longSeconds);
    const short = left.filter((each) => !isLong(each));
    await Promise.all([
      ...left.filter(isLong).map((each) => work([each])),
      ...Array.from({ length: lanes }, () => work(short)),
    ]);
    return daysAgo > 0 ? new Map() : await findingsOf({ url, home });
  } finally {
    await stop(collector.child);
  }
}

async function runService(service: MatrixService, run: Run, collectorUrl: string, neighbour: string): Promise<void> {
  const { pair, isFaulty } = service;
  const { version = 'v1', times = 1, daysAgo = 0, isBusyHour = false } = run;
  const folder = folderOf(pair.name);
  for (let time = 0; time < times; time += 1) {
    const { child, line } = await start(
      [
        ...[process.execPath, ...withClock, '--import', sensorEntry, join(folder, 'main.ts')],
        ...[isFaulty ? 'faulty' : 'healthy', version, isBusyHour ? 'busy' : 'usual'],
      ],
      {
        environment: {
          ...shifted(daysAgo),
          MATRIX_NEIGHBOUR: neighbour,
          OTEL_SERVICE_NAME: nameOf(service),
          OTEL_RESOURCE_ATTRIBUTES: `service.version=${version}`,
          OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
          RUNLENS_ROOT: folder,
          RUNLENS_FLUSH_INTERVAL: '2s',
          RUNLENS_CPU_BUDGET: 'off',
        },
      },
    );
    try {
      const { quietClients } = run;
      if (quietClients !== undefined) await load(line, { ...run, clients: quietClients }, isFaulty);
      await load(line, run, isFaulty);
      // Two flushes: what is asked beside the plain numbers may be told with the second.
      await wait(4_500);
    } finally {
      await stop(child);
    }
  }
}

async function load(url: string, run: Run, isFaulty: boolean): Promise<void> {
  const { paths, clients = 1, healthyClients = clients, pauseMilliseconds = 25, seconds } = run;
  const count = isFaulty || run.version !== 'v2' ? clients : healthyClients;
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  const began = performance.now();
  const isOver = (): boolean => {
    const taken = (performance.now() - began) / 1_000;
    return taken >= seconds && (next >= leastRequests || taken >= Math.max(longSeconds, mostTimesAsLong * seconds));
  };
  let next = 0;
  let failed = 0;
  const customer = async (): Promise<void> => {
    while (!isOver()) {
      const path = paths[next % paths.length] ?? '/';
      next += 1;
      await request(`${url}${path}`, agent).catch(() => {
        failed += 1;
      });
      await wait(pauseMilliseconds);
    }
  };
  await Promise.all(Array.from({ length: count }, customer));
  agent.destroy();
  // A kept connection may be closed just when it is used again; a service that does not answer is no case.
  if (failed > mostFailed * next) throw new Error(`${failed} of ${next} requests of ${run.paths[0]} were not answered`);
}

const request = (url: string, agent: Agent): Promise<void> =>
  new Promise((resolve, reject) => {
    const asked = get(url, { agent, timeout: requestMilliseconds }, (response) => {
      response.resume().once('end', resolve).once('error', reject);
    });
    asked.once('error', reject).once('timeout', () => asked.destroy(new Error(`${url} did not answer`)));
  });

/** Once the collector has looked at all that was sent. */
async function findingsOf(collector: {
  readonly url: string;
  readonly home: string;
}): Promise<ReadonlyMap<string, readonly Told[]>> {
  const sent = Date.now() + 1_000;
  for (let second = 0; second < patienceSeconds; second += 1) {
    const { evaluatedAt, findings } = findingsResponseSchema.parse(
      await askCollector(collector, 'GET', '/api/v1/findings?state=all&limit=1000'),
    );
    if (evaluatedAt !== null && Date.parse(evaluatedAt) > sent) {
      const told = new Map<string, Told[]>();
      for (const { service, kind, place, title, impact } of findings) {
        const one = { kind, file: place?.file ?? '', function: place?.function ?? '', title, score: impact.score };
        told.set(service, [...(told.get(service) ?? []), one]);
      }
      return told;
    }
    await wait(1_000);
  }
  throw new Error(`the collector has not looked for findings in ${patienceSeconds} s`);
}
