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
/** What a service must still do with such a probe, of what it does with none. */
const aims = new Map([
  ['ten probes on a line that is not reached', 0.97],
  ['snapshot, one a second', 0.95],
]);
const without = new Map(rows.filter(({ way }) => way.lines.length === 0).map(({ engine, all }) => [engine, all]));
report.say(
  table(
    ['probe', 'engine', 'calls a second, of those without a probe in the same round', 'aim'],
    rows
      .filter(({ way }) => aims.has(way.name))
      .map(({ way, engine, all }) => {
        const base = without.get(engine) ?? [];
        const ratios = all.flatMap(({ perSecond }, round) => {
          const before = base[round]?.perSecond;
          return before === undefined ? [] : [perSecond / before];
        });
        const aim = aims.get(way.name) ?? 1;
        const middle = ratios.length === 0 ? Number.NaN : spread(ratios).median;
        const isMet = middle >= aim ? 'met' : 'missed';
        return [
          way.name,
          engine,
          ratios.length === 0 ? '–' : spreadText(spread(ratios), '×', 1, 3),
          engine === 'Runlens' && ratios.length > 0 ? `≥ ${aim}×: ${isMet}` : '',
        ];
      }),
  ),
);
report.keep('probes-beside', Object.fromEntries(rows.map(({ way, engine, all }) => [`${way.name}, ${engine}`, all])));
