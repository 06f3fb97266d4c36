/** Queries that take much longer than the others of their database, or long in any case. */

import type { Profile } from '@runlens/protocol/api/profile';
import { formatCount, formatRate, formatSeconds, formatShare } from '@runlens/protocol/format';
import { cut, type Draft, entryNames, impactOf, placeOf } from '../draft.ts';
import type { ServiceFacts } from '../service-facts.ts';

const leastCalls = 5;
/** Long for anybody who waits. */
const longSeconds = 0.1;
/** Else: so long, so many times the median statement of its database, and so much of the time of all queries. */
const relativeSeconds = 0.001;
const leastFactor = 10;
const sureFactor = 20;
const leastShare = 0.1;
/** Statements that a median is of. */
const leastStatements = 4;

interface Statement {
  readonly system: string;
  readonly statement: string;
  readonly askers: readonly Profile[];
  readonly calls: number;
  readonly seconds: number;
}

export function slowQueries({ functions, minutes }: ServiceFacts): readonly Draft[] {
  const statements = statementsOf(functions).filter(({ calls }) => calls >= leastCalls);
  return [...Map.groupBy(statements, ({ system }) => system).values()].flatMap((ofSystem) => {
    const all = ofSystem.reduce((sum, { seconds }) => sum + seconds, 0);
    return ofSystem.flatMap((each) => {
      const typical = medianOfOthers(ofSystem, each);
      const mean = meanOf(each);
      const factor = typical === undefined ? 0 : mean / typical;
      const share = all > 0 ? each.seconds / all : 0;
      const isLong = mean >= longSeconds;
      const isOdd = mean >= relativeSeconds && factor >= leastFactor && share >= leastShare;
      const [asker] = each.askers;
      if (asker === undefined || !(isLong || isOdd)) return [];
      const saved = each.seconds * (1 - Math.min(1, (typical ?? 0) / mean));
      const draft: Draft = {
        kind: 'slowQuery',
        key: [each.system, each.statement],
        place: placeOf(asker),
        title: `A query of ${asker.function} takes ${formatSeconds(mean)}`,
        evidence: [
          `${each.system}: ${cut(each.statement, 300)}`,
          `${formatSeconds(mean)} on average, ${formatRate(each.calls / minutes)}`,
          ...(typical === undefined
            ? []
            : [
                `${formatCount(Math.round(factor))} times the median statement of ${each.system} (${formatSeconds(typical)})`,
              ]),
          `${formatShare(share)} of the time of all queries of ${each.system}`,
          ...(each.askers.length > 1
            ? [
                `asked by ${each.askers
                  .slice(0, 4)
                  .map((other) => other.function)
                  .join(', ')}`,
              ]
            : []),
        ],
        remedy: remedyOf(each.statement),
        confidence: factor >= sureFactor || isLong ? 'likely' : 'possible',
        impact: impactOf(minutes, {
          seconds: saved,
          queries: each.calls,
          calls: asker.calls,
          entries: each.askers.flatMap(({ entries }) => entries),
        }),
        subject: each.statement,
        entries: entryNames(asker.entries),
      };
      return [draft];
    });
  });
}

const meanOf = ({ seconds, calls }: Statement): number => seconds / calls;

function medianOfOthers(all: readonly Statement[], one: Statement): number | undefined {
  const means = all
    .filter((other) => other !== one)
    .map(meanOf)
    .sort((a, b) => a - b);
  return means.length < leastStatements ? undefined : means[Math.floor(means.length / 2)];
}

/** Over all functions that ask it; who asks most first. */
function statementsOf(functions: readonly Profile[]): readonly Statement[] {
  const asked = functions.flatMap((asker) => asker.queries.map((query) => ({ asker, query })));
  const groups = Map.groupBy(asked, ({ query }) => `${query.system}\n${query.statement}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [
      {
        system: first.query.system,
        statement: first.query.statement,
        askers: group.toSorted((one, other) => other.query.calls - one.query.calls).map(({ asker }) => asker),
        calls: group.reduce((sum, { query }) => sum + query.calls, 0),
        seconds: group.reduce((sum, { query }) => sum + query.totalSeconds, 0),
      },
    ];
  });
}

function remedyOf(statement: string): string {
  if (/\bLIKE\b/i.test(statement)) {
    return 'LIKE with a wildcard in front, or on several columns, reads every row: use a full-text or trigram index. Look at its plan (EXPLAIN) first.';
  }
  if (/^\s*SELECT\b/i.test(statement) && !/\b(?:WHERE|LIMIT)\b/i.test(statement)) {
    return 'It has no WHERE and no LIMIT, so it reads the whole table: ask only for what is needed, or keep the result.';
  }
  return 'Look at its plan (EXPLAIN): an index on the columns of its WHERE, JOIN and ORDER BY is what usually is missing.';
}
