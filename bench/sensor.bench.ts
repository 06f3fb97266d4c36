/**
 * What the sensor costs: in services on fastify and on express under load, and in programs that do nothing but
 * compute, with every function of theirs measured. Each as a ratio to the same run without it, beside the floor (a bare
 * counter in each function), beside peers, and beside a second plain run, which says how much of a difference is
 * noise. The sensor exports to a real collector all the while.
 *
 *     npm run bench -- sensor [--only fastify,tsc] [--ways "plain again,sensor"] [--rounds 11] [--seconds 180] [--json FILE]
 *
 * `--ways` takes names of bench/sensor/ways.ts, or `all`; without it those that are not slow.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureNode } from '../scripts/toolchain.mjs';
import { type RunningCollector, runCollector } from './frame/collector.ts';
import { compilePrograms } from './frame/compile.ts';
import { arrivedAt } from './frame/measured.ts';
import { isWanted, readOptions } from './frame/options.ts';
import { pinSelf } from './frame/pinning.ts';
import { repository } from './frame/places.ts';
import { Report } from './frame/report.ts';
import { estimate, estimateOfRatios, median, spread } from './frame/statistics.ts';
import { aimTextOf, estimateText, spreadText, table } from './frame/table.ts';
import { measureProgram, type ProgramCase, type ProgramSample } from './sensor/programs.ts';
import { measureService, type PairSample, type ServiceCase, serviceName } from './sensor/services.ts';
import { chooseWays, isSlow, type WayName } from './sensor/ways.ts';
import { basketRequests, orderRequests } from './services/requests.ts';

const aims = {
  service: { fastify: 1.03, express: 1.02 },
  p99: 1.05,
  program: { acorn: 1.15, 'markdown-it': 1.05, marked: 1.05, prettier: 1.1, tsc: 1.15 },
};
/** Of each service and program: fewer are measured only where something is wrong. */
const leastFunctions = 30;
const defaults = { starts: 15, programRounds: 7, seconds: 180 };

const options = readOptions();
const ways = chooseWays(options.ways);
const report = new Report('sensor', options);
await compilePrograms();
pinSelf();
const collector = await runCollector();
const checkout = { what: 'checkout of 10 lines', requests: basketRequests() };
const orders = { what: 'orders of 6 lines', requests: orderRequests(6) };
try {
  for (const { service, major, load, rhythm } of [
    { service: 'express', major: 24, load: checkout, rhythm: 'steady' },
    { service: 'fastify', major: 24, load: checkout, rhythm: 'steady' },
    { service: 'fastify', major: 20, load: checkout, rhythm: 'steady' },
    { service: 'fastify', major: 22, load: checkout, rhythm: 'steady' },
    { service: 'fastify', major: 24, load: orders, rhythm: 'steady' },
    { service: 'express', major: 24, load: orders, rhythm: 'steady' },
    { service: 'fastify', major: 24, load: orders, rhythm: 'bursts' },
  ] as const) {
    const title = `${service} on Node ${major}: ${load.what}${rhythm === 'bursts' ? ' in bursts' : ''}`;
    if (!isWanted(options, title)) continue;
    await benchService({
      title,
      service,
      requests: load.requests,
      rhythm,
      node: ensureNode(major, (line) => report.say(line)),
      collectorUrl: collector.url,
      ways,
      rounds: options.rounds ?? defaults.starts,
      seconds: options.seconds ?? defaults.seconds,
    });
  }
  for (const { name, major, ...what } of [
    {
      name: 'acorn',
      major: 24,
      arguments: ['120', acornFile()],
      slowArguments: ['2', acornFile()],
      include: ['node_modules/acorn/dist/'],
    },
    {
      name: 'markdown-it',
      major: 24,
      arguments: ['60', ...markdownFiles()],
      slowArguments: ['2', ...markdownFiles()],
      include: ['markdown-it', 'entities', 'linkify-it', 'mdurl', 'punycode.js', 'uc.micro'].map(
        (each) => `node_modules/${each}/`,
      ),
    },
    {
      name: 'marked',
      major: 24,
      arguments: ['60', ...markdownFiles()],
      slowArguments: ['2', ...markdownFiles()],
      // Whole: a source map says that what is in lib/ comes from src/.
      include: ['node_modules/marked/'],
    },
    {
      name: 'prettier',
      major: 24,
      arguments: formatterInput(),
      slowArguments: formatterInput().slice(0, 5),
      include: ['node_modules/prettier/standalone.js', 'node_modules/prettier/plugins/'],
    },
    { name: 'tsc', major: 24, arguments: compilerInput(), include: ['node_modules/typescript-5/lib/typescript.js'] },
    { name: 'tsc', major: 20, arguments: compilerInput(), include: ['node_modules/typescript-5/lib/typescript.js'] },
  ] as const) {
    const title = `${name} on Node ${major}`;
    if (!isWanted(options, title)) continue;
    await benchProgram(title, {
      ...what,
      slowArguments: 'slowArguments' in what ? what.slowArguments : what.arguments,
      name,
      node: ensureNode(major, (line) => report.say(line)),
      collectorUrl: collector.url,
      ways,
      rounds: options.rounds ?? defaults.programRounds,
      seconds: options.seconds ?? defaults.seconds,
    });
  }
} finally {
  await collector.stop();
}

async function benchService(how: ServiceCase): Promise<void> {
  const { samples, sensorRequests } = await measureService(how);
  // Beside a slow way the plain service, too, gets so few requests that it is not yet warm.
  const all = [...samples].flatMap(([name, pairs]) => (isSlow(name) && samples.size > 1 ? [] : pairs));
  const plain = spread(all.map(({ plainMicroseconds }) => plainMicroseconds));
  const plainP99 = spread(all.flatMap(({ p99 }) => p99?.plain ?? []));
  const rows = [...samples].map(([name, pairs]) => serviceRow(how, name, pairs));
  report.say(`${how.title}: processes started anew: ${startsText(samples)}\n`);
  report.say(
    table(
      ['way', 'CPU a request', 'to plain (95 % interval)', 'aim', 'p99 of latency', 'to plain (95 % interval)', 'aim'],
      [['plain', spreadText(plain, 'µs'), '1', '', p99Text(plainP99), '', ''], ...rows],
    ),
  );
  if (samples.has('sensor')) await sayArrived(collector, serviceName(how), sensorRequests);
  report.keep(how.title, Object.fromEntries(samples));
}

function startsText(samples: ReadonlyMap<WayName, readonly PairSample[]>): string {
  return [...samples].map(([name, { length }]) => `${name} ${length} times`).join(', ');
}

function serviceRow({ service }: ServiceCase, name: WayName, pairs: readonly PairSample[]): readonly string[] {
  const ratio = estimate(pairs.map(({ microseconds, plainMicroseconds }) => microseconds / plainMicroseconds));
  const p99s = pairs.flatMap(({ p99 }) => p99 ?? []);
  const p99Ratio = estimate(p99s.map(({ own, plain }) => own / plain));
  return [
    name,
    spreadText(spread(pairs.map(({ microseconds }) => microseconds)), 'µs'),
    estimateText(ratio),
    name === 'sensor' ? aimTextOf(ratio, aims.service[service]) : '',
    p99Text(spread(p99s.map(({ own }) => own))),
    p99s.length > 0 ? estimateText(p99Ratio) : '',
    name === 'sensor' && p99s.length > 0 ? aimTextOf(p99Ratio, aims.p99) : '',
  ];
}

function p99Text(values: ReturnType<typeof spread>): string {
  return values.count === 0 ? '' : spreadText(values, 'ms', 1, 2);
}

async function benchProgram(title: string, how: ProgramCase): Promise<void> {
  const { samples, slow, failures } = await measureProgram(how);
  const plain = samples.get('plain') ?? [];
  const rows = [
    ...[...samples].map(([name, own]) => programRow(how, name, own, plain)),
    ...slow.map(({ way, samples: both }) => programRow(how, way, both.get(way) ?? [], both.get('plain') ?? [])),
  ];
  report.say(`${title}: ${plain.length} rounds\n`);
  report.say(table(['way', 'CPU of the work', 'to plain (95 % interval)', 'aim', 'loading', 'whole process'], rows));
  for (const [way, reason] of failures) report.say(`\n${way}: no figures. ${reason}`);
  if (samples.has('sensor')) await sayArrived(collector, `bench-${how.name}`);
  report.keep(title, { ...Object.fromEntries(samples), slow, failures: Object.fromEntries(failures) });
}

function programRow(
  { name: program }: ProgramCase,
  name: string,
  own: readonly ProgramSample[],
  plain: readonly ProgramSample[],
): readonly string[] {
  const of = (part: keyof ProgramSample) =>
    [own.map((sample) => sample[part]), plain.map((sample) => sample[part])] as const;
  const work = estimateOfRatios(...of('work'));
  return [
    name,
    spreadText(spread(of('work')[0]), 's', 1, 2),
    name === 'plain' ? '1' : estimateText(work),
    name === 'sensor' ? aimTextOf(work, aims.program[program]) : '',
    `${median(of('load')[0]).toFixed(2)} s`,
    name === 'plain' ? '1' : `${estimateOfRatios(...of('whole')).median.toFixed(2)}×`,
  ];
}

async function sayArrived(from: RunningCollector, service: string, requests?: number): Promise<void> {
  const { functions, calls } = await arrivedAt(from, service);
  if (calls === 0 || functions < leastFunctions) {
    throw new Error(`${functions} functions of ${service} arrived at the collector: the sensor was not at work`);
  }
  const each = requests === undefined ? '' : `, ${Math.round(calls / requests)} a request`;
  report.say(`\nAt the collector: ${functions} functions, ${calls.toLocaleString('en')} calls${each}.\n`);
}

/** The sources of the collector and of what it imports: some 200 files with their packages' types. */
function compilerInput(): readonly string[] {
  return [join(repository, 'collector', 'index.ts'), join(repository, 'collector', 'main.ts')];
}

/** The code of a package as people wrote it: about 60 files. */
function formatterInput(): readonly string[] {
  return ['fastify/lib', 'express/lib', 'mocha/lib'].flatMap((path) => filesOf(path, '.js'));
}

/** The manual of fastify. */
function markdownFiles(): readonly string[] {
  return filesOf('fastify/docs', '.md');
}

/** 250 kB of JavaScript as a bundler leaves it. */
function acornFile(): string {
  return join(repository, 'node_modules', 'acorn', 'dist', 'acorn.js');
}

function filesOf(path: string, ending: string): readonly string[] {
  const folder = join(repository, 'node_modules', path);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => join(folder, file));
}
