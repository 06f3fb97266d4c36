/** The same probes on the same line of the same program, by this sensor and by dd-trace's engine, each in a process of its own. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { start, stop } from '../frame/child.ts';
import { askCollector, runCollector } from '../frame/collector.ts';
import { sensorEntry } from '../frame/places.ts';
import { startAgent } from './datadog-agent.ts';
import { otherLine, probedFile, probedLine, program } from './peer-service.ts';

export interface Measured {
  /** Calls a second, one after the other. */
  readonly perSecond: number;
  /** Microseconds of one of 1,000 calls a second. */
  readonly p50: number;
  readonly p99: number;
  /** Hits that arrived. */
  readonly told: number;
}

interface Way {
  readonly name: string;
  readonly lines: readonly number[];
  /** Undefined: it has no such probe. */
  readonly ours: object;
  readonly theirs: object | undefined;
}

const snapshotRate = 1;
/** As many as either takes. */
const logRate = 5_000;

export const ways: readonly Way[] = [
  { name: 'no probe', lines: [], ours: {}, theirs: {} },
  {
    name: 'ten probes on a line that is not reached',
    lines: Array.from({ length: 10 }, () => otherLine),
    ours: { kind: 'snapshot', rate: snapshotRate },
    theirs: { captureSnapshot: true, sampling: { snapshotsPerSecond: snapshotRate } },
  },
  {
    name: 'a condition that is never true',
    lines: [probedLine],
    ours: { kind: 'snapshot', condition: 'quantity < 0', rate: snapshotRate },
    theirs: {
      captureSnapshot: true,
      when: { dsl: 'quantity < 0', json: { lt: [{ ref: 'quantity' }, 0] } },
      sampling: { snapshotsPerSecond: snapshotRate },
    },
  },
  { name: 'counter', lines: [probedLine], ours: { kind: 'counter' }, theirs: undefined },
  {
    name: 'log, at most 5,000 a second',
    lines: [probedLine],
    ours: { kind: 'log', message: 'order {order.id} of {quantity}', rate: logRate, hits: 1_000_000 },
    theirs: {
      template: 'order {order.id} of {quantity}',
      segments: [
        { str: 'order ' },
        { dsl: 'order.id', json: { getmember: [{ ref: 'order' }, 'id'] } },
        { str: ' of ' },
        { dsl: 'quantity', json: { ref: 'quantity' } },
      ],
      sampling: { snapshotsPerSecond: logRate },
    },
  },
  {
    name: 'snapshot, one a second',
    lines: [probedLine],
    ours: { kind: 'snapshot', rate: snapshotRate, hits: 1_000 },
    theirs: { captureSnapshot: true, sampling: { snapshotsPerSecond: snapshotRate } },
  },
];

const patienceMilliseconds = 20_000;

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + patienceMilliseconds; performance.now() < end; ) {
    if (await isSo()) return;
    await sleep(10);
  }
  throw new Error(`not within ${patienceMilliseconds / 1_000} s: ${what}`);
}

async function measure(child: ChildProcess, milliseconds: number): Promise<Omit<Measured, 'told'>> {
  const answered = once(child, 'message', { signal: AbortSignal.timeout(10 * milliseconds + patienceMilliseconds) });
  child.send({ milliseconds });
  const { perSecond, p50, p99 } = Object((await answered)[0]);
  return { perSecond, p50, p99 };
}

async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-peer-'));
  writeFileSync(join(folder, probedFile), program);
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** With this sensor; `milliseconds` of each of the two parts. */
export function measureRunlens({ lines, ours }: Way, milliseconds: number): Promise<Measured> {
  return inFolder(async (folder) => {
    const collector = await runCollector();
    const ask = (method: string, path: string, body?: object) => askCollector(collector, method, path, body);
    const { child } = await start([process.execPath, '--import', sensorEntry, join(folder, probedFile)], {
      environment: {
        ...process.env,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_SERVICE_NAME: 'bench',
        RUNLENS_FLUSH_INTERVAL: '1s',
        RUNLENS_ROOT: folder,
        RUNLENS_CACHE: 'off',
      },
      channel: true,
    });
    try {
      await until('the sensor is connected', async () => {
        const { sensors } = await ask('GET', '/api/v1/sensors');
        return Array.isArray(sensors) && sensors.length > 0;
      });
      const ids: string[] = [];
      for (const line of lines) {
        const placed = await ask('POST', '/api/v1/probes', {
          ...ours,
          place: { file: probedFile, line },
          target: { service: 'bench' },
        });
        ids.push(String(Object(placed.probe).id));
      }
      for (const id of ids) {
        await until('it is armed', async () => (await ask('GET', `/api/v1/probes/${id}`)).state === 'armed');
      }
      const measured = await measure(child, milliseconds);
      await sleep(1_500);
      let told = 0;
      for (const id of ids) told += Number((await ask('GET', `/api/v1/probes/${id}`)).hits);
      return { ...measured, told };
    } finally {
      await stop(child);
      await collector.stop();
    }
  });
}

/** With dd-trace's engine, its probes from a file and a stand-in of its agent; nothing leaves this machine. */
export function measureDatadog({ lines, theirs }: Way, milliseconds: number): Promise<Measured> {
  return inFolder(async (folder) => {
    const agent = await startAgent();
    const probes = lines.map((line, index) => ({
      id: `probe-${index}`,
      version: 0,
      type: 'LOG_PROBE',
      language: 'javascript',
      where: { sourceFile: probedFile, lines: [String(line)] },
      tags: [],
      template: 'hit',
      segments: [{ str: 'hit' }],
      captureSnapshot: false,
      capture: { maxReferenceDepth: 3 },
      evaluateAt: 'EXIT',
      ...theirs,
    }));
    writeFileSync(join(folder, 'probes.json'), JSON.stringify(probes));
    const { child } = await start(
      [process.execPath, '--require', fileURLToPath(import.meta.resolve('dd-trace/init')), join(folder, probedFile)],
      {
        environment: {
          ...process.env,
          DD_TRACE_AGENT_URL: agent.url,
          DD_SERVICE: 'bench',
          DD_DYNAMIC_INSTRUMENTATION_ENABLED: 'true',
          DD_DYNAMIC_INSTRUMENTATION_PROBE_FILE: join(folder, 'probes.json'),
          DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
        },
        channel: true,
      },
    );
    try {
      await until('its probes are installed', () => agent.installed() >= probes.length);
      const measured = await measure(child, milliseconds);
      await sleep(1_500);
      return { ...measured, told: agent.told() };
    } finally {
      await stop(child);
      agent.stop();
    }
  });
}
