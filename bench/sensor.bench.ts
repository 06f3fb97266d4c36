/**
 * What the sensor costs: in a service on fastify and on express under load, and in programs that do nothing but
 * compute, tsc and prettier, with every function of theirs measured. Each as a ratio to the same run without it, beside
 * istanbul's counters, and beside a second plain run, which says how much of a difference is noise. The sensor exports
 * to a real collector all the while.
 *
 *     npm run bench -- sensor [--only fastify,tsc] [--rounds 11] [--json FILE]
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
import { ratios, spread } from './frame/statistics.ts';
import { aimText, ratioText, spreadText, table } from './frame/table.ts';
import { measureProgram, type ProgramCase } from './sensor/programs.ts';
import { measureService, type ServiceCase, serviceName } from './sensor/services.ts';

const aims = { service: 1.05, tsc: 1.4 };

const options = readOptions();
const report = new Report('sensor', options);
await compilePrograms();
pinSelf();
const collector = await runCollector();
try {
  for (const { service, major, lines } of [
    { service: 'fastify', major: 24, lines: 6 },
    { service: 'express', major: 24, lines: 6 },
    { service: 'fastify', major: 20, lines: 6 },
    { service: 'fastify', major: 22, lines: 6 },
    { service: 'fastify', major: 24, lines: 12 },
  ] as const) {
    const name = `${service} on Node ${major}, orders of ${lines} lines`;
    if (!isWanted(options, name)) continue;
    await benchService(name, {
      service,
      lines,
      node: ensureNode(major, (line) => report.say(line)),
      collectorUrl: collector.url,
      rounds: options.rounds ?? 11,
      seconds: 240,
    });
  }
  for (const { name, major, files, include } of [
    { name: 'tsc', major: 24, files: compilerInput(), include: ['node_modules/typescript-5/lib/typescript.js'] },
    { name: 'tsc', major: 20, files: compilerInput(), include: ['node_modules/typescript-5/lib/typescript.js'] },
    {
      name: 'prettier',
      major: 24,
      files: formatterInput(),
      include: ['node_modules/prettier/standalone.js', 'node_modules/prettier/plugins/'],
    },
  ] as const) {
    const title = `${name} on Node ${major}`;
    if (!isWanted(options, title)) continue;
    await benchProgram(title, {
      name,
      node: ensureNode(major, (line) => report.say(line)),
      arguments: files,
      include,
      collectorUrl: collector.url,
      rounds: options.rounds ?? 7,
      seconds: 400,
    });
  }
} finally {
  await collector.stop();
}

async function benchService(title: string, how: ServiceCase): Promise<void> {
  const { cost, p99, requests } = await measureService(how);
  const cpu = (name: string) => (cost.get(name) ?? []).map((sample) => sample.cpuMicrosecondsPerRequest);
  const rows = [...cost.keys()].map((name) => {
    const ratio = ratios(cpu(name), cpu('plain'));
    return [
      name,
      spreadText(spread(cpu(name)), 'µs'),
      name === 'plain' ? '1' : ratioText(ratio),
      spreadText(spread(p99.get(name) ?? []), 'ms', 1, 2),
      name === 'sensor' ? aimText(ratio.median, aims.service, '×') : '',
    ];
  });
  report.say(`${title}: ${cpu('plain').length} rounds\n`);
  report.say(table(['way', 'CPU a request', 'ratio to plain', 'p99 at a steady rate', 'aim'], rows));
  await sayArrived(collector, serviceName(how), requests);
  report.keep(title, { cost: Object.fromEntries(cost), p99: Object.fromEntries(p99) });
}

async function benchProgram(title: string, how: ProgramCase): Promise<void> {
  const samples = await measureProgram(how);
  const of = (name: string, part: 'work' | 'load' | 'whole') => (samples.get(name) ?? []).map((sample) => sample[part]);
  const rows = [...samples.keys()].map((name) => {
    const work = ratios(of(name, 'work'), of('plain', 'work'));
    const [load, whole] = [spread(of(name, 'load')), ratios(of(name, 'whole'), of('plain', 'whole'))];
    const aimed = name === 'sensor' && how.name === 'tsc';
    return [
      name,
      spreadText(spread(of(name, 'work')), 's', 1, 2),
      name === 'plain' ? '1' : ratioText(work),
      `${load.median.toFixed(2)} s`,
      name === 'plain' ? '1' : ratioText(whole),
      aimed ? aimText(work.median, aims.tsc, '×') : '',
    ];
  });
  report.say(`${title}: ${of('plain', 'work').length} rounds\n`);
  report.say(table(['way', 'CPU of the work', 'ratio to plain', 'loading', 'whole process', 'aim'], rows));
  await sayArrived(collector, `bench-${how.name}`);
  report.keep(title, Object.fromEntries(samples));
}

async function sayArrived(from: RunningCollector, service: string, requests?: number): Promise<void> {
  const { functions, calls } = await arrivedAt(from, service);
  if (calls === 0) throw new Error(`nothing of ${service} arrived at the collector: the sensor was not at work`);
  const each = requests === undefined ? '' : `, ${Math.round(calls / requests)} a request`;
  report.say(`\nAt the collector: ${functions} functions, ${calls.toLocaleString('en')} calls${each}.\n`);
}

/** The sources of the collector and of what it imports: some 200 files with their packages' types. */
function compilerInput(): readonly string[] {
  return [join(repository, 'collector', 'index.ts'), join(repository, 'collector', 'main.ts')];
}

/** The code of a package as people wrote it: about 60 files. */
function formatterInput(): readonly string[] {
  const folders = ['fastify/lib', 'express/lib', 'mocha/lib'].map((path) => join(repository, 'node_modules', path));
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.js'))
      .sort()
      .map((file) => join(folder, file)),
  );
}
