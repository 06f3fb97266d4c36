/**
 * `node --expose-gc footprint.cjs memory|loop SECONDS FILE…`: loads modules that export lists of functions, calls all of
 * these all the time, and tells how much memory is in use at last, or how long the event loop stood still meanwhile.
 */

import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { waitedMilliseconds } from '../frame/waited.ts';

/** Bytes, after garbage was collected. */
export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

/** Of one second. */
export interface LoopWindow {
  /** The longest time between two turns of the event loop, in milliseconds on the clock. */
  readonly longest: number;
  /** The same without what the main thread waited for a core: no other process has a part in that. */
  readonly longestRunning: number;
  /** The longest pause for garbage that V8 told, in milliseconds on the clock. */
  readonly longestPause: number;
}

export interface Told<Result> {
  readonly result: Result;
  /** Loading the files, in milliseconds of CPU. */
  readonly load: number;
  /** The same however the program is measured. */
  readonly outcome: number;
}

const callsAtFirst = 20;
const turnMilliseconds = 0.05;
/** All functions are called some 60 times a second. */
const callsPerTurn = 60;
/** The system is asked at a turn that took so long, and at least so often. */
const askAfter = { gapMilliseconds: 0.3, milliseconds: 1 };

const [what, seconds, ...files] = process.argv.slice(2);
const startedAt = process.cpuUsage();
const functions: readonly ((amount: number) => number)[] = files.flatMap((file) => require(file));
const { user, system } = process.cpuUsage(startedAt);
const load = (user + system) / 1_000;

let sum = 0;
for (let turn = 0; turn < callsAtFirst; turn += 1) for (const each of functions) sum += each(turn);
const outcome = Math.round(sum);

const look = what === 'memory' ? lookAtMemory : lookAtLoop;
look(Number(seconds)).then(
  // The process is not ended here: the last export is no part of what is looked at, and must still be able to be sent.
  (result: Memory | readonly LoopWindow[]) => console.log(JSON.stringify({ result, load, outcome })),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);

async function lookAtMemory(forSeconds: number): Promise<Memory> {
  for (let turn = 0; turn < forSeconds * 10; turn += 1) {
    for (const each of functions) sum += each(turn);
    await pause(100);
  }
  if (!globalThis.gc) throw new Error('the program wants --expose-gc');
  globalThis.gc();
  await pause(200);
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external };
}

async function lookAtLoop(forSeconds: number): Promise<readonly LoopWindow[]> {
  const windows: LoopWindow[] = [];
  let [longest, longestRunning, longestPause, next] = [0, 0, 0, 0];
  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestPause = Math.max(longestPause, duration);
  });
  collections.observe({ entryTypes: ['gc'] });
  let windowEnd = performance.now() + 1_000;
  let lastTurn = performance.now();
  const waited = waitedMilliseconds();
  let [askedAt, lastWaited] = [lastTurn, waited()];
  while (windows.length < forSeconds) {
    const time = performance.now();
    const gap = time - lastTurn;
    lastTurn = time;
    longest = Math.max(longest, gap);
    if (gap > askAfter.gapMilliseconds || time - askedAt > askAfter.milliseconds) {
      const now = waited();
      longestRunning = Math.max(longestRunning, gap - (now - lastWaited));
      [askedAt, lastWaited] = [time, now];
    }
    if (time >= windowEnd) {
      windows.push({ longest, longestRunning, longestPause });
      [longest, longestRunning, longestPause] = [0, 0, 0];
      windowEnd += 1_000;
    }
    for (let call = 0; call < callsPerTurn; call += 1) {
      sum += functions[next]?.(call) ?? 0;
      next = (next + 1) % functions.length;
    }
    while (performance.now() - time < turnMilliseconds);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  collections.disconnect();
  return windows;
}
