/**
 * One function over versions. Within one text of a file, functions of the same name are twins and told apart by their
 * line; between texts a function is found again by its name and its place among its twins (`store/catalog.ts` numbers
 * them so), since edits above it move its line but seldom change the order.
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
  const groups = new Map<number, FunctionGroup>();
  for (const each of totals) {
    const { source, name, group: number } = each.fn;
    const group = groups.get(number);
    if (group !== undefined) {
      group.members.push(each);
      continue;
    }
    const { scope, file } = source;
    groups.set(number, { service: scope.service, environment: scope.environment, file, name, members: [each] });
  }
  return [...groups.values()];
}
