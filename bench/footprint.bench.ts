/**
 * What the sensor takes besides CPU time, at 20,000 functions that are all called all the time: memory, and how long its
 * exports stop the event loop. Beside a process without it, and such a process again, which says what is noise.
 *
 *     npm run bench -- footprint [--rounds 3] [--json FILE]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeManyFunctions } from './footprint/many-functions.ts';
import { start, stop } from './frame/child.ts';
import { runCollector } from './frame/collector.ts';
import { compilePrograms, program } from './frame/compile.ts';
import { interleaved } from './frame/interleaved.ts';
import { arrivedAt } from './frame/measured.ts';
import { readOptions } from './frame/options.ts';
import { measuredCore, pinned, pinSelf } from './frame/pinning.ts';
import { sensorEntry } from './frame/places.ts';
import { Report } from './frame/report.ts';
import { estimate, median } from './frame/statistics.ts';
import { table } from './frame/table.ts';
import type { LoopWindow, Memory, Told } from './programs/footprint.ts';

const functions = 20_000;
const memorySeconds = 4;
const loopSeconds = 8;
/** Until then the first export, which finds out what the functions are called, is done. */
const firstSeconds = 3;
const aims = { megabytes: 30, milliseconds: 1 };
const service = 'bench-footprint';

interface Way {
  readonly name: string;
  readonly options: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

interface Sample {
  readonly memory: Told<Memory>;
  readonly loop: Told<readonly LoopWindow[]>;
}

const options = readOptions();
const report = new Report('footprint', options);
await compilePrograms();
pinSelf();
const folder = mkdtempSync(join(tmpdir(), 'runlens-bench-footprint-'));
const collector = await runCollector();
try {
  const code = join(folder, 'service');
  mkdirSync(code);
  const files = writeManyFunctions(code, functions);
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const environment = { ...inherited, NODE_ENV: 'production' };
  const measured = (cache: string) => ({
    ...environment,
    OTEL_SERVICE_NAME: service,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    RUNLENS_ROOT: code,
    RUNLENS_FLUSH_INTERVAL: '1s',
    RUNLENS_CPU_BUDGET: 'off',
    RUNLENS_CACHE: cache,
  });
  const sensor = ['--import', sensorEntry];
  const laterStart: Way = {
    name: 'sensor, later start',
    options: sensor,
    environment: measured(join(folder, 'cache')),
  };
  const ways: readonly Way[] = [
    { name: 'plain', options: [], environment },
    { name: 'plain again', options: [], environment },
    { name: 'sensor, first start', options: sensor, environment: measured('off') },
    laterStart,
  ];
  // Fills the cache.
  await run<Memory>(laterStart, 'memory', 1, files);
  const samples = await interleaved(
    ways.map((way) => ({
      name: way.name,
      measure: async (): Promise<Sample> => ({
        memory: await run<Memory>(way, 'memory', memorySeconds, files),
        loop: await run<readonly LoopWindow[]>(way, 'loop', loopSeconds, files),
      }),
    })),
    { rounds: options.rounds ?? 3, warmUp: 0, seconds: options.seconds ?? 170 },
  );
  const told = [...samples.values()].flat().flatMap(({ memory, loop }) => [memory, loop]);
  const outcomes = new Set(told.map(({ outcome }) => outcome));
  if (outcomes.size !== 1) throw new Error(`the ways came to ${outcomes.size} different results`);
  say(samples);
  const arrived = await arrivedAt(collector, service);
  if (arrived.functions !== functions) throw new Error(`${arrived.functions} functions arrived at the collector`);
  report.say(`\nAt the collector: ${arrived.functions} functions.`);
  report.keep('footprint', Object.fromEntries(samples));
} finally {
  await collector.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function run<Result>(
  way: Way,
  what: 'memory' | 'loop',
  seconds: number,
  files: readonly string[],
): Promise<Told<Result>> {
  const own = ['--expose-gc', ...way.options, program('programs/footprint'), what, String(seconds), ...files];
  const { child, line } = await start(pinned(measuredCore, [process.execPath, ...own]), way);
  await stop(child);
  return JSON.parse(line);
}

function say(samples: ReadonlyMap<string, readonly Sample[]>): void {
  const plain = samples.get('plain') ?? [];
  const memory = [...samples].map(([name, own]) => {
    const of = (part: 'rss' | 'heapUsed' | 'external') => {
      const bytes = (sample: Sample | undefined) => sample?.memory.result[part] ?? Number.NaN;
      const more = estimate(own.map((one, at) => (bytes(one) - bytes(plain[at])) / 1e6));
      const whole = median(own.map(bytes)) / 1e6;
      if (name === 'plain') return { text: whole.toFixed(1), more };
      const sign = more.median < 0 ? '-' : '+';
      const interval = `${more.low.toFixed(1)} to ${more.high.toFixed(1)}`;
      return { text: `${whole.toFixed(1)} (${sign}${Math.abs(more.median).toFixed(1)}; ${interval})`, more };
    };
    const rss = of('rss');
    const aim = name.startsWith('sensor') ? met(rss.more.median, aims.megabytes, 'MB') : '';
    return [name, rss.text, aim, of('heapUsed').text, of('external').text];
  });
  report.say(`Memory after garbage was collected, MB: median, and how much more than plain (95 % interval)\n`);
  report.say(table(['way', 'resident set', 'aim', 'heap', 'external'], memory));
  const loop = [...samples].map(([name, own]) => {
    const first = own.flatMap(({ loop: { result } }) => result.slice(0, firstSeconds));
    const later = own.flatMap(({ loop: { result } }) => result.slice(firstSeconds));
    const running = later.map(({ longestRunning }) => longestRunning);
    return [
      name,
      Math.max(...first.map(({ longestRunning }) => longestRunning)).toFixed(2),
      median(running).toFixed(2),
      Math.max(...running).toFixed(2),
      name.startsWith('sensor') ? met(median(running), aims.milliseconds, 'ms') : '',
      median(later.map(({ longestPause }) => longestPause)).toFixed(2),
      median(later.map(({ longest }) => longest)).toFixed(2),
      median(own.map(({ loop: { load } }) => load)).toFixed(0),
    ];
  });
  report.say(`
The longest block of the event loop in each second, ms: without what the process waited for a core that another had, and
on the clock.\n`);
  report.say(
    table(
      [
        'way',
        `first ${firstSeconds} s, most`,
        'later: median second',
        'worst second',
        'aim of the median',
        'longest garbage pause, median',
        'on the clock, median',
        'loading, CPU ms',
      ],
      loop,
    ),
  );
}

function met(value: number, aim: number, unit: string): string {
  return `≤ ${aim} ${unit}: ${value <= aim ? 'met' : 'missed'}`;
}
