/** The slowest calls of each function in each minute: few, and always the same few in whatever order they come. */
import { type Exemplar, exemplarsKept } from './profile-store.ts';

export interface MinuteExemplars {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly functionId: number;
  /** The slowest first. */
  readonly exemplars: readonly Exemplar[];
}

/** By minute and function. */
export type Slowest = Map<string, MinuteExemplars>;

export function addExemplars(to: Slowest, { minute, functionId, exemplars }: MinuteExemplars): void {
  const key = `${minute}|${functionId}`;
  const known = to.get(key)?.exemplars ?? [];
  to.set(key, { minute, functionId, exemplars: slowestOf([...known, ...exemplars], exemplarsKept) });
}

/** The slowest first; the same call told twice is one. */
export function slowestOf(exemplars: readonly Exemplar[], most: number): readonly Exemplar[] {
  const distinct = new Map(exemplars.map((each) => [`${each.time} ${each.seconds}`, each]));
  return [...distinct.values()]
    .sort((one, other) => other.seconds - one.seconds || other.time - one.time)
    .slice(0, most);
}
