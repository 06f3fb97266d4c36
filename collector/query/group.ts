/**
 * One function over versions. Within one text of a file, functions of the same name are twins and told apart by their
 * line; between texts a function is found again by its name and its place among its twins, since edits above it move
 * its line but seldom change the order.
 */
import type { Totals } from '../store/profile-store.ts';

export interface FunctionGroup {
  readonly service: string;
  readonly environment: string;
  readonly file: string;
  readonly name: string;
  /** A member is the function in one text of one version. */
  readonly members: Totals[];
}

export function groupFunctions(totals: readonly Totals[]): FunctionGroup[] {
  const groups = new Map<string, FunctionGroup>();
  const places = placesAmongTwins(totals);
  for (const each of totals) {
    const { source, name, identity } = each.fn;
    const place = places.get(each) ?? 0;
    const key = place === 0 ? identity : `${identity}\n${place}`;
    const group = groups.get(key);
    if (group !== undefined) {
      group.members.push(each);
      continue;
    }
    const { scope, file } = source;
    groups.set(key, { service: scope.service, environment: scope.environment, file, name, members: [each] });
  }
  return [...groups.values()];
}

/** The place of a function among those of the same name in the same text, for those that have such twins. */
function placesAmongTwins(totals: readonly Totals[]): ReadonlyMap<Totals, number> {
  const namesakes = new Map<object, Map<string, Totals[]>>();
  for (const each of totals) {
    if (!each.fn.hasTwins) continue;
    let byName = namesakes.get(each.fn.source);
    if (byName === undefined) {
      byName = new Map();
      namesakes.set(each.fn.source, byName);
    }
    const twins = byName.get(each.fn.name);
    if (twins === undefined) byName.set(each.fn.name, [each]);
    else twins.push(each);
  }
  const places = new Map<Totals, number>();
  for (const byName of namesakes.values()) {
    for (const twins of byName.values()) {
      if (twins.length === 1) continue;
      twins.sort((one, other) => one.fn.line - other.fn.line);
      for (const [place, twin] of twins.entries()) places.set(twin, place);
    }
  }
  return places;
}
