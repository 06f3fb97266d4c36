/**
 * Acorn parses the file named on its command line, again and again, after a rest in which a signal that was sent is
 * received: with `BENCH_OFF` the program switches its sensor off by itself first.
 */
import { readInput } from './input.ts';
import { phase, tellPhases } from './phases.ts';

const acorn: typeof import('acorn') = require('acorn');
const { times, text } = readInput();
const restMilliseconds = 500;
const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, restMilliseconds));

async function run(): Promise<void> {
  const parse = (): number => acorn.parse(text, { ecmaVersion: 'latest' }).body.length;
  let sum = 0;
  for (let turn = 0; turn < Math.ceil(times / 5); turn += 1) sum += parse();
  if (process.env.BENCH_OFF === '1') process.kill(process.pid, 'SIGUSR2');
  await rest();
  const before = calls();
  phase('load');
  for (let turn = 0; turn < times; turn += 1) sum += parse();
  phase('work');
  // Nobody but the sensor writes under the symbol; without it there is nothing to count.
  const counted = calls() - before;
  phase('end');
  tellPhases(`${times} times, ${sum}`);
  console.log(JSON.stringify({ calls: counted }));
}

/** Calls that the sensor has counted until now: 0 without it, and while it is off none more. */
function calls(): number {
  const runtime: unknown = Reflect.get(globalThis, Symbol.for('runlens.sensor.runtime'));
  if (typeof runtime !== 'object' || runtime === null) return 0;
  const { reserved, callsOf } = runtime as { readonly reserved: number; callsOf(slot: number): number };
  let sum = 0;
  for (let slot = 0; slot < reserved; slot += 1) sum += callsOf(slot);
  return sum;
}

void run();
