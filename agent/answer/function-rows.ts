/** Functions in rows for a model: as few tokens a row as tell the numbers apart. */
import { formatCount, formatRate, formatSeconds, formatShare } from '@runlens/protocol';
import type { ProfileSummary } from '../summaries.ts';
import { neutralise } from '../text/hostile.ts';
import { coarse } from './context-version.ts';
import { type DataLine, headLine } from './model-answer.ts';

interface Numbers {
  readonly calls: number;
  readonly callsPerMinute: number;
  readonly errors: number;
  readonly errorRate: number | null;
  readonly duration: { readonly p50: number; readonly p99: number; readonly total: number } | null;
}

const titles = 'calls|p50|p99';

/** Cells are parted by `|`, so a name has none. */
export const cell = (text: string): string => neutralise(text).replaceAll('|', '¦');

const numbers = ({ calls, callsPerMinute, errors, errorRate, duration }: Numbers): string =>
  [
    calls === 0 ? '0' : formatRate(callsPerMinute),
    duration ? formatSeconds(duration.p50) : '–',
    duration ? formatSeconds(duration.p99) : '–',
    errors === 0 ? '0' : errorRate === null ? formatCount(errors) : formatShare(errorRate),
  ].join('|');

/** Seconds that the calls took, and a second for each error, as the collector ranks impact. */
const impact = ({ duration, errors, calls }: Numbers): number => (duration?.total ?? 0) + errors + calls * 1e-6;

/** `line|function|calls|p50|p99|errors`, in the given order; `place` says what leads a row. */
export function functionRows(
  functions: readonly ProfileSummary[],
  place: { readonly title: string; readonly of: (summary: ProfileSummary) => string },
): DataLine[] {
  if (functions.length === 0) return [];
  const scopes = new Set(functions.map(scopeOf));
  const scoped = scopes.size > 1;
  return [
    headLine(`${place.title}|function|${titles}|errors${scoped ? '|where' : ''}`),
    ...functions.map((each) => ({
      text: `${place.of(each)}|${cell(each.function)}|${numbers(each)}${scoped ? `|${scopeOf(each)}` : ''}`,
      value: impact(each),
    })),
  ];
}

/** `name|calls|p50|p99|errors` of routes and jobs. */
export function entryRows(
  entries: readonly (Numbers & { readonly name: string; readonly service: string; readonly environment: string })[],
): DataLine[] {
  const scoped = new Set(entries.map(scopeOf)).size > 1;
  return [
    headLine(`route|${titles}|errors${scoped ? '|where' : ''}`),
    ...entries.map((each) => ({
      text: `${cell(each.name)}|${numbers(each)}${scoped ? `|${scopeOf(each)}` : ''}`,
      value: impact(each),
    })),
  ];
}

const scopeOf = ({ service, environment }: { readonly service: string; readonly environment: string }): string =>
  `${cell(service)} ${cell(environment)}`;

/** What of the rows has to differ for the answer to be another one. */
export function rowFacts(functions: readonly ProfileSummary[]): unknown {
  return functions.map(
    ({ service, environment, file, function: name, versions, callsPerMinute, errorRate, duration }) => [
      [service, environment, file, name, versions],
      [coarse(callsPerMinute), coarse(errorRate), coarse(duration?.p50), coarse(duration?.p99)],
    ],
  );
}
