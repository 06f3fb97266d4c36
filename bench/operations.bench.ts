/**
 * What observing a query costs, where queries are at their cheapest: `node:sqlite` in memory, one row by its key. The CPU
 * time of the process for one query, plain, with the sensor that leaves drivers alone (`RUNLENS_OPERATIONS=0`), and with
 * the sensor as it is. Each figure is of a fresh process; the sensor exports once a second to the shipped collector.
 *
 *     npm run bench -- operations [--rounds 5] [--only TEXT,…] [--json FILE]
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

const queries = 200_000;
const aim = 3;
const cases = ['in one function', 'one a call', 'by two functions in turn', 'in async functions'];

const options = readOptions();
const report = new Report('operations', options);
await compilePrograms();
pinSelf();
const collector = await runCollector();
try {
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const environment = {
    ...inherited,
    NODE_ENV: 'production',
    NODE_NO_WARNINGS: '1',
    OTEL_SERVICE_NAME: 'bench-operations',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    RUNLENS_ROOT: repository,
    RUNLENS_FLUSH_INTERVAL: '1s',
    RUNLENS_CPU_BUDGET: 'off',
    RUNLENS_CACHE: 'off',
  };
  const sensor = ['--import', sensorEntry];
  const ways = [
    { name: 'plain', options: [], environment },
    { name: 'drivers left alone', options: sensor, environment: { ...environment, RUNLENS_OPERATIONS: '0' } },
    { name: 'drivers left alone, again', options: sensor, environment: { ...environment, RUNLENS_OPERATIONS: '0' } },
    { name: 'sensor', options: sensor, environment },
  ];
  const rows: string[][] = [];
  for (const name of cases.filter((one) => isWanted(options, one))) {
    const samples = await interleaved(
      ways.map((way) => ({
        name: way.name,
        measure: async () => {
          const own = [...way.options, program('programs/queries'), name, String(queries)];
          const { child, line } = await start(pinned(measuredCore, [process.execPath, ...own]), way);
          await stop(child);
          // What `programs/queries.ts` writes.
          return JSON.parse(line) as { readonly microseconds: number; readonly outcome: number };
        },
      })),
      { rounds: options.rounds ?? 5, warmUp: 0, seconds: options.seconds ?? 100 },
    );
    const outcomes = new Set([...samples.values()].flat().map(({ outcome }) => outcome));
    if (outcomes.size !== 1) throw new Error(`the ways came to ${outcomes.size} different results`);
    const of = (way: string) => (samples.get(way) ?? []).map(({ microseconds }) => microseconds);
    const alone = of('drivers left alone');
    for (const { name: way } of ways) {
      const more = spread(of(way).map((one, at) => one - (alone[at] ?? Number.NaN)));
      const isSensor = way === 'sensor';
      const met = `≤ ${aim} µs: ${more.median <= aim ? 'met' : 'missed'}`;
      rows.push([
        name,
        way,
        spreadText(spread(of(way)), 'µs', 1, 2),
        isSensor ? spreadText(more, 'µs', 1, 2) : '',
        ratioText(ratios(of(way), alone)),
        isSensor ? met : '',
      ]);
    }
    report.keep(name, Object.fromEntries(samples));
  }
  report.say(
    table(['queries', 'way', 'CPU a query', 'observing it', 'ratio to drivers left alone', 'aim of observing'], rows),
  );
} finally {
  await collector.stop();
}
