/** What a hit of each kind of probe takes from the function that it is in, with the real runner, gates and expressions. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { runInThisContext } from 'node:vm';
import { MessageChannel } from 'node:worker_threads';
import { defaultCaptureLimits } from '@runlens/protocol/probes/limits';
import type { ArmedProbe } from '@runlens/protocol/probes/messages';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import { PlannedFile } from '@runlens/sensor/load/planned-file';
import type { ProbesNews } from '@runlens/sensor/probes/engine/messages';
import { prepare } from '@runlens/sensor/probes/engine/prepare';
import { ProbeRunner } from '@runlens/sensor/probes/engine/runner';
import { Gates } from '@runlens/sensor/probes/gates';
import type { Runtime } from '@runlens/sensor/runtime/runtime';
import { PackedPlan, packPlan } from '@runlens/sensor/transform/packed-plan';
import { planTransform } from '@runlens/sensor/transform/plan';
import { waitedMilliseconds } from '../frame/waited.ts';

const root = '/bench';
const order = {
  id: 'o-1017',
  customer: { name: 'Ann Smith', city: 'Utrecht', tags: ['new', 'b2b'] },
  lines: Array.from({ length: 12 }, (_, at) => ({ sku: `sku-${at}`, amount: at, price: 10.5 * at })),
  placedAt: new Date(0),
  notes: new Map([
    ['gift', 'no'],
    ['call', 'yes'],
  ]),
};

const sourceOf = (): string => `({
  handle(order, quantity) {
    const id = order.id;
    let total = 0;
    total += quantity * 3;
    total ^= id.length;
    return total;
  },
  other(value) {
    const twice = value * 2;
    return twice;
  },
})`;

interface Program {
  readonly handle: (given: typeof order, quantity: number) => number;
  readonly other: (value: number) => number;
}

export type Request = ArmedProbe['request'];
const at = (line: number) => ({ file: 'orders.cjs', line, at: 'line' as const });
const target = { service: 'bench' };

/** Each way of probing, by its name. */
export const ways: readonly (readonly [name: string, probes: readonly Request[], rate?: number])[] = [
  ['no probe', []],
  ['ten probes elsewhere', Array.from({ length: 10 }, (): Request => ({ kind: 'counter', place: at(10), target }))],
  ['condition that is false', [{ kind: 'snapshot', place: at(5), target, condition: 'quantity < 0' }]],
  ['counter', [{ kind: 'counter', place: at(5), target }]],
  ['counter by a value', [{ kind: 'counter', place: at(5), target, by: 'quantity % 4' }]],
  ['timer of the function', [{ kind: 'timer', place: at(2), target }]],
  [
    'log, each hit told',
    [{ kind: 'log', place: at(5), target, message: 'order {order.id}: {total} of {quantity}' }],
    1e6,
  ],
  ['log over its rate of 100 a second', [{ kind: 'log', place: at(5), target, message: 'order {order.id}' }], 100],
];

export const snapshotProbes: readonly Request[] = [{ kind: 'snapshot', place: at(5), target }];
/** What the thread does between hits, and whether it works meanwhile. */
export const snapshotWays = [
  ['snapshot in a thread that sleeps between', false],
  ['snapshot in a thread that works between', true],
] as const;

const patienceMilliseconds = 10_000;

export interface Placed {
  readonly program: Program;
  /** Milliseconds that the runner's own turns took, since it was asked for last; what the thread waited for a core is not in it. */
  readonly turns: () => readonly number[];
  readonly close: () => void;
}

/** Loads the program anew with the probes in place; `share`: of the CPU that they may take. */
export async function placeProbes(
  runtime: Runtime,
  requests: readonly Request[],
  rate: number | null,
  share: number,
): Promise<Placed> {
  const text = sourceOf();
  const plan = planTransform(text, 'commonjs', 'javascript');
  const packed = new PackedPlan(packPlan({ plan, language: 'javascript', unreadable: undefined }));
  const firstSlot = runtime.reserve(plan.functions.length) ?? 0;
  const gates = new Gates({ root, isFirstParty: () => true });
  gates.add(new PlannedFile(join(root, 'orders.cjs'), '', { plan: packed }, firstSlot));
  // The expression above.
  const program = runInThisContext(packed.render(text, firstSlot)) as Program;
  const { port1, port2 } = new MessageChannel();
  port2.on('message', () => {});
  port2.unref();
  const open = new Set<string>();
  let turns: number[] = [];
  // Before and after a turn, and not within: Linux takes some microseconds to tell.
  const inTurn = ((run: () => void) => setImmediate(() => turns.push(runningTime(run)))) as typeof setImmediate;
  const runner = new ProbeRunner({
    runtime,
    post: (news: ProbesNews) => {
      for (const { probe, copies } of news.tallies) if (copies > 0) open.add(probe);
      port1.postMessage(news);
    },
    request: () => undefined,
    ownFolder: '/sensor/',
    secretNames: [],
    rules: undefined,
    now: performance.now.bind(performance),
    wallNow: Date.now,
    timers: { setInterval, clearInterval, setTimeout, setImmediate: inTurn },
    share,
  });
  const redactor = new Redactor();
  requests.forEach((request, index) => {
    const armed: ArmedProbe = {
      id: `p-${String(index).padStart(8, '0')}`,
      request,
      capture: defaultCaptureLimits,
      hits: null,
      rate,
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      paused: false,
    };
    const prepared = prepare(armed, {
      locate: (file, line) => gates.locate(file, line),
      isOfThreads: () => false,
      nameOf: () => undefined,
      blobOf: () => undefined,
      isClosed: () => false,
      redactor,
    });
    if (prepared.kind === 'refused') throw new Error(prepared.detail);
    runner.take([{ do: 'place', probe: prepared.probe, secretNames: [] }]);
  });
  // The first orders wait for the rehearsal, some turns; then it practises.
  for (const end = performance.now() + patienceMilliseconds; open.size < requests.length || turns.length > 0; ) {
    if (performance.now() > end) throw new Error(`${requests.length - open.size} probes were not armed`);
    turns = [];
    await nextTurn();
    await nextTurn();
  }
  return {
    program,
    turns: () => {
      const taken = turns;
      turns = [];
      return taken;
    },
    close: () => {
      runner.take([{ do: 'close' }]);
      port1.close();
    },
  };
}

/** Nanoseconds a call, in a row. */
export function nanosecondsPerCall({ program }: Placed, calls: number): number {
  let sum = 0;
  const from = process.hrtime.bigint();
  for (let call = 0; call < calls; call += 1) sum += program.handle(order, call & 1023);
  const nanoseconds = Number(process.hrtime.bigint() - from);
  if (Number.isNaN(sum)) throw new Error('the program came to no number');
  return nanoseconds / calls;
}

const texts = Array.from({ length: 2_000 }, (_, at) => JSON.stringify({ ...order, id: `o-${at}` }));

/** What a service does between two hits: other code, other data, and no sleep, in which a core slows down. */
function workFor(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  let length = 0;
  for (let turn = 0; performance.now() < end; turn += 1) {
    const read: unknown = JSON.parse(texts[turn % texts.length] ?? '');
    length += JSON.stringify(read).length;
  }
  if (length === 0) throw new Error('nothing was done between');
}

/** Microseconds of single calls, ascending, by the program's own look at the clock before and after. */
export function stalls(
  { program }: Placed,
  calls: number,
  pauseEvery: number,
  pauseMilliseconds: number,
): Float64Array {
  const all = new Float64Array(calls);
  for (let call = 0; call < calls; call += 1) {
    const from = performance.now();
    program.handle(order, call & 1023);
    all[call] = (performance.now() - from) * 1000;
    if (call % pauseEvery === pauseEvery - 1) sleepFor(pauseMilliseconds);
  }
  return all.sort();
}

export interface SnapshotStalls {
  /** Microseconds that the line waited, ascending. */
  readonly line: readonly number[];
  /** Microseconds of the longest turn that each hit was followed by, ascending. */
  readonly later: readonly number[];
}

/**
 * What a snapshot holds its thread up for, at the line and in the turns after it, which follow as in a service. What the thread
 * waited for a core, since others had it, is in none of them.
 */
export async function snapshotStalls(
  { program, turns }: Placed,
  hits: number,
  pauseMilliseconds: number,
  works: boolean,
): Promise<SnapshotStalls> {
  const line: number[] = [];
  const later: number[] = [];
  for (let hit = 0; hit < hits; hit += 1) {
    if (works) workFor(pauseMilliseconds);
    else sleepFor(pauseMilliseconds);
    line.push(runningTime(() => program.handle(order, hit)) * 1000);
    await nextTurn();
    await nextTurn();
    const taken = turns();
    if (taken.length === 0) throw new Error('a hit was not told');
    later.push(Math.max(...taken) * 1000);
  }
  return { line: line.toSorted((one, other) => one - other), later: later.toSorted((one, other) => one - other) };
}

const pause = new Int32Array(new SharedArrayBuffer(4));
const sleepFor = (milliseconds: number): void => void Atomics.wait(pause, 0, 0, milliseconds);
const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const waited = waitedMilliseconds();

/** Milliseconds. */
function runningTime(work: () => void): number {
  const waitedBefore = waited();
  const from = performance.now();
  work();
  const taken = performance.now() - from;
  return Math.max(0, taken - (waited() - waitedBefore));
}
