/**
 * What an open function costs: a call, and a statement in a loop, closed, open with all gates off, and with one gate
 * that is on and does nothing. What closed functions cost is told by `sensor.bench.ts --ways "sensor,sensor without
 * probes"`.
 *
 *     npm run bench -- probes [--rounds 9] [--json FILE]
 */
import { runInThisContext } from 'node:vm';
import { installRuntime } from '@runlens/sensor/runtime/install';
import { type MeasuredFunction, transform } from '@runlens/sensor/transform/transform';
import { readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { spread } from './frame/statistics.ts';
import { spreadText, table } from './frame/table.ts';

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
