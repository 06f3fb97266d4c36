/**
 * What the sensor costs a start: of a generated service of 50,000 lines, and of real packages, until all is loaded.
 * The first start has to parse every file; the next ones find what the first has kept.
 *
 *     npm run bench -- startup [--only compiler] [--rounds 11] [--json FILE]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWanted, readOptions } from './frame/options.ts';
import { pinSelf } from './frame/pinning.ts';
import { repository } from './frame/places.ts';
import { Report } from './frame/report.ts';
import { ratios, spread } from './frame/statistics.ts';
import { aimText, ratioText, spreadText, table } from './frame/table.ts';
import { generateService } from './startup/generated-service.ts';
import { measureStarts, type StartCase, type StartSample, type Way } from './startup/starts.ts';

const aims = { service: 1.05 };
const serviceLines = 50_000;

const options = readOptions();
const report = new Report('startup', options);
pinSelf();
const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-service-'));
const { resolve } = createRequire(import.meta.url);
try {
  await bench(`a service of ${serviceLines.toLocaleString('en')} lines`, aims.service, {
    entry: generateService(folder, serviceLines),
    root: folder,
    include: [],
  });
  await bench('the TypeScript compiler, one file of 9 MB', undefined, {
    entry: loading('compiler', 'typescript-5'),
    root: repository,
    include: ['node_modules/typescript-5/lib/typescript.js'],
  });
  await bench('fastify with all of its packages', undefined, {
    entry: loading('fastify', 'fastify'),
    root: repository,
    include: ['node_modules/**'],
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A program that only loads a package; its outcome is what that exports. */
function loading(name: string, packageName: string): string {
  const entry = join(folder, `${name}.cjs`);
  const load = `const loaded = require(${JSON.stringify(resolve(packageName))});`;
  writeFileSync(entry, `${load}\nrequire(process.argv[2])(Object.keys(loaded).length);\n`);
  return entry;
}

async function bench(
  title: string,
  aim: number | undefined,
  how: Pick<StartCase, 'entry' | 'root' | 'include'>,
): Promise<void> {
  if (!isWanted(options, title)) return;
  const samples = await measureStarts({ ...how, rounds: options.rounds ?? 11, seconds: 240 });
  const of = (way: Way, part: keyof StartSample) => (samples.get(way) ?? []).map((sample) => sample[part]);
  const rows = [...samples.keys()].map((way) => {
    const cpu = ratios(of(way, 'cpuMilliseconds'), of('plain', 'cpuMilliseconds'));
    const wall = ratios(of(way, 'wallMilliseconds'), of('plain', 'wallMilliseconds'));
    return [
      way,
      spreadText(spread(of(way, 'cpuMilliseconds')), 'ms', 1, 0),
      way === 'plain' ? '1' : ratioText(cpu),
      spreadText(spread(of(way, 'wallMilliseconds')), 'ms', 1, 0),
      way === 'plain' ? '1' : ratioText(wall),
      `${spread(of(way, 'megabytes')).median.toFixed(0)} MB`,
      way === 'next start' && aim !== undefined ? aimText(cpu.median, aim, '×') : '',
    ];
  });
  report.say(`${title}: ${of('plain', 'wallMilliseconds').length} rounds\n`);
  report.say(table(['start', 'CPU', 'ratio to plain', 'time', 'ratio to plain', 'memory', 'aim of CPU'], rows));
  report.say('');
  report.keep(title, Object.fromEntries(samples));
}
