/**
 * Probes beside those of dd-trace's Dynamic Instrumentation: the same program, line and kinds, each engine with its own
 * defaults but for the rates, which are the same. What the ratio is of: the same engine with no probe.
 *
 *     npm run bench -- probes-beside [--rounds 3] [--only TEXT] [--seconds 2] [--json FILE]
 */
import { isWanted, readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { spread } from './frame/statistics.ts';
import { spreadText, table } from './frame/table.ts';
import { type Measured, measureDatadog, measureRunlens, ways } from './probes/beside-datadog.ts';

const options = readOptions();
const report = new Report('probes-beside', options);
const rounds = options.rounds ?? 3;
const milliseconds = (options.seconds ?? 2) * 1_000;
const rows = ways
  .filter(({ name }) => isWanted(options, name))
  .flatMap((way) => [
    { way, engine: 'Runlens', run: measureRunlens, all: [] as Measured[] },
    ...(way.theirs === undefined ? [] : [{ way, engine: 'dd-trace', run: measureDatadog, all: [] as Measured[] }]),
  ]);
for (let round = 0; round < rounds; round += 1) {
  for (const { way, run, all } of rows) all.push(await run(way, milliseconds));
}
const of = (all: readonly Measured[], key: keyof Measured) => spread(all.map((each) => each[key]));
report.say(
  table(
    ['probe', 'engine', 'calls a second', 'one call p50', 'p99', `hits told in ${(2 * milliseconds) / 1_000} s`],
    rows.map(({ way, engine, all }) => [
      way.name,
      engine,
      spreadText(of(all, 'perSecond'), '', 1, 0),
      spreadText(of(all, 'p50'), 'µs', 1, 2),
      spreadText(of(all, 'p99'), 'µs', 1, 2),
      spreadText(of(all, 'told'), '', 1, 0),
    ]),
  ),
);
report.keep('probes-beside', Object.fromEntries(rows.map(({ way, engine, all }) => [`${way.name}, ${engine}`, all])));
