/**
 * What an error costs that is thrown and caught, through three functions: the CPU time of the process for one, plain, with
 * the sensor that counts errors by their type only (`RUNLENS_EXCEPTIONS=0`), and with the sensor as it is. As many as one
 * core can throw. Each figure is of a fresh process; the sensor exports once a second to the shipped collector.
 *
 *     npm run bench -- errors [--rounds 5] [--only TEXT,…] [--json FILE]
 */
import { start, stop } from './frame/child.ts';
import { runCollector } from './frame/collector.ts';
import { compilePrograms, program } from './frame/compile.ts';
import { interleaved } from './frame/interleaved.ts';
import { isWanted, readOptions } from './frame/options.ts';
import { measuredCore, pinned, pinSelf } from './frame/pinning.ts';
import { repository, sensorEntry } from './frame/places.ts';
import { Report } from './frame/report.ts';
import { ratios, spread } from './frame/statistics.ts';
import { ratioText, spreadText, table } from './frame/table.ts';

const errors = 300_000;
const aim = 1.5;
const cases = ['the same message', 'another message each time', 'one error, kept', 'in async functions'];

const options = readOptions();
const report = new Report('errors', options);
await compilePrograms();
pinSelf();
const collector = await runCollector();
try {
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const environment = {
    ...inherited,
    NODE_ENV: 'production',
    NODE_NO_WARNINGS: '1',
    OTEL_SERVICE_NAME: 'bench-errors',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    RUNLENS_ROOT: repository,
    RUNLENS_FLUSH_INTERVAL: '1s',
    RUNLENS_CACHE: 'off',
  };
  const sensor = ['--import', sensorEntry];
  const ways = [
    { name: 'plain', options: [], environment },
    { name: 'types only', options: sensor, environment: { ...environment, RUNLENS_EXCEPTIONS: '0' } },
    { name: 'sensor', options: sensor, environment },
  ];
  const rows: string[][] = [];
  for (const name of cases.filter((one) => isWanted(options, one))) {
    const samples = await interleaved(
      ways.map((way) => ({
        name: way.name,
        measure: async () => {
          const own = [...way.options, program('programs/errors'), name, String(errors)];
          const { child, line } = await start(pinned(measuredCore, [process.execPath, ...own]), way);
          await stop(child);
          // What `programs/errors.ts` writes.
          return JSON.parse(line) as {
            readonly microseconds: number;
            readonly perSecond: number;
            readonly outcome: number;
          };
        },
      })),
      { rounds: options.rounds ?? 5, warmUp: 0, seconds: options.seconds ?? 100 },
    );
    const outcomes = new Set([...samples.values()].flat().map(({ outcome }) => outcome));
    if (outcomes.size !== 1) throw new Error(`the ways came to ${outcomes.size} different results`);
    const of = (way: string) => (samples.get(way) ?? []).map(({ microseconds }) => microseconds);
    const typesOnly = of('types only');
    for (const { name: way } of ways) {
      const ratio = ratios(of(way), typesOnly).median;
      rows.push([
        name,
        way,
        spreadText(spread((samples.get(way) ?? []).map(({ perSecond }) => perSecond)), '', 1, 0),
        spreadText(spread(of(way)), 'µs', 1, 2),
        ratioText(ratios(of(way), of('plain'))),
        ratioText(ratios(of(way), typesOnly)),
        way === 'sensor' ? `≤ ${aim}: ${ratio <= aim ? 'met' : 'missed'}` : '',
      ]);
    }
    report.keep(name, Object.fromEntries(samples));
  }
  report.say(
    table(['errors', 'way', 'a second', 'CPU an error', 'ratio to plain', 'to types only', 'aim of the last'], rows),
  );
} finally {
  await collector.stop();
}
