/**
 * What a sensor costs that was switched off while it ran, beside a plain process and a sensor that is on: acorn parses
 * itself, all of its functions measured. CPU time of the process for the parsing alone, each figure of a fresh process; a
 * call of a function is what the difference to plain is by the number of calls, which the sensor counts.
 *
 *     npm run bench -- switch [--rounds 7] [--seconds 120] [--json FILE]
 */
import { join } from 'node:path';
import { runCollector } from './frame/collector.ts';
import { compilePrograms, program } from './frame/compile.ts';
import { interleaved } from './frame/interleaved.ts';
import { readOptions } from './frame/options.ts';
import { measuredCore, pinned, pinSelf } from './frame/pinning.ts';
import { repository, sensorEntry } from './frame/places.ts';
import { Report } from './frame/report.ts';
import { ratios, spread } from './frame/statistics.ts';
import { ratioText, spreadText, table } from './frame/table.ts';
import { linesOf } from './switch/lines.ts';

const times = '150';
const options = readOptions();
const report = new Report('switch', options);
await compilePrograms();
pinSelf();
const collector = await runCollector();
try {
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const plain = { ...inherited, NODE_ENV: 'production' };
  const measured = {
    ...plain,
    OTEL_SERVICE_NAME: 'bench-switch',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    RUNLENS_ROOT: repository,
    RUNLENS_INCLUDE: 'node_modules/acorn/dist/',
    RUNLENS_FLUSH_INTERVAL: '10s',
    RUNLENS_CPU_BUDGET: 'off',
    RUNLENS_KILL_SIGNAL: 'SIGUSR2',
  };
  const sensor = ['--import', sensorEntry];
  const ways = [
    { name: 'plain', options: [], environment: plain },
    { name: 'plain again', options: [], environment: plain },
    { name: 'switched off', options: sensor, environment: { ...measured, BENCH_OFF: '1' } },
    { name: 'off from the start', options: sensor, environment: { ...measured, RUNLENS_ENABLED: '0' } },
    { name: 'on', options: sensor, environment: measured },
  ];
  const file = join(repository, 'node_modules', 'acorn', 'dist', 'acorn.js');
  const samples = await interleaved(
    ways.map((way) => ({
      name: way.name,
      measure: async () => {
        const own = [...way.options, program('programs/switched'), times, file];
        const [told, counted] = await linesOf(pinned(measuredCore, [process.execPath, ...own]), way.environment);
        const { phases, outcome } = JSON.parse(told ?? '') as { phases: { work: number }; outcome: string };
        return { work: phases.work, calls: Number(JSON.parse(counted ?? '').calls), outcome };
      },
    })),
    { rounds: options.rounds ?? 7, warmUp: 1, seconds: options.seconds ?? 120 },
  );
  const all = [...samples.values()].flat();
  if (new Set(all.map(({ outcome }) => outcome)).size !== 1) throw new Error('the ways came to different results');
  const workOf = (way: string) => (samples.get(way) ?? []).map(({ work }) => work);
  const calls = spread((samples.get('on') ?? []).map((one) => one.calls)).median;
  if (!(calls > 0)) throw new Error('the sensor has counted no call');
  if (all.some((one) => one.calls > 0 && !samples.get('on')?.includes(one)))
    throw new Error('it counts while it is off');
  const baseline = workOf('plain');
  report.say(
    table(
      ['way', 'CPU of the work', 'ratio to plain', 'a call'],
      ways.map(({ name }) => {
        const more = workOf(name).map((work, at) => ((work - (baseline[at] ?? Number.NaN)) * 1_000) / calls);
        return [
          name,
          spreadText(spread(workOf(name).map((work) => work / 1_000)), 'ms', 1, 0),
          ratioText(ratios(workOf(name), baseline)),
          name === 'plain' ? '' : spreadText(spread(more), 'ns', 1, 2),
        ];
      }),
    ),
  );
  report.say(`\n${Math.round(calls / 1e6)} million calls a run`);
  report.keep('acorn', Object.fromEntries(samples));
} finally {
  await collector.stop();
}
