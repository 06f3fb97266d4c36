/**
 * Database statements by cost. Only what functions ask is read, not their numbers: of 20,000 functions in a sixth of the time that
 * profiles of the same functions take (`npm run bench -- agents`).
 */
import type { Statement, StatementsQuery, StatementsResponse } from '@runlens/protocol/api/statements';
import type { DetailCount, DetailKind, ProfileStore, Selection, Window } from '../store/profile-store.ts';
import { leading } from './leading.ts';
import { queriesOf } from './operations.ts';
import { newestFirst } from './profile.ts';

/** What they ask is looked at: those that take most time, each with all its versions. */
const surveyed = 500;

const kinds: ReadonlySet<DetailKind> = new Set(['query', 'queryError', 'repeats']);

export function statements(
  store: ProfileStore,
  selection: Selection,
  window: Window,
  { by, limit }: { readonly by: NonNullable<StatementsQuery['by']>; readonly limit: number },
): StatementsResponse {
  const ranking = store.rank(selection, window);
  const reading = store.read([], window);
  const details = reading.details(leading(ranking, ranking.seconds, surveyed)).filter(({ kind }) => kinds.has(kind));
  const asked = [...Map.groupBy(details, ({ fn }) => fn.group).values()].flatMap(askedBy);
  const all = [...Map.groupBy(asked, ({ key }) => key).values()].flatMap(statementOf);
  const worth = worths[by];
  return {
    window: { since: iso(reading.window.since), until: iso(reading.window.until) },
    by,
    statements: all.toSorted((one, other) => worth(other) - worth(one)).slice(0, limit),
    found: all.length,
    totalSeconds: all.reduce((sum, { totalSeconds }) => sum + totalSeconds, 0),
    surveyedFunctions: Math.min(surveyed, ranking.cells),
    measuredFunctions: ranking.cells,
  };
}

const worths: Readonly<Record<NonNullable<StatementsQuery['by']>, (statement: Statement) => number>> = {
  total: ({ totalSeconds }) => totalSeconds,
  mean: ({ meanSeconds }) => meanSeconds,
  repeats: ({ repeats }) => repeats ?? 0,
};

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** A statement of one function. */
interface Asked {
  readonly key: string;
  readonly query: ReturnType<typeof queriesOf>[number];
  /** Newest first, at least one. */
  readonly details: readonly DetailCount[];
}

/** How often it is asked in a call is not told here, so the function's calls are not needed. */
function askedBy(details: readonly DetailCount[]): Asked[] {
  const newest = details.toSorted(newestFirst);
  return queriesOf(details, 0).map((query) => {
    const label = `${query.system}\n${query.statement}`;
    const own = newest.filter((each) => each.kind === 'query' && each.label === label);
    const scope = own[0]?.fn.source.scope;
    return { key: JSON.stringify([scope?.service, scope?.environment, label]), query, details: own };
  });
}

function statementOf(asked: readonly Asked[]): Statement[] {
  const details = asked.flatMap((each) => each.details).toSorted(newestFirst);
  const [newest] = details;
  const [first] = asked;
  if (newest === undefined || first === undefined) return [];
  const sum = (of: (query: Asked['query']) => number): number => asked.reduce((all, { query }) => all + of(query), 0);
  const calls = sum((query) => query.calls);
  const totalSeconds = sum((query) => query.totalSeconds);
  const [repeated] = asked.flatMap(({ query }) => query.repeats ?? []).toSorted((one, other) => other.mean - one.mean);
  return [
    {
      service: newest.fn.source.scope.service,
      environment: newest.fn.source.scope.environment,
      versions: [...new Set(details.map(({ fn }) => fn.source.scope.version))],
      system: first.query.system,
      statement: first.query.statement,
      calls,
      errors: sum((query) => query.errors ?? 0),
      totalSeconds,
      meanSeconds: calls === 0 ? 0 : totalSeconds / calls,
      repeats: repeated?.mean ?? null,
      repeatedIn: repeated?.within?.function ?? null,
      askers: asked
        .flatMap(({ query, details: [own] }) =>
          own ? [{ function: own.fn.name, file: own.fn.source.file, line: own.fn.line, calls: query.calls }] : [],
        )
        .toSorted((one, other) => other.calls - one.calls),
      lastSeen: iso(Math.max(...details.map(({ lastSeen }) => lastSeen))),
    },
  ];
}
