/**
 * What an open function costs: a call, and a statement in a loop, closed, open with all gates off, and with one gate
 * that is on and does nothing. What closed functions cost is told by `sensor.bench.ts --ways "sensor,sensor without
 * probes"`.
 *
 * And what a hit of each kind of probe takes from the function that it is in.
 *
 *     npm run bench -- probes [--rounds 9] [--only TEXT] [--json FILE]
 */
import { runInThisContext } from 'node:vm';
import { installRuntime } from '@runlens/sensor/runtime/install';
import { type MeasuredFunction, transform } from '@runlens/sensor/transform/transform';
import { isWanted, readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { quantile, spread } from './frame/statistics.ts';
import { aimText, spreadText, table } from './frame/table.ts';
import { armingSteps, armingWays } from './probes/arming.ts';
import {
  nanosecondsPerCall,
  placeProbes,
  snapshotProbes,
  snapshotStalls,
  snapshotWays,
  stalls,
  ways,
} from './probes/hits.ts';
import { measurePlacing } from './probes/placing.ts';

const turns = 300_000;
const source = `({
  call(a, b) { const sum = a + b; let all = sum * 2; all += a; if (all > 5) { all -= 1; } return all; },
  loop(count) { let sum = 0; for (let i = 0; i < count; i++) { sum += i & 3; sum ^= i; sum += 1; } return sum; },
})`;
/** Of `loop`: those in each turn. */
const statementsInLoop = 3;

interface Program {
  readonly call: (a: number, b: number) => number;
  readonly loop: (count: number) => number;
}

const options = readOptions();
const report = new Report('probes', options);
const runtime = installRuntime();
const states = ['written', 'closed', 'open, all gates off', 'open, one gate on'] as const;
runtime.onGate(() => {});

/** A copy of the program for each state: what V8 learns of one must not change another. */
function programIn(state: (typeof states)[number]): Program {
  // The expression above.
  if (state === 'written') return runInThisContext(source) as Program;
  const planned = transform(source, {
    filename: 'probes-bench.cjs',
    sourceType: 'commonjs',
    language: 'javascript',
    firstSlot: runtime.reserved,
  });
  runtime.reserve(planned.functions.length);
  for (const fn of state === 'closed' ? [] : planned.functions) open(fn, state === 'open, one gate on');
  return runInThisContext(planned.code) as Program;
}

function open({ slot, noTwin, name }: MeasuredFunction, isOn: boolean): void {
  const gates = noTwin === undefined ? runtime.open(slot, 20) : undefined;
  if (!gates) throw new Error(`${name} cannot be opened`);
  // The second statement, which is in no loop.
  if (isOn) gates[4] = 1;
}

/** Nanoseconds a turn. */
function measure(work: (turn: number) => number, count: number): number {
  let result = 0;
  const from = process.hrtime.bigint();
  for (let turn = 0; turn < count; turn += 1) result += work(turn);
  const nanoseconds = Number(process.hrtime.bigint() - from);
  if (Number.isNaN(result)) throw new Error('the program came to no number');
  return nanoseconds / count;
}

const rounds = (options.rounds ?? 9) + 1;
const programs = states.map((state) => ({
  state,
  program: programIn(state),
  call: [] as number[],
  loop: [] as number[],
}));
for (let round = 0; round < rounds; round += 1) {
  for (const { program, call, loop } of programs) {
    const oneCall = measure((turn) => program.call(turn, 3), turns);
    const oneTurn = measure(() => program.loop(turns), 1) / turns;
    // The first round warms up.
    if (round === 0) continue;
    call.push(oneCall);
    loop.push(oneTurn);
  }
}
report.say(
  table(
    ['function', 'a call of five statements', `a turn of a loop of ${statementsInLoop} statements`],
    programs.map(({ state, call, loop }) => [
      state,
      spreadText(spread(call), 'ns', 1, 1),
      spreadText(spread(loop), 'ns', 1, 2),
    ]),
  ),
);
report.keep('probes', Object.fromEntries(programs.map(({ state, call, loop }) => [state, { call, loop }])));

/** Whatever they cost, they do not pause: it is measured what they cost. */
const anyShare = 1_000_000;
const hitCalls = 100_000;
const toldCalls = 10_000;
const hits = ways
  .filter(([name]) => isWanted(options, name))
  .map(([name, requests, rate = null]) => ({
    name,
    requests,
    rate,
    perCall: [] as number[],
    p50: [] as number[],
    p99: [] as number[],
    max: [] as number[],
  }));
const hitRounds = Math.min(rounds, 6);
for (let round = 0; round < hitRounds; round += 1) {
  for (const { name, requests, rate, perCall, p50, p99, max } of hits) {
    const placed = await placeProbes(runtime, requests, rate, anyShare);
    const calls = name.endsWith('each hit told') ? toldCalls : hitCalls;
    nanosecondsPerCall(placed, calls);
    const each = nanosecondsPerCall(placed, calls);
    // What was handed over is taken by another thread in a service; here it must not pile up.
    await new Promise((resolve) => setImmediate(resolve));
    const all = stalls(placed, toldCalls, 500, 1);
    await new Promise((resolve) => setImmediate(resolve));
    placed.close();
    // The first round warms up.
    if (round === 0) continue;
    perCall.push(each);
    p50.push(all[all.length >> 1] ?? Number.NaN);
    p99.push(all[Math.floor(all.length * 0.99)] ?? Number.NaN);
    max.push(all.at(-1) ?? Number.NaN);
  }
}
if (hits.length > 0) {
  report.say(
    table(
      ['probe on a line that each call reaches', 'a call, in a row', 'one call p50', 'p99', 'longest'],
      hits.map(({ name, perCall, p50, p99, max }) => [
        name,
        spreadText(spread(perCall), 'ns', 1, 0),
        spreadText(spread(p50), 'µs', 1, 2),
        spreadText(spread(p99), 'µs', 1, 2),
        spreadText(spread(max), 'µs', 1, 0),
      ]),
    ),
  );
}
report.keep('hits', Object.fromEntries(hits.map(({ name, ...all }) => [name, all])));

/** Snapshots are at most 25 a second. */
const snapshotHits = 200;
const snapshotPause = 45;
const aimOfSnapshot = 300;
const snapshots = snapshotWays
  .filter(([name]) => isWanted(options, name))
  .map(([name, works]) => ({ name, works, line: [] as number[][], later: [] as number[][] }));
for (let round = 0; round < Math.min(rounds, 4); round += 1) {
  for (const { works, line, later } of snapshots) {
    const placed = await placeProbes(runtime, snapshotProbes, 1e6, anyShare);
    const taken = await snapshotStalls(placed, snapshotHits, snapshotPause, works);
    placed.close();
    if (round === 0) continue;
    line.push([...taken.line]);
    later.push([...taken.later]);
  }
}
if (snapshots.length > 0) {
  const of = (rows: readonly number[][], q: number) => rows.map((row) => quantile(row, q));
  report.say(
    table(
      ['snapshot, what it stops the thread for', 'p50', 'p99', 'longest', 'aim of p99'],
      snapshots.flatMap(({ name, line, later }) =>
        Object.entries({ 'at the line': line, 'in the turn after it': later }).map(([part, rows]) => [
          `${name}, ${part}`,
          spreadText(spread(of(rows, 0.5)), 'µs', 1, 0),
          spreadText(spread(of(rows, 0.99)), 'µs', 1, 0),
          spreadText(spread(of(rows, 1)), 'µs', 1, 0),
          aimText(quantile(of(rows, 0.99), 0.5), aimOfSnapshot, ' µs'),
        ]),
      ),
    ),
  );
  report.keep('snapshots', snapshots);
}

const armingTrials = 15;
const aimOfStep = 1;
if (isWanted(options, 'arming')) {
  const all = armingWays.map((way) => ({ way, longest: [] as number[], second: [] as number[], sum: [] as number[] }));
  for (let trial = 0; trial < armingTrials; trial += 1) {
    for (const { way, longest, second, sum } of all) {
      const steps = armingSteps(way).toSorted((one, other) => other - one);
      longest.push(steps[0] ?? Number.NaN);
      second.push(steps[1] ?? Number.NaN);
      sum.push(steps.reduce((before, step) => before + step, 0));
    }
  }
  report.say(
    table(
      ['the first probe of a process', 'longest step', 'second', 'all steps', 'aim of the longest'],
      all.map(({ way, longest, second, sum }) => [
        way,
        spreadText(spread(longest), 'ms', 1, 2),
        spreadText(spread(second), 'ms', 1, 2),
        spreadText(spread(sum), 'ms', 1, 1),
        aimText(quantile(longest, 0.5), aimOfStep, ' ms'),
      ]),
    ),
  );
  report.keep('arming', all);
}

const aimMilliseconds = 300;
const aimOfCapture = 500;
const trials = 20;
if (isWanted(options, 'placing')) {
  const { armed, captured } = await measurePlacing(trials);
  const row = (name: string, values: readonly number[], aim: string): readonly string[] => [
    name,
    ...[0, 0.5, 0.95, 1].map((q) => `${quantile(values, q).toFixed(0)} ms`),
    aim,
  ];
  report.say(
    table(
      [`placing, ${trials} times`, 'least', 'p50', 'p95', 'most', 'aim'],
      [
        row(
          'from the request that places it to armed',
          armed,
          aimText(quantile(armed, 0.95), aimMilliseconds, ' ms at p95'),
        ),
        row(
          'from the call of the service to the capture that an editor is told of',
          captured,
          aimText(quantile(captured, 0.95), aimOfCapture, ' ms at p95'),
        ),
      ],
    ),
  );
  report.keep('placing', { armed, captured });
}
