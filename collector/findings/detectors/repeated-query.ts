/** N+1: a function that asks the same query for each of many items. */

import type { Profile } from '@runlens/protocol/api/profile';
import { formatCount, formatRate, formatSeconds } from '@runlens/protocol/format';
import { CallGraph } from '../call-graph.ts';
import { cut, type Draft, entryNames, impactOf } from '../draft.ts';
import type { ServiceFacts } from '../service-facts.ts';

/** Fewer in one call are a few queries, and no loop over data. */
const leastRepeats = 5;
/** Calls that did so: what happened once or twice may be a start or a repair. */
const leastCalls = 5;
const sureRepeats = 10;
const sureCalls = 20;

type Query = Profile['queries'][number];
interface Loop {
  readonly file: string;
  readonly function: string;
  readonly of: number;
  readonly mean: number;
}
interface Repeated extends Loop {
  readonly asker: Profile;
  readonly query: Query;
}

/** Of transactions and settings there is one or more for each piece of work. */
const isControl = (statement: string): boolean =>
  /^\s*(?:BEGIN|COMMIT|ROLLBACK|START\s+TRANSACTION|SAVEPOINT|RELEASE|SET|PRAGMA|DISCARD|DEALLOCATE)\b/i.test(
    statement,
  );

export function repeatedQueries({ functions, minutes }: ServiceFacts): readonly Draft[] {
  const graph = new CallGraph(functions);
  const repeated = functions.flatMap((asker) =>
    asker.queries
      .filter(({ statement }) => !isControl(statement))
      .flatMap((query) => loopsOf(asker, query).map((loop): Repeated => ({ ...loop, asker, query })))
      .filter(({ of, mean }) => of >= leastCalls && mean >= leastRepeats),
  );
  const byLoop = Map.groupBy(repeated, ({ file, function: name }) => `${file}\n${name}`);
  return [...byLoop.values()].flatMap((group) => {
    const queries = group.toSorted((one, other) => other.of * other.mean - one.of * one.mean);
    const [first] = queries;
    return first === undefined ? [] : [draftOf(first, queries, graph, minutes)];
  });
}

function draftOf(first: Repeated, queries: readonly Repeated[], graph: CallGraph, minutes: number): Draft {
  const loop = graph.find(first.file, first.function);
  const { entries = first.asker.entries, line = 0 } = loop ?? {};
  let [asked, saved] = [0, 0];
  for (const { of, mean, query } of queries) {
    asked += of * mean;
    saved += of * mean * secondsOf(query) * (1 - 1 / mean);
  }
  const isSure = first.mean >= sureRepeats && first.of >= sureCalls;
  return {
    kind: 'repeatedQuery',
    key: [first.file, first.function],
    place: { file: first.file, function: first.function, line },
    title: `${first.function} asks ${queries.length === 1 ? 'a query' : `${queries.length} queries`} for each item: ${formatCount(Math.round(first.mean))} times in one call`,
    evidence: [
      ...queries.map(
        ({ of, mean, asker, query }) =>
          `${asker.function} asks it ${formatCount(Math.round(mean))} times in one call of ${first.function}, in ${formatCount(of)} calls; ${formatSeconds(secondsOf(query))} each: ${cut(query.statement, 200)}`,
      ),
      `together ${formatRate(asked / minutes)} of queries`,
    ],
    remedy:
      'Ask for all items at once (WHERE … IN, a JOIN, a loader that batches), before the loop; write several rows in one statement.',
    confidence: isSure ? 'certain' : 'likely',
    impact: impactOf(minutes, { seconds: saved, queries: asked, calls: first.of, entries }),
    subject: first.query.statement,
    entries: entryNames(entries),
  };
}

const secondsOf = ({ totalSeconds, calls }: Query): number => (calls > 0 ? totalSeconds / calls : 0);

/** In one call of which functions it was asked more than once; that of the asker itself where no other is known. */
function loopsOf({ file, function: name }: Profile, { repeats }: Query): readonly Loop[] {
  if (repeats === undefined) return [];
  if (repeats.loops !== undefined) return repeats.loops;
  const once = repeats.distribution.find(({ least }) => least === 1)?.of ?? 0;
  const of = repeats.of - once;
  if (of <= 0) return [];
  return [{ ...(repeats.within ?? { file, function: name }), of, mean: (repeats.mean * repeats.of - once) / of }];
}
