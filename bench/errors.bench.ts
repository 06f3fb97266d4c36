/**
 * What an error costs that is thrown and caught, through three functions: the CPU time of the process for one, plain, with
 * the sensor that counts errors by their type only (`RUNLENS_EXCEPTIONS=0`), and with the sensor as it is. As many as one
 * core can throw. Each figure is of a fresh process; the sensor exports once a second to the shipped collector.
 *
 *     npm run bench -- errors [--rounds 5] [--only TEXT,…] [--json FILE]
 */
import { runCasesByWays, type Written } from './frame/cases-by-ways.ts';
import { ratios, spread } from './frame/statistics.ts';
import { ratioText, spreadText } from './frame/table.ts';

/** What `programs/errors.ts` writes. */
interface ErrorsLine extends Written {
  readonly perSecond: number;
}

const aim = 1.5;
const ways = [
  { name: 'plain', sensor: false },
  { name: 'types only', sensor: true, environment: { RUNLENS_EXCEPTIONS: '0' } },
  { name: 'sensor', sensor: true },
];

await runCasesByWays<ErrorsLine>({
  name: 'errors',
  program: 'programs/errors',
  cases: ['the same message', 'another message each time', 'one error, kept', 'in async functions'],
  count: 300_000,
  ways,
  headings: ['errors', 'way', 'a second', 'CPU an error', 'ratio to plain', 'to types only', 'aim of the last'],
  rows: (name, of) => {
    const microsecondsOf = (way: string) => of(way).map(({ microseconds }) => microseconds);
    const typesOnly = microsecondsOf('types only');
    return ways.map(({ name: way }) => {
      const microseconds = microsecondsOf(way);
      const ratio = ratios(microseconds, typesOnly).median;
      return [
        name,
        way,
        spreadText(spread(of(way).map(({ perSecond }) => perSecond)), '', 1, 0),
        spreadText(spread(microseconds), 'µs', 1, 2),
        ratioText(ratios(microseconds, microsecondsOf('plain'))),
        ratioText(ratios(microseconds, typesOnly)),
        way === 'sensor' ? `≤ ${aim}: ${ratio <= aim ? 'met' : 'missed'}` : '',
      ];
    });
  },
});
