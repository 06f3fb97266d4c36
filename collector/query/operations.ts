/** Queries and calls of other services of a function, from what is counted beside its plain numbers. */
import type { Profile } from '@runlens/protocol/api/profile';
import type { DetailCount } from '../store/profile-store.ts';

type Query = Profile['queries'][number];
type Outgoing = Profile['outgoing'][number];

/** `hourCalls`: calls of the function in the whole hours that the details are of. */
export function queriesOf(details: readonly DetailCount[], hourCalls: number): Query[] {
  const errors = sums(details, 'queryError');
  const repeats = repeatsOf(details);
  const same = sameOf(details, 'query');
  return [...sums(details, 'query')]
    .map(([label, { count, seconds }]): Query => {
      const { first: system, rest: statement } = split(label);
      const repeated = repeats.get(label);
      return {
        statement,
        system,
        callsPerCall: hourCalls > 0 ? count / hourCalls : 0,
        calls: count,
        totalSeconds: seconds,
        errors: errors.get(label)?.count ?? 0,
        ...(repeated ? { repeats: repeated } : {}),
        ...same(label),
      };
    })
    .sort((one, other) => other.totalSeconds - one.totalSeconds);
}

export function outgoingOf(details: readonly DetailCount[]): Outgoing[] {
  const errors = sums(details, 'callError');
  const same = sameOf(details, 'call');
  const types = Map.groupBy(sums(details, 'callErrorType'), ([label]) => split(label).rest);
  return [...sums(details, 'call')]
    .map(([target, { count, seconds }]): Outgoing => {
      const errorTypes = (types.get(target) ?? [])
        .map(([label, each]) => ({ type: split(label).first, count: each.count }))
        .sort((one, other) => other.count - one.count);
      return {
        target,
        calls: count,
        errors: errors.get(target)?.count ?? 0,
        totalSeconds: seconds,
        ...(errorTypes.length === 0 ? {} : { errorTypes }),
        ...same(target),
      };
    })
    .sort((one, other) => other.totalSeconds - one.totalSeconds);
}

/** What was asked with the same values before, by its label; nothing where it was not looked at. */
function sameOf(details: readonly DetailCount[], of: 'query' | 'call'): (label: string) => Pick<Query, 'same'> {
  const counts = new Map<string, { of: number; same: number }>();
  for (const { kind, label, count } of details) {
    if (kind !== 'sameAsked') continue;
    const { first: isSame, rest } = split(label);
    const { first, rest: asked } = split(rest);
    if (first !== of) continue;
    const known = counts.get(asked) ?? { of: 0, same: 0 };
    counts.set(asked, { of: known.of + count, same: known.same + (isSame === 'true' ? count : 0) });
  }
  return (label) => {
    const same = counts.get(label);
    return same === undefined ? {} : { same };
  };
}

/** `12 profileOf, 13 fetch+r.json`: what most calls told. */
export function serialWaitsOf(details: readonly DetailCount[]): Profile['serialWaits'] {
  const told = [...sums(details, 'serialWaits')].sort((one, other) => other[1].count - one[1].count);
  const [most] = told;
  if (most === undefined) return undefined;
  const waits = most[0].split(', ').flatMap((each) => {
    const [, line, calls] = /^(\d{1,7}) (.+)$/.exec(each) ?? [];
    return line === undefined || calls === undefined ? [] : [{ line: Number(line), calls: calls.split('+') }];
  });
  return { calls: told.reduce((all, [, { count }]) => all + count, 0), waits };
}

interface Gathered {
  of: number;
  queries: number;
  readonly byLeast: Map<number, number>;
  readonly byWithin: Map<string, { of: number; queries: number }>;
}

/** By the label of the query. */
function repeatsOf(details: readonly DetailCount[]): ReadonlyMap<string, NonNullable<Query['repeats']>> {
  const gathered = new Map<string, Gathered>();
  for (const { kind, label, count, seconds } of details) {
    if (kind !== 'repeats') continue;
    const { first: least, rest: behindLeast } = split(label);
    const { first: file, rest: behindFile } = split(behindLeast);
    const { first: name, rest: query } = split(behindFile);
    const one = gathered.get(query) ?? { of: 0, queries: 0, byLeast: new Map(), byWithin: new Map() };
    gathered.set(query, one);
    one.of += count;
    // Kept where seconds are: how many queries they were together.
    one.queries += seconds;
    one.byLeast.set(Number(least), (one.byLeast.get(Number(least)) ?? 0) + count);
    if (name === '') continue;
    const loop = one.byWithin.get(`${file}\n${name}`) ?? { of: 0, queries: 0 };
    one.byWithin.set(`${file}\n${name}`, { of: loop.of + count, queries: loop.queries + seconds });
  }
  return new Map(
    [...gathered].map(([query, { of, queries, byLeast, byWithin }]) => {
      const loops = [...byWithin]
        .sort((one, other) => other[1].queries - one[1].queries)
        .map(([label, loop]) => {
          const { first: file, rest: name } = split(label);
          return { file, function: name, of: loop.of, mean: loop.of > 0 ? loop.queries / loop.of : 0 };
        });
      const [around] = loops;
      return [
        query,
        {
          of,
          mean: of > 0 ? queries / of : 0,
          distribution: [...byLeast]
            .sort(([one], [other]) => one - other)
            .map(([least, each]) => ({ least, of: each })),
          ...(around ? { within: { file: around.file, function: around.function } } : {}),
          ...(loops.length > 1 ? { loops } : {}),
        },
      ];
    }),
  );
}

function sums(
  details: readonly DetailCount[],
  kind: DetailCount['kind'],
): Map<string, { count: number; seconds: number }> {
  const byLabel = new Map<string, { count: number; seconds: number }>();
  for (const detail of details) {
    if (detail.kind !== kind) continue;
    const known = byLabel.get(detail.label) ?? { count: 0, seconds: 0 };
    byLabel.set(detail.label, { count: known.count + detail.count, seconds: known.seconds + detail.seconds });
  }
  return byLabel;
}

function split(label: string): { readonly first: string; readonly rest: string } {
  const at = label.indexOf('\n');
  return at < 0 ? { first: label, rest: '' } : { first: label.slice(0, at), rest: label.slice(at + 1) };
}
