/**
 * A service of 20,000 functions and a collector that is gone half of the time, in each way there is: whether each call
 * arrives once, whether memory stays, and how long the event loop stops beside the same service without the sensor.
 *
 *     npm run bench -- soak [--seconds 720] [--json FILE]
 */
import type { SoakLook } from '@runlens/test/soak/program';
import { growthPerHour, type SoakOptions, type SoakResult, soak } from '@runlens/test/soak/soak';
import { readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { median } from './frame/statistics.ts';
import { table } from './frame/table.ts';

const usualSeconds = 140;
const phaseSeconds = 10;
/** Of the whole: until then caches fill, what is kept of each function too, and the queue gets its size for the first time. */
const warmUp = 0.5;
const flushSeconds = 0.5;
/** What a program exports by default. */
const usualFlushSeconds = 10;
/** The line through the looks may rise by so much in an hour before it is called a leak, in MB. */
const bounds = { heap: 10, residentSet: 60 };
const megabyte = 1e6;

const options = readOptions();
const report = new Report('soak', options);
const seconds = options.seconds ?? usualSeconds;
const measured: SoakOptions = {
  node: 24,
  functions: 20_000,
  callsPerTurn: 250,
  // At some 300 and 500 calls of each V8 compiles them anew: 20 MB, without the sensor too.
  warmUpRounds: 1_000,
  phaseSeconds,
  phases: Math.max(14, Math.round(seconds / phaseSeconds)),
  flushInterval: `${flushSeconds * 1_000}ms`,
  lookEverySeconds: 5,
};

const plain = await soak({ ...measured, phases: 6, isPlain: true });
const result = await soak(measured);
report.keep('soak', { plain, result });
const problems = say(plain, result);
for (const problem of problems) report.say(`\n**${problem}**`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Gives what should not be. */
function say(without: SoakResult, run: SoakResult): readonly string[] {
  const { looks, made, differences, unhandled, code, requests, again, refusedPoints, toldDropped } = run;
  const lasted = looks.at(-1)?.seconds ?? 0;
  const intervals = Math.round(lasted / flushSeconds);
  const hours = ((intervals * usualFlushSeconds) / 3_600).toFixed(1);
  report.say(
    `${lasted.toFixed(0)} s, ${intervals} intervals: as many as in ${hours} hours at the usual ${usualFlushSeconds} s. ` +
      `${made.calls} calls, ${made.errors} errors, ${made.queries} queries were made.\n`,
  );
  report.say(`Requests, by how the collector was: ${listOf(requests)}; ${again} came again after they had arrived.`);
  report.say(`Refused for good: ${refusedPoints} points; the sensor told of: ${listOf(toldDropped)}.\n`);
  const steady = looks.filter((look) => look.seconds >= warmUp * lasted);
  const growths = (['heapUsed', 'residentSet'] as const).map((what) => {
    const { perHour, doubt } = growthPerHour(steady, (look) => look[what]);
    return { what, perHour: perHour / megabyte, doubt: doubt / megabyte };
  });
  const memory = growths.map(({ what, perHour, doubt }) => [
    what === 'heapUsed' ? 'heap after garbage was collected' : 'resident set',
    ...[looks.slice(0, 3), steady.slice(0, 5), steady.slice(-5)].map((part) =>
      (median(part.map((look) => look[what])) / megabyte).toFixed(1),
    ),
    `${perHour.toFixed(1)} ± ${doubt.toFixed(1)}`,
  ]);
  report.say(table(['MB', 'at the start', 'after the warm-up', 'at the end', 'line through all, an hour'], memory));
  report.say('\nDelays of the event loop in 5 s, ms:\n');
  const delays = (name: string, of: readonly SoakLook[]) => [
    name,
    median(of.map(({ delayP99 }) => delayP99)).toFixed(1),
    Math.max(...of.map(({ delayP99 }) => delayP99)).toFixed(1),
    median(of.map(({ delayMax }) => delayMax)).toFixed(1),
    Math.max(...of.map(({ delayMax }) => delayMax)).toFixed(1),
  ];
  const head = ['', 'p99, median', 'p99, most', 'longest, median', 'longest, most'];
  report.say(table(head, [delays('plain', without.looks.slice(2)), delays('sensor', steady)]));
  const [heap, residentSet] = growths.map(({ perHour, doubt }) => perHour - doubt);
  const problems = differences.map((difference) => `Not exact: ${difference}`);
  problems.push(...unhandled.map((one) => `Unhandled: ${one}`));
  if (code !== 0) problems.push(`The service ended with ${code}.`);
  const ofRefused = Object.entries(toldDropped).filter(([reason]) => reason.startsWith('refused'));
  const told = ofRefused.reduce((sum, [, points]) => sum + points, 0);
  if (refusedPoints !== told) problems.push(`${refusedPoints} points were refused, and ${told} told.`);
  if ((heap ?? 0) > bounds.heap) problems.push(`The heap grows: more than ${bounds.heap} MB an hour.`);
  if ((residentSet ?? 0) > bounds.residentSet)
    problems.push(`Memory grows: more than ${bounds.residentSet} MB an hour.`);
  if (problems.length === 0) report.say('\nEvery call, error and query arrived exactly once, or was refused for good.');
  return problems;
}

function listOf(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return entries.length > 0 ? entries.join(', ') : 'nothing';
}
