/**
 * Kills a real collector with -9 at random moments in the middle of writes and starts it again on the same data.
 * Each sender sends what was not acknowledged again under the same name, as the sensor does, so that in the end every
 * call counts exactly once. `RUNLENS_CRASH_CYCLES=1000` for the whole proof (some 15 minutes), `RUNLENS_CRASH_SEED` to
 * repeat a run:
 *
 *     RUNLENS_CRASH_CYCLES=1000 npx vitest run --project process test/crash
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { CollectorProcess } from '@runlens/collector/testing/collector-process';
import { profilesResponseSchema } from '@runlens/protocol/api/profile';
import { requestHeaders } from '@runlens/protocol/telemetry';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Counted, Ledger } from './ledger.ts';

const cycles = Number(process.env.RUNLENS_CRASH_CYCLES ?? 40);
const seed = Number(process.env.RUNLENS_CRASH_SEED ?? Date.now() % 1e6);
/** So short that kills fall into group commits, folds and checkpoints alike. */
const foldMilliseconds = 40;
const longestLife = 150;
const senders = 4;

/** What a sender keeps over the death of the collector. */
interface Sender {
  readonly name: string;
  sequence: number;
  /** Sent, and not known to have arrived. */
  open: Request | undefined;
  acknowledged: Request | undefined;
}
interface Request {
  readonly id: string;
  readonly functions: ReadonlyMap<string, Counted>;
  readonly body: string;
}

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'runlens-crash-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

test(
  `${cycles} kills in the middle of writes lose nothing that was acknowledged (seed ${seed})`,
  async () => {
    const random = seeded(seed);
    const ledger = new Ledger();
    const all = Array.from(
      { length: senders },
      (_, i): Sender => ({ name: `sender${i}`, sequence: 0, open: undefined, acknowledged: undefined }),
    );
    let killedWhileSending = 0;
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const collector = await CollectorProcess.start(home, foldMilliseconds);
      try {
        const held = await heldBy(collector.url);
        expect(ledger.contradictions(held), `after kill ${cycle}`).toEqual([]);
        const stop = new AbortController();
        const sending = all.map((sender) => send(collector.url, ledger, `${cycle}`, sender, random, stop.signal));
        await sleep(random() * longestLife);
        await collector.kill('SIGKILL');
        stop.abort();
        const interrupted = await Promise.all(sending);
        if (interrupted.some((each) => each)) killedWhileSending += 1;
      } finally {
        await collector.kill('SIGKILL');
      }
    }
    const last = await CollectorProcess.start(home, foldMilliseconds);
    for (const sender of all) {
      // Both are known or not by what is on disk: nothing else is left of the one that was killed.
      for (const request of [sender.acknowledged, sender.open]) {
        if (request !== undefined) await deliver(last.url, ledger, sender, request);
      }
    }
    const held = await heldBy(last.url);
    await last.kill('SIGTERM');
    expect(ledger.contradictions(held)).toEqual([]);
    expect(ledger.differences(held), 'every call counts exactly once').toEqual([]);
    // The proof is worth something only when calls were acknowledged and kills fell into requests.
    expect(ledger.acknowledgedCalls).toBeGreaterThan(cycles * 10);
    expect(killedWhileSending).toBeGreaterThan(cycles / 2);
    const database = new DatabaseSync(join(home, 'data', 'profiles.sqlite'), { readOnly: true });
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    database.close();
  },
  60_000 + cycles * 20_000,
);

/** Sends until the collector is gone; true when a request was under way then. */
async function send(
  url: string,
  ledger: Ledger,
  cycle: string,
  sender: Sender,
  random: () => number,
  signal: AbortSignal,
): Promise<boolean> {
  // What is known to have arrived must not count again either.
  const again = [sender.acknowledged, sender.open].filter((request) => request !== undefined);
  while (!signal.aborted) {
    const request = again.shift() ?? nextRequest(sender, cycle, random);
    if (!(await deliver(url, ledger, sender, request))) return true;
  }
  return false;
}

function nextRequest(sender: Sender, cycle: string, random: () => number): Request {
  const functions = new Map<string, Counted>();
  for (let i = 0; i < 30; i += 1) {
    const calls = 1 + Math.floor(random() * 1_000);
    functions.set(`hot${Math.floor(random() * 200)}`, { calls, errors: Math.floor(calls / 7), samples: calls });
  }
  // A function that is new in this cycle: names must be as durable as numbers.
  functions.set(`cycle${cycle}`, { calls: 1, errors: 0, samples: 1 });
  sender.sequence += 1;
  const id = `${sender.name}/only.${sender.sequence}`;
  return { id, functions, body: JSON.stringify(metricsRequest(functions, sender.name)) };
}

/** False when the collector went away meanwhile. Throws when it answers anything but 200. */
async function deliver(url: string, ledger: Ledger, sender: Sender, request: Request): Promise<boolean> {
  if (request !== sender.open && request !== sender.acknowledged) {
    ledger.sending(request.functions);
    sender.open = request;
  }
  try {
    const answer = await fetch(`${url}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [requestHeaders.batch]: request.id },
      body: request.body,
    });
    if (answer.status !== 200) throw new Error(`status ${answer.status}: ${await answer.text()}`);
    // The status line alone is the acknowledgement: the body may be cut off by the kill.
    if (request === sender.open) {
      ledger.acknowledged(request.functions);
      sender.acknowledged = request;
      sender.open = undefined;
    }
    await answer.arrayBuffer();
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('status')) throw error;
    return false;
  }
}

function metricsRequest(functions: ReadonlyMap<string, Counted>, instance: string): object {
  const timeUnixNano = `${Date.now()}000000`;
  const attributes = (name: string): object[] => [
    { key: 'code.function.name', value: { stringValue: name } },
    { key: 'code.file.path', value: { stringValue: 'crash.ts' } },
    { key: 'code.line.number', value: { intValue: '1' } },
  ];
  const entries = [...functions];
  const sum = (what: 'calls' | 'errors'): object => ({
    aggregationTemporality: 1,
    isMonotonic: true,
    dataPoints: entries.map(([name, each]) => ({
      attributes: attributes(name),
      timeUnixNano,
      asInt: String(each[what]),
    })),
  });
  const dataPoints = entries.map(([name, { samples }]) => ({
    attributes: attributes(name),
    timeUnixNano,
    count: String(samples),
    sum: samples * 0.001,
    scale: 5,
    zeroCount: '0',
    positive: { offset: -320, bucketCounts: [String(samples)] },
  }));
  const resource = { 'service.name': 'crash', 'service.version': '1', 'service.instance.id': instance };
  return {
    resourceMetrics: [
      {
        resource: {
          attributes: Object.entries(resource).map(([key, value]) => ({ key, value: { stringValue: value } })),
        },
        scopeMetrics: [
          {
            metrics: [
              { name: 'code.function.calls', sum: sum('calls') },
              { name: 'code.function.errors', sum: sum('errors') },
              {
                name: 'code.function.duration',
                unit: 's',
                exponentialHistogram: { aggregationTemporality: 1, dataPoints },
              },
            ],
          },
        ],
      },
    ],
  };
}

async function heldBy(url: string): Promise<Map<string, Counted>> {
  const token = readFileSync(join(home, 'token'), 'utf8').trim();
  const answer = await fetch(`${url}/api/v1/profiles?service=crash&since=7d&limit=50000`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { profiles } = profilesResponseSchema.parse(await answer.json());
  return new Map(
    profiles.map((profile) => [
      profile.function,
      { calls: profile.calls, errors: profile.errors, samples: profile.duration?.samples ?? 0 },
    ]),
  );
}

/** mulberry32: small, and the same on every machine. */
function seeded(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
