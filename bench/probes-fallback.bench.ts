/**
 * Whether probes by V8's inspector can take a process down: breakpoints are set and taken away for as long as is asked, in a
 * function that V8 is inlining into two dozen others meanwhile, on each Node. `plain` sets them as other tools do: where that
 * does not abort a process, the others prove nothing.
 *
 *     npm run bench -- probes-fallback [--seconds 60] [--rounds 3] [--json FILE]
 */
import { ensureNode } from '../scripts/toolchain.mjs';
import { readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { table } from './frame/table.ts';
import { type FallbackStress, fallbackWays, stressFallback } from './probes/fallback.ts';

const options = readOptions();
const report = new Report('probes-fallback', options);
const seconds = options.seconds ?? 60;
const rounds = options.rounds ?? 3;
const rows: string[][] = [];
const kept: Record<string, readonly (FallbackStress | string)[]> = {};
let aborted = 0;
for (const major of [20, 22, 24] as const) {
  for (const way of fallbackWays) {
    const results: (FallbackStress | string)[] = [];
    for (let round = 0; round < rounds; round += 1) results.push(await stressFallback(ensureNode(major), way, seconds));
    const lived = results.filter((result) => typeof result !== 'string');
    const died = results.filter((result) => typeof result === 'string');
    if (way === 'plain') aborted += died.length;
    const sum = (of: (one: FallbackStress) => number): number => lived.reduce((all, one) => all + of(one), 0);
    const most = (of: (one: FallbackStress) => number): string => Math.max(0, ...lived.map(of)).toFixed(1);
    rows.push([
      `Node ${major}, ${way}`,
      `${died.length} of ${rounds}${died[0] === undefined ? '' : ` (${died[0]})`}`,
      String(sum(({ arms }) => arms)),
      String(sum(({ hits }) => hits)),
      String(sum(({ wrong, badReads }) => wrong + badReads)),
      most(({ p50 }) => p50),
      most(({ p95 }) => p95),
      most(({ rss }) => rss),
    ]);
    kept[`${major} ${way}`] = results;
  }
}
report.say(
  table(
    [
      'set and taken away while it is inlined',
      'processes that ended',
      'set',
      'hits',
      'wrong',
      'p50 ms',
      'p95 ms',
      'MB',
    ],
    rows,
  ),
);
if (aborted === 0) report.say('No process was aborted the plain way, either: this run proves nothing.');
report.keep('stress', kept);
