/**
 * What observing a query costs, where queries are at their cheapest: `node:sqlite` in memory, one row by its key. The CPU
 * time of the process for one query, plain, with the sensor that leaves drivers alone (`RUNLENS_OPERATIONS=0`), and with
 * the sensor as it is. Each figure is of a fresh process; the sensor exports once a second to the shipped collector.
 *
 *     npm run bench -- operations [--rounds 5] [--only TEXT,…] [--json FILE]
 */
import { runCasesByWays } from './frame/cases-by-ways.ts';
import { ratios, spread } from './frame/statistics.ts';
import { ratioText, spreadText } from './frame/table.ts';

const aim = 3;
const unlimited = { RUNLENS_CPU_BUDGET: 'off' };
const leftAlone = { ...unlimited, RUNLENS_OPERATIONS: '0' };
const ways = [
  { name: 'plain', sensor: false },
  { name: 'drivers left alone', sensor: true, environment: leftAlone },
  { name: 'drivers left alone, again', sensor: true, environment: leftAlone },
  { name: 'sensor', sensor: true, environment: unlimited },
];

await runCasesByWays({
  name: 'operations',
  program: 'programs/queries',
  cases: ['in one function', 'one a call', 'by two functions in turn', 'in async functions'],
  count: 200_000,
  ways,
  headings: ['queries', 'way', 'CPU a query', 'observing it', 'ratio to drivers left alone', 'aim of observing'],
  rows: (name, of) => {
    const microsecondsOf = (way: string) => of(way).map(({ microseconds }) => microseconds);
    const alone = microsecondsOf('drivers left alone');
    return ways.map(({ name: way }) => {
      const microseconds = microsecondsOf(way);
      const more = spread(microseconds.map((one, at) => one - (alone[at] ?? Number.NaN)));
      const isSensor = way === 'sensor';
      return [
        name,
        way,
        spreadText(spread(microseconds), 'µs', 1, 2),
        isSensor ? spreadText(more, 'µs', 1, 2) : '',
        ratioText(ratios(microseconds, alone)),
        isSensor ? `≤ ${aim} µs: ${more.median <= aim ? 'met' : 'missed'}` : '',
      ];
    });
  },
});
