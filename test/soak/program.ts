/** A service that never stops calling its many functions, and counts by itself what it does. */
import type { ServiceFolder } from '../sensor/service-process.ts';

export interface SoakTraffic {
  /** A multiple of 100. */
  readonly functions: number;
  /** How many functions are called in each of about 50 turns a second, one to three times each. */
  readonly callsPerTurn: number;
  /** How often all are called before anything else, so that V8 has compiled them in all the ways it will. */
  readonly warmUpRounds: number;
}

const functionsPerFile = 100;
/** Of ten functions one is `async`. Line 1 is a directive; each takes three. */
const lineOf = (index: number): number => 2 + 3 * (index % functionsPerFile);
const fileOf = (index: number): string => `src/part-${Math.floor(index / functionsPerFile)}.cjs`;

/** As `functionKey` of the recorder. */
export function soakFunctionKey(index: number): string {
  return `${fileOf(index)}:${lineOf(index)} work${index}`;
}

function partText(file: number): string {
  const indexes = Array.from({ length: functionsPerFile }, (_, at) => file * functionsPerFile + at);
  const functions = indexes.map(
    (index) => `${index % 10 === 9 ? 'async ' : ''}function work${index}(n) {
  if (n < 0) throw new RangeError('negative');
  return (n * 3 + ${index}) % 1000; }`,
  );
  return `'use strict';\n${functions.join('\n')}\nmodule.exports = [${indexes.map((index) => `work${index}`).join(', ')}];\n`;
}

/** What the program answers to `look`. Bytes; delays of the event loop in milliseconds since the look before. */
export interface SoakLook {
  readonly heapUsed: number;
  readonly residentSet: number;
  readonly delayP99: number;
  readonly delayMax: number;
}

/** What the program answers to `stop`: by function, by its number. */
export interface SoakCounts {
  readonly calls: readonly number[];
  readonly errors: readonly number[];
  readonly queries: number;
  readonly unhandled: readonly string[];
}

/** Each turn takes a few milliseconds at most, so that the delays of the event loop are those of somebody else. */
const main = ({ functions, callsPerTurn, warmUpRounds }: SoakTraffic) => `'use strict';
const { DatabaseSync } = require('node:sqlite');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const work = [];
for (let file = 0; file < ${functions / functionsPerFile}; file += 1) work.push(...require('./src/part-' + file + '.cjs'));
const calls = new Array(work.length).fill(0);
const errors = new Array(work.length).fill(0);
const unhandled = [];
const database = new DatabaseSync(':memory:');
database.exec('CREATE TABLE stock (id INTEGER)');
const statement = database.prepare('SELECT id FROM stock WHERE id = ?');
let queries = 1;
function stockOf(id) { queries += 1; return statement.get(id); }
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
for (const event of ['unhandledRejection', 'warning']) process.on(event, (what) => unhandled.push(event + ': ' + what));
let cursor = 0;
let pending = 0;
function callMany(count) {
  for (let i = 0; i < count; i += 1) {
    const index = cursor % work.length;
    const wrong = cursor % 97 === 0;
    cursor += 1;
    for (let times = index % 3; times >= 0; times -= 1) {
      calls[index] += 1;
      try {
        const result = work[index](wrong ? -1 : times);
        if (typeof result === 'number') continue;
        pending += 1;
        result.then(() => { pending -= 1; }, () => { pending -= 1; errors[index] += 1; });
      } catch { errors[index] += 1; }
    }
  }
}
function turn() {
  callMany(${callsPerTurn});
  for (let i = 0; i < 5; i += 1) stockOf(i);
}
let timer;
function warmUp(rounds) {
  if (rounds > 0) {
    callMany(work.length);
    setImmediate(warmUp, rounds - 1);
    return;
  }
  timer = setInterval(turn, 20);
  process.send('ready');
}
process.on('message', (what) => {
  if (what === 'stop') {
    clearInterval(timer);
    delay.disable();
    const tell = () => (pending > 0 ? setImmediate(tell) : process.send({ calls, errors, queries, unhandled }));
    tell();
  } else if (what === 'look') {
    const loop = { delayP99: delay.percentile(99) / 1e6, delayMax: delay.max / 1e6 };
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, rss } = process.memoryUsage();
    process.send({ heapUsed, residentSet: rss, ...loop });
    // Later: the collections themselves are no delay of the service's.
    setTimeout(() => delay.reset(), 50);
  } else {
    process.disconnect();
  }
});
warmUp(${warmUpRounds});
`;

export async function writeSoakProgram(folder: ServiceFolder, traffic: SoakTraffic): Promise<void> {
  const files: Record<string, string> = { 'soak.cjs': main(traffic) };
  for (let file = 0; file < traffic.functions / functionsPerFile; file += 1) {
    files[`src/part-${file}.cjs`] = partText(file);
  }
  await folder.write(files);
}
