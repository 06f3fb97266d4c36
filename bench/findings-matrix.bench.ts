/**
 * How often findings are right about services that nobody tuned them on: small programs with a fault, and twins that only look
 * like them, each run under the shipped sensor, under load, against the shipped collector.
 *
 *     npm run bench -- findings-matrix [--only NAME OR KIND] [--json FILE]
 */

import { type MatrixPair, pairs } from './findings/matrix/cases.ts';
import { type MatrixService, nameOf, runMatrix, type Told } from './findings/matrix/run-matrix.ts';
import { isWanted, readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { table } from './frame/table.ts';

const aims = { precision: 0.95, recall: 0.9 };
const options = readOptions();
const report = new Report('findings-matrix', options);
const wanted = pairs.filter(({ name, kind }) => isWanted(options, name) || isWanted(options, kind));
const services = wanted.flatMap((pair): MatrixService[] => [
  { pair, isFaulty: true },
  { pair, isFaulty: false },
]);
const told = await runMatrix(services);

const isFault = ({ kinds, places }: MatrixPair, one: Told): boolean =>
  kinds.includes(one.kind) && (places.includes(one.function) || places.includes(one.file));

interface Count {
  right: number;
  missed: number;
  wrong: number;
}
const byKind = new Map<string, Count>();
const countOf = (kind: string): Count => {
  const count = byKind.get(kind) ?? { right: 0, missed: 0, wrong: 0 };
  byKind.set(kind, count);
  return count;
};

const mistakes: string[] = [];
for (const service of services) {
  const { pair, isFaulty } = service;
  const all = told.get(nameOf(service)) ?? [];
  report.keep(nameOf(service), all);
  if (isFaulty && all.some((one) => isFault(pair, one))) countOf(pair.kind).right += 1;
  else if (isFaulty) {
    countOf(pair.kind).missed += 1;
    mistakes.push(`${nameOf(service)}: not found: ${pair.kind} ${pair.places.join(' or ')}`);
  }
  for (const one of all) {
    if (isFaulty && (isFault(pair, one) || pair.alsoTrue?.includes(one.kind))) continue;
    countOf(one.kind).wrong += 1;
    mistakes.push(`${nameOf(service)}: wrongly told: ${one.kind} ${one.function}: ${one.title}`);
  }
}

const share = (part: number, rest: number): string => (part + rest === 0 ? '–' : (part / (part + rest)).toFixed(2));
const sum: Count = { right: 0, missed: 0, wrong: 0 };
const rows = [...byKind].map(([kind, { right, missed, wrong }]) => {
  sum.right += right;
  sum.missed += missed;
  sum.wrong += wrong;
  return [kind, `${right}`, `${missed}`, `${wrong}`, share(right, wrong), share(right, missed)];
});
const { right, missed, wrong } = sum;
rows.push(['all', `${right}`, `${missed}`, `${wrong}`, share(right, wrong), share(right, missed)]);
report.say(`${services.length} services, half of them with a fault\n`);
report.say(table(['detector', 'found', 'missed', 'wrongly told', 'precision', 'recall'], rows));
report.say(`\naims: precision ≥ ${aims.precision}, recall ≥ ${aims.recall}\n`);
for (const mistake of mistakes) report.say(`- ${mistake}`);
