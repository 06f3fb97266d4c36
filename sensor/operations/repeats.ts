import type { CallPath } from '../runtime/frames.ts';
import type { Series } from './recorder.ts';
import { Tally } from './tally.ts';

/**
 * How often one function asks the same within one call: the mark of an N+1.
 *
 * "One call" is, where a request is known (see requests.ts), that request: exact, also across `await`. Elsewhere it is one
 * call of the outermost measured function on the stack. A call is told from the next by its number, which the counters
 * of the runtime give for nothing: as long as the outermost function has not been called anew, it is the same call.
 * That is exact for code without `await`, such as synchronous drivers; with `await` and several calls in flight at once,
 * a new one ends the counting of the one before, so that repeats are told too low, never too high.
 *
 * Of all the stacks in one call the part that is the same, call by call, ends with the function in which they were
 * repeated: the one with the loop.
 */
export class Repeats {
  readonly #callsOf: (slot: number) => number;
  readonly #requests = new Set<RequestScope>();
  readonly #calls = new Map<Series, Group>();
  #request: () => RequestScope | undefined = () => undefined;
  #drains = 0;

  constructor(callsOf: (slot: number) => number) {
    this.#callsOf = callsOf;
  }

  /** From now on requests are known: `request` gives the one at hand. */
  useRequests(request: () => RequestScope | undefined): void {
    this.#request = request;
  }

  /** One more operation of a series. `path`: from the function that asks outwards, not empty. */
  seen(series: Series, path: CallPath): void {
    const chain = this.#chainOf(path);
    const request = this.#request();
    if (request && !request.ended) {
      this.#inRequest(request, series, chain);
      return;
    }
    const group = this.#calls.get(series);
    if (group && group.chain[0] === chain[0] && group.chain[1] === chain[1]) this.#more(group, chain);
    else {
      if (group) finish(series, group);
      this.#calls.set(series, { count: 1, chain, drain: this.#drains });
    }
  }

  /** The request is answered: what it asked is complete. */
  end(request: RequestScope): void {
    request.ended = true;
    this.#requests.delete(request);
    for (const [series, group] of request.groups) finish(series, group);
    request.groups.clear();
  }

  has(series: Series): boolean {
    if (this.#calls.has(series)) return true;
    for (const request of this.#requests) if (request.groups.has(series)) return true;
    return false;
  }

  /** Ends what nothing was heard of since the drain before. */
  settle(): void {
    this.#drains += 1;
    for (const [series, group] of this.#calls) {
      if (this.#drains - group.drain < 2 && this.#isStillIn(group)) continue;
      finish(series, group);
      this.#calls.delete(series);
    }
    for (const request of this.#requests) if (this.#drains - request.drain > longestRequestDrains) this.end(request);
  }

  #inRequest(request: RequestScope, series: Series, chain: readonly number[]): void {
    request.drain = this.#drains;
    const group = request.groups.get(series);
    if (group) {
      this.#more(group, chain);
      return;
    }
    if (!this.#requests.has(request)) {
      // The oldest makes room: it may be one whose end was not told.
      if (this.#requests.size >= mostRequests) {
        const [oldest] = this.#requests;
        if (oldest) this.end(oldest);
      }
      this.#requests.add(request);
    }
    request.groups.set(series, { count: 1, chain, drain: this.#drains });
  }

  #more(group: Group, chain: readonly number[]): void {
    group.count += 1;
    group.drain = this.#drains;
    let same = 0;
    while (
      same < group.chain.length &&
      group.chain[same] === chain[same] &&
      group.chain[same + 1] === chain[same + 1]
    ) {
      same += 2;
    }
    if (same < group.chain.length) group.chain = group.chain.slice(0, same);
  }

  /** Whether the outermost call may go on; it may also have ended and no other begun. */
  #isStillIn({ chain }: Group): boolean {
    return this.#callsOf(chain[0] ?? 0) === chain[1];
  }

  /** Slot and number of the call, from the outermost inwards. */
  #chainOf(path: CallPath): number[] {
    const chain: number[] = [];
    for (let i = path.length - 1; i >= 0; i -= 1) {
      const slot = path[i] ?? 0;
      chain.push(slot, this.#callsOf(slot));
    }
    return chain;
  }
}

/** What one request has asked so far. */
export interface RequestScope {
  readonly groups: Map<Series, Group>;
  ended: boolean;
  drain: number;
}

interface Group {
  count: number;
  /** What all its stacks have in common: slot and number of the call, from the outermost inwards. */
  chain: readonly number[];
  drain: number;
}

/** Requests at once that have asked something and are not answered. */
const mostRequests = 10_000;
/** A request whose end was not told (its client went away): a minute at the usual interval. */
const longestRequestDrains = 6;

function finish({ repeats }: Series, { count, chain }: Group): void {
  const within = count > 1 ? (chain.at(-2) ?? -1) : -1;
  let tally = repeats.get(within);
  if (!tally) {
    tally = new Tally();
    repeats.set(within, tally);
  }
  tally.add(count);
}
