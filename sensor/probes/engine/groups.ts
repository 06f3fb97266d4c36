import { bucketIndex } from '@runlens/protocol/histogram';
import { probeLimits } from '@runlens/protocol/probes/limits';
import type { GroupNumbers } from './messages.ts';

/** What counts for all values that are not told apart. */
export const otherGroup = '(other)';
const longestKey = 256;

interface Group {
  readonly by: string | null;
  count: number;
  sum: number;
  max: number;
  zeroCount: number;
  buckets: Map<number, number> | undefined;
}

/** The numbers of a counter or timer, by the value that tells them apart; of more values than a few the rest is one. */
export class Groups {
  readonly #groups = new Map<string | null, Group>();
  /** The last one asked for: mostly the next one too. */
  #last: Group | undefined;

  count(by: string | null): void {
    this.#group(by).count += 1;
  }

  /** `seconds` of one more. */
  time(by: string | null, seconds: number): void {
    const group = this.#group(by);
    group.count += 1;
    group.sum += seconds;
    if (seconds > group.max) group.max = seconds;
    if (!(seconds > 0)) {
      group.zeroCount += 1;
      return;
    }
    group.buckets ??= new Map();
    const index = bucketIndex(seconds);
    group.buckets.set(index, (group.buckets.get(index) ?? 0) + 1);
  }

  numbers(isTimer: boolean): readonly GroupNumbers[] {
    return [...this.#groups.values()].map(({ by, count, sum, max, zeroCount, buckets }) => {
      const sorted = [...(buckets ?? [])].sort(([one], [other]) => one - other);
      return {
        by,
        count,
        duration: isTimer
          ? { sum, max, zeroCount, indexes: sorted.map(([index]) => index), counts: sorted.map(([, each]) => each) }
          : undefined,
      };
    });
  }

  #group(by: string | null): Group {
    if (this.#last && this.#last.by === by) return this.#last;
    let group = this.#groups.get(by);
    if (!group) {
      const isOther = this.#groups.size >= probeLimits.groups;
      const key = isOther ? otherGroup : by;
      group = this.#groups.get(key);
      if (!group) {
        group = { by: key, count: 0, sum: 0, max: 0, zeroCount: 0, buckets: undefined };
        this.#groups.set(key, group);
      }
    }
    this.#last = group;
    return group;
  }
}

/** A value as what tells groups apart; an object by its type only. */
export function groupKey(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > longestKey ? value.slice(0, longestKey) : value;
    case 'number':
    case 'boolean':
    case 'undefined':
      return `${value}`;
    case 'bigint':
      return `${value}`.slice(0, longestKey);
    case 'symbol':
      return '(symbol)';
    case 'function':
      return '(function)';
    default:
      return value === null ? 'null' : '(object)';
  }
}
