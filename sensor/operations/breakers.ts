import { attributes, metrics } from '@runlens/protocol/telemetry';
import type { OperationDelta } from './recorder.ts';

/** Circuit breakers whose state is followed at once; more are not told of. */
const mostFollowed = 500;
const longestName = 100;

interface Followed {
  readonly name: string;
  /** Of the function that asked by it first; -1: not known. */
  readonly slot: number;
}

/** Which circuit breakers of the program are open. A breaker that is closed costs nothing here. */
export class Breakers {
  readonly #open = new Map<object, Followed>();
  #closed: Followed[] = [];

  opened(breaker: object, name: string, slot: number): void {
    if (this.#open.size >= mostFollowed) return;
    this.#open.set(breaker, { name: name.slice(0, longestName), slot });
  }

  closed(breaker: object): void {
    const followed = this.#open.get(breaker);
    if (!followed || !this.#open.delete(breaker)) return;
    if (this.#closed.length < mostFollowed) this.#closed.push(followed);
  }

  /** Those that are open now, each time; and once those that were closed since the last time. */
  drain(): readonly OperationDelta[] {
    const closed = this.#closed;
    this.#closed = [];
    return [
      ...[...this.#open.values()].map((each) => deltaOf(each, 'open')),
      ...closed.map((each) => deltaOf(each, 'closed')),
    ];
  }
}

const deltaOf = ({ name, slot }: Followed, state: 'open' | 'closed'): OperationDelta => ({
  ...{ metric: metrics.breakers, slot, within: -1, numbers: 1 },
  attributes: [
    [attributes.breakerName, name],
    [attributes.breakerState, state],
  ],
});
