/** What differs between two stretches of production, for a model: a line a function, a line a new thing. */
import {
  type ChangeKind,
  type CompareResponse,
  changeWords,
  type FunctionChange,
  formatCount,
  formatShare,
} from '@runlens/protocol';
import { neutralise } from '../text/hostile.ts';
import { coarse } from './context-version.ts';
import { cell } from './function-rows.ts';
import type { DataLine } from './model-answer.ts';

/** In the order of a verdict: what is worse first. */
const kindWords: Readonly<Record<ChangeKind, string>> = {
  moreErrors: 'fails more often',
  slower: 'is slower',
  slowerTail: 'has slower slow calls',
  notCalled: 'is no longer called',
  fewerCalls: 'is called less',
  moreCalls: 'is called more',
  fewerErrors: 'fails less often',
  faster: 'is faster',
  fasterTail: 'has faster slow calls',
};
const order = Object.keys(kindWords);
const worse: ReadonlySet<ChangeKind> = new Set(['moreErrors', 'slower', 'slowerTail', 'notCalled']);

export const isWorse = ({ changes }: FunctionChange): boolean => changes.some(({ kind }) => worse.has(kind));

/** `2 functions: 1 fails more often, 1 is slower; 1 new error`; undefined: nothing differs. */
export function differenceWords({ functions, newErrors, newQueries, removed }: CompareResponse): string | undefined {
  const byKind = Map.groupBy(
    functions.flatMap(({ changes }) => changes),
    ({ kind }) => kind,
  );
  const kinds = [...byKind]
    .sort(([one], [other]) => order.indexOf(one) - order.indexOf(other))
    .map(([kind, all]) => `${all.length} ${kindWords[kind]}`);
  const parts = [
    ...(functions.length > 0 ? [`${several(functions.length, 'function')}: ${kinds.join(', ')}`] : []),
    ...(newErrors.length > 0 ? [several(newErrors.length, 'new error')] : []),
    ...(newQueries.length > 0 ? [several(newQueries.length, 'new quer', 'y', 'ies')] : []),
    ...(removed.length > 0 ? [`${several(removed.length, 'called function')} gone`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}

const several = (count: number, what: string, one = '', more = 's'): string =>
  `${count} ${what}${count === 1 ? one : more}`;

/** Worth more: what is worse, and what costs more, which the collector has put first. */
export function differenceRows(response: CompareResponse): readonly DataLine[] {
  const { functions, newErrors, newQueries, removed } = response;
  return [
    ...newErrors.map(
      ({ file, function: name, exception }, i): DataLine => ({
        value: 2_000 - i,
        text: `new error in ${cell(name)} ${cell(file)}: ${neutralise(exception.type)}${exception.message === undefined ? '' : `: ${neutralise(exception.message)}`} × ${formatCount(exception.count + (exception.caughtHere ?? 0))}${exception.thrown ? `, thrown in ${cell(exception.thrown.function)}` : ''}`,
      }),
    ),
    ...functions.map(
      (fn, i): DataLine => ({
        value: (isWorse(fn) ? 1_500 : 500) - i,
        text: `${cell(fn.function)}|${cell(fn.file)}:${fn.line}|${fn.changes.map((change) => changeWords(fn, change)).join('; ')}`,
      }),
    ),
    ...newQueries.map(
      ({ file, function: name, system, statement, calls }, i): DataLine => ({
        value: 900 - i,
        text: `new query in ${cell(name)} ${cell(file)}: ${neutralise(system)}: ${neutralise(statement, 160)} × ${formatCount(calls)}`,
      }),
    ),
    ...removed.map(
      ({ file, function: name, calls }, i): DataLine => ({
        value: 300 - i,
        text: `gone: ${cell(name)} ${cell(file)}, called ${formatCount(calls)} times before`,
      }),
    ),
  ];
}

/** What of it makes a context version: names, kinds and how much, to a digit. */
export function differenceFacts({ functions, newErrors, newQueries, removed, now, base }: CompareResponse): unknown {
  return [
    [base.version, now.version],
    functions.map(({ file, function: name, changes }) => [
      file,
      name,
      changes.map(({ kind, ratio }) => [kind, coarse(ratio)]),
    ]),
    newErrors.map(({ file, function: name, exception: { type, message } }) => [file, name, type, message]),
    newQueries.map(({ file, function: name, statement }) => [file, name, statement]),
    removed.map(({ file, function: name }) => [file, name]),
  ];
}

/** `×1.4 traffic`; undefined: about the same, or not known. */
export function trafficWords({ traffic }: CompareResponse): string | undefined {
  if (traffic === null || (traffic < 1.25 && traffic > 0.8)) return undefined;
  return `×${Number(traffic.toPrecision(2))} traffic`;
}

/** Of the side: `v42, 12:00 to 12:40 UTC, 40k calls, 0.1 % failed`. */
export function sideNumbers({ calls, errors, instances }: CompareResponse['now']): string {
  return `${formatCount(calls)} calls${calls === 0 ? '' : `, ${formatShare(errors / calls)} failed`}, ${instances} ${instances === 1 ? 'instance' : 'instances'}`;
}
