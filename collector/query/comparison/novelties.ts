/** What a function throws and asks on one side that it never did before. */
import type { CompareResponse } from '@runlens/protocol/api/compare';
import type { DetailCount, MeasuredFunction, ProfileStore, Reading } from '../../store/profile-store.ts';
import { exceptionsOf } from '../exceptions.ts';
import type { Pair } from './screening.ts';

const placeOf = (fn: MeasuredFunction) => ({ file: fn.source.file, function: fn.name, line: fn.line });

/** Errors that no version has had before `since`. `everywhere`: the functions in all versions, by group. */
export function newErrors(
  reading: Reading,
  details: readonly DetailCount[],
  everywhere: (groups: ReadonlySet<number>) => readonly MeasuredFunction[],
  since: number,
): CompareResponse['newErrors'] {
  const thrown = details.filter(({ kind }) => kind === 'thrown');
  const groups = new Set(thrown.map(({ fn }) => fn.group));
  if (groups.size === 0) return [];
  const all = everywhere(groups);
  const firstThrown = reading.firstThrown(all);
  const members = Map.groupBy(all, ({ group }) => group);
  return [...Map.groupBy(thrown, ({ fn }) => fn.group)].flatMap(([group, own]) => {
    const newest = own[0]?.fn;
    if (newest === undefined) return [];
    const totals = (members.get(group) ?? []).map((fn) => ({
      fn,
      calls: 0,
      errors: 0,
      seconds: 0,
      maxSeconds: 0,
      samples: 0,
    }));
    return exceptionsOf({ members: totals, details: own, firstThrown })
      .filter(({ firstSeen }) => firstSeen !== undefined && Date.parse(firstSeen) >= since)
      .map((exception) => ({ ...placeOf(newest), exception }));
  });
}

/** So many would be expected on the base side, had the function asked it as often; none came: a chance of e^-5. */
const leastExpected = 5;

/** Queries of functions that were called on both sides and asked them on one. */
export function newQueries(
  pairs: Iterable<Pair>,
  before: readonly DetailCount[],
  after: readonly DetailCount[],
): CompareResponse['newQueries'] {
  const asked = new Set(before.filter(({ kind }) => kind === 'query').map(({ fn, label }) => `${fn.group}\n${label}`));
  const byGroup = Map.groupBy(
    after.filter(({ kind }) => kind === 'query'),
    ({ fn }) => fn.group,
  );
  return [...pairs].flatMap(({ base, now }) => {
    const [newest] = now.functions;
    if (newest === undefined || now.calls === 0) return [];
    const byLabel = Map.groupBy(byGroup.get(newest.group) ?? [], ({ label }) => label);
    return [...byLabel].flatMap(([label, rows]) => {
      const calls = rows.reduce((sum, { count }) => sum + count, 0);
      if (asked.has(`${newest.group}\n${label}`) || (calls / now.calls) * base.calls < leastExpected) return [];
      const at = label.indexOf('\n');
      return [{ ...placeOf(newest), system: label.slice(0, at), statement: label.slice(at + 1), calls }];
    });
  });
}

/** Functions of all versions that belong to some groups. */
export const functionsOfGroups =
  (store: ProfileStore, scope: { readonly service: string; readonly environment: string }) =>
  (groups: ReadonlySet<number>): readonly MeasuredFunction[] =>
    store.functions(scope).filter(({ group }) => groups.has(group));
