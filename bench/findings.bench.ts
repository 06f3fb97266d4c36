/**
 * How well findings are found, and what looking for them costs.
 *
 * First: services of 20 functions and some, made with one fault each, and as many that only look like it, each as a sensor
 * would tell of it. What is found is compared with what was put in. Then: one look at a service of 20,000 functions, how
 * long it takes, how much of a core that is at one look each half minute, and for how long it holds other requests up.
 *
 *     npm run bench -- findings [--rounds 20] [--only KIND,large] [--json FILE]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { catalogLimits, defaultRetention, findingsMilliseconds } from '@runlens/collector/defaults';
import { Evaluator } from '@runlens/collector/findings/evaluator';
import { FindingBook } from '@runlens/collector/findings/finding-book';
import type { ProfileStore } from '@runlens/collector/store/profile-store';
import { SqliteStore } from '@runlens/collector/store/sqlite/sqlite-store';
import { seeded } from '@runlens/collector/testing/simulated';
import { findingKinds } from '@runlens/protocol/api/findings';
import { fillLargeService, functionCount } from './agents/large-service.ts';
import { type Case, caseOf } from './findings/cases.ts';
import { announced, minute, Simulation } from './findings/simulated-service.ts';
import { isWanted, readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { quantile } from './frame/statistics.ts';
import { aimText, table } from './frame/table.ts';

const day = 24 * 60 * minute;
const longest = 90;
const aims = { share: 0.95, milliseconds: 2_000 };
const looks = 8;
const options = readOptions();
const rounds = options.rounds ?? 20;
const report = new Report('findings', options);
const random = seeded(20_261_122);

/** Looks at all services of a store as at `now`; the book holds what was found. */
function evaluatorOf(store: ProfileStore, now: () => number): { book: FindingBook; evaluator: Evaluator } {
  const book = new FindingBook({ all: () => [], write: () => undefined });
  const evaluator = new Evaluator({
    ...{ store, book, now, milliseconds: 2 ** 30 },
    tellsDetails: () => true,
    onChange: () => undefined,
    onProblem: (error) => {
      throw error;
    },
  });
  return { book, evaluator };
}

async function found(cases: readonly Case[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-'));
  const end = Math.floor(Date.now() / minute) * minute;
  let clock = end;
  const store = new SqliteStore({ folder, now: () => clock, retention: defaultRetention, limits: catalogLimits });
  try {
    const dead = cases.flatMap(({ service: { service, dead: one } }) => (one ? [{ service, ...one }] : []));
    for (const { service, name, days } of dead.toSorted((one, other) => other.days - one.days)) {
      clock = end - days * day;
      await store.append([announced(service, 'v1', name, clock)]);
    }
    const simulation = new Simulation(random);
    for (let ago = longest - 1; ago >= 0; ago -= 1) {
      clock = end - ago * minute;
      await store.append(cases.flatMap(({ service }) => simulation.batches(service, clock, ago)));
      await store.maintain();
    }
    const { book, evaluator } = evaluatorOf(store, () => clock);
    await evaluator.evaluate();
    await evaluator.close();
    const told = new Map<string, string[]>();
    for (const { service, kind, place } of book.list({ state: 'all' })) {
      told.set(service, [...(told.get(service) ?? []), `${kind} ${place?.function ?? ''}`]);
    }
    return told;
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = findingKinds.filter((kind) => isWanted(options, kind));
if (wanted.length > 0) {
  const cases = wanted.flatMap((kind) =>
    Array.from({ length: rounds }, (_, i) => [caseOf(kind, true, i, random), caseOf(kind, false, i, random)]).flat(),
  );
  const told = await found(cases);
  const rows: string[][] = [];
  const sums = { right: 0, missed: 0, wrong: 0 };
  for (const kind of wanted) {
    const [count, wrongOnes] = [{ right: 0, missed: 0, wrong: 0 }, new Set<string>()];
    for (const { service, expected } of cases.filter((each) => each.kind === kind)) {
      const names = told.get(service.service) ?? [];
      count.right += expected.filter((name) => names.includes(name)).length;
      count.missed += expected.filter((name) => !names.includes(name)).length;
      for (const name of names.filter((each) => !expected.includes(each))) {
        count.wrong += 1;
        wrongOnes.add(name);
      }
    }
    sums.right += count.right;
    sums.missed += count.missed;
    sums.wrong += count.wrong;
    rows.push([kind, `${count.right}`, `${count.missed}`, `${count.wrong}`, [...wrongOnes].join(', ')]);
    report.keep(kind, count);
  }
  report.say(`${cases.length} services, half of them with a fault\n`);
  report.say(table(['fault', 'found', 'missed', 'wrongly told', 'which'], rows));
  const precision = sums.right / Math.max(1, sums.right + sums.wrong);
  const recall = sums.right / Math.max(1, sums.right + sums.missed);
  const met = (share: number): string =>
    `${share.toFixed(3)} (aim ≥ ${aims.share}: ${share >= aims.share ? 'met' : 'missed'})`;
  report.say(`\nprecision ${met(precision)}, recall ${met(recall)}\n`);
}

if (isWanted(options, 'large')) {
  const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-'));
  await fillLargeService(folder, random);
  let clock = Date.now();
  const store = new SqliteStore({ folder, now: () => clock, retention: defaultRetention, limits: catalogLimits });
  const { evaluator } = evaluatorOf(store, () => clock);
  const taken: { wall: number; cpu: number; held: number }[] = [];
  for (let i = 0; i < looks; i += 1) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    await evaluator.evaluate();
    const { user, system } = process.cpuUsage(cpu);
    delay.disable();
    taken.push({ wall: performance.now() - began, cpu: (user + system) / 1_000, held: delay.max / 1e6 });
    clock += findingsMilliseconds;
    // What has not changed is not looked at again.
    await store.append([{ ...announced('large', 'v2', 'another', clock), arrival: clock }]);
  }
  await evaluator.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  const [first, ...later] = taken;
  const middle = (of: 'wall' | 'cpu' | 'held') =>
    quantile(
      later.map((each) => each[of]),
      0.5,
    );
  report.say(`one look at ${functionCount.toLocaleString('en')} functions; the first one also compares two versions\n`);
  report.say(
    table(
      ['look', 'takes', 'CPU', 'of a core', 'longest hold-up', 'aim'],
      [
        [
          'first',
          `${first?.wall.toFixed(0)} ms`,
          `${first?.cpu.toFixed(0)} ms`,
          '–',
          `${first?.held.toFixed(0)} ms`,
          aimText(first?.wall ?? 0, aims.milliseconds, ' ms'),
        ],
        [
          `later (median of ${later.length})`,
          `${middle('wall').toFixed(0)} ms`,
          `${middle('cpu').toFixed(0)} ms`,
          `${((middle('cpu') / findingsMilliseconds) * 100).toFixed(1)} %`,
          `${middle('held').toFixed(0)} ms`,
          aimText(middle('wall'), aims.milliseconds, ' ms'),
        ],
      ],
    ),
  );
  report.keep('20,000 functions', taken);
}
