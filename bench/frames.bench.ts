/**
 * What it costs to learn who asks: one capture of a stack as slots of functions, by the frames looked at, and beside it
 * the query itself on `node:sqlite`, the text of a stack, and `util.getCallSites`.
 *
 *     npm run bench -- frames [--rounds 9] [--json FILE]
 */
import { DatabaseSync } from 'node:sqlite';
import { getCallSites } from 'node:util';
import { runInThisContext } from 'node:vm';
import { Frames } from '@runlens/sensor/runtime/frames';
import { installRuntime } from '@runlens/sensor/runtime/install';
import { transform } from '@runlens/sensor/transform/transform';
import { readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { spread } from './frame/statistics.ts';
import { spreadText, table } from './frame/table.ts';

const path = '/frames-bench.cjs';
/** Ten functions of the service's own under the query, and as many around them that are not. */
const depth = 10;
const turns = 20_000;
const source =
  '(function enter(left, work) { return left === 0 ? work() : [left].map(() => enter(left - 1, work))[0]; })';

const options = readOptions();
const rounds = options.rounds ?? 9;
const report = new Report('frames', options);
const runtime = installRuntime();
const planned = transform(source, { filename: path, sourceType: 'commonjs', language: 'javascript', firstSlot: 0 });
runtime.reserve(planned.functions.length);
const frames = new Frames({ isFirstParty: (file) => file === path });
frames.add({
  path,
  firstSlot: 0,
  functions: planned.functions,
  shifts: Int32Array.from(planned.insertions.flatMap(({ offset, length }) => [offset, length])),
});
// The one expression of the source above.
const enter = runInThisContext(planned.code, { filename: path }) as (left: number, work: () => number) => number;
const statement = new DatabaseSync(':memory:').prepare('SELECT 1 AS one');

function capture(limit: number): () => number {
  const captured = (): number => frames.capture(captured, limit).length;
  return captured;
}
const ways: readonly (readonly [string, () => number])[] = [
  ['nothing', () => 1],
  ['a query: SELECT 1', () => (statement.get() ? 1 : 0)],
  ['capture, 4 frames', capture(4)],
  ['capture, 12 frames', capture(12)],
  ['capture, 64 frames', capture(64)],
  ['text of a stack, 12 frames', textOfStack],
  ['util.getCallSites, 12 frames', () => getCallSites(12).length],
];

function textOfStack(): number {
  Error.stackTraceLimit = 12;
  return (new Error('x').stack ?? '').length;
}

const samples = new Map<string, number[]>(ways.map(([name]) => [name, []]));
for (let round = -1; round < rounds; round += 1) {
  for (const [name, work] of ways) {
    const start = performance.now();
    for (let turn = 0; turn < turns; turn += 1) enter(depth, work);
    // The first round warms up.
    if (round >= 0) samples.get(name)?.push(((performance.now() - start) / turns) * 1_000);
  }
}
const floor = spread(samples.get('nothing') ?? []).median;
const rows = ways.slice(1).map(([name]) => {
  const own = (samples.get(name) ?? []).map((microseconds) => microseconds - floor);
  report.keep(name, own);
  return [name, spreadText(spread(own), 'µs')];
});
report.say(table(['what', 'each'], rows));
