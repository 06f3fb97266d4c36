/**
 * How long the first probe of a process holds its thread up: the engine is loaded, and rehearses, in steps between which
 * the program goes on. Run by arming.ts, in a fresh process each time: `at-once` or `from-thread`.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import type { EngineCode, EnginePart } from '@runlens/sensor/probes/engine/engine-loading';
import { EngineAtHand } from '@runlens/sensor/probes/engine-at-hand';
import { waitedMilliseconds } from '../frame/waited.ts';

const [, , way, sensorFolder = ''] = process.argv;
const file = join(sensorFolder, 'probes.cjs');
const waited = waitedMilliseconds();
const pause = new Int32Array(new SharedArrayBuffer(4));
const steps: number[] = [];
const timed = (work: () => void): void => {
  const waitedBefore = waited();
  const from = performance.now();
  work();
  const taken = performance.now() - from;
  // What another process had the core for is no matter of the sensor's.
  steps.push(Math.max(0, taken - (waited() - waitedBefore)));
};
const inTurn = ((run: () => void) => setImmediate(() => timed(run))) as typeof setImmediate;
const engine = new EngineAtHand({
  make: ({ ProbeRunner }) =>
    new ProbeRunner({
      runtime: { open: () => undefined, close: () => {}, onGate: () => {}, callsOf: () => 0 },
      post: () => {},
      request: () => undefined,
      ownFolder: sensorFolder,
      secretNames: [],
      rules: undefined,
      now: performance.now.bind(performance),
      wallNow: Date.now,
      timers: { setInterval, clearInterval, setTimeout, setImmediate: inTurn },
    }),
  // The build of this folder, which exports just this class.
  load: () => createRequire(file)(file) as EnginePart,
  setImmediate: inTurn,
  guarded: (work) => work(),
});
const orders = [{ do: 'place', probe: { id: 'p-1', copies: [] }, secretNames: [] }];

function begin(code: EngineCode | undefined): void {
  Atomics.wait(pause, 0, 0, 20);
  if (code) engine.load(code);
  // The runner keeps it until it has rehearsed; by then this process has ended.
  timed(() => engine.take(orders as unknown as Parameters<EngineAtHand['take']>[0]));
  let seen = -1;
  const look = (): void => {
    if (seen === steps.length) {
      console.log(JSON.stringify(steps));
      process.exit();
    }
    seen = steps.length;
    setImmediate(look);
  };
  setImmediate(() => setImmediate(look));
}

if (way === 'from-thread') {
  const compile = `const { parentPort, workerData } = require('node:worker_threads');
    parentPort.postMessage(require(workerData.thread).engineCode(workerData.folder));`;
  const worker = new Worker(compile, {
    eval: true,
    execArgv: [],
    workerData: { thread: join(sensorFolder, 'probes-thread.cjs'), folder: sensorFolder },
  });
  worker.once('message', (code: EngineCode) => begin(code));
} else begin(undefined);
