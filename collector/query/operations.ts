/** Queries and calls of other services of a function, from what is counted beside its plain numbers. */
import type { Profile } from '@runlens/protocol/api/profile';
import type { DetailCount } from '../store/profile-store.ts';

type Query = Profile['queries'][number];
type Outgoing = Profile['outgoing'][number];

/** `hourCalls`: calls of the function in the whole hours that the details are of. */
export function queriesOf(details: readonly DetailCount[], hourCalls: number): Query[] {
  const errors = sums(details, 'queryError');
  const repeats = repeatsOf(details);
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
      };
    })
    .sort((one, other) => other.totalSeconds - one.totalSeconds);
}

export function outgoingOf(details: readonly DetailCount[]): Outgoing[] {
  const errors = sums(details, 'callError');
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
      };
    })
    .sort((one, other) => other.totalSeconds - one.totalSeconds);
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
