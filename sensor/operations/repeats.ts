import type { CallPath } from '../runtime/frames.ts';
import type { Asker } from './askers.ts';
import type { Series } from './recorder.ts';
import { Tally } from './tally.ts';

export interface CallNumbers {
  /** The number of a slot's newest call. */
  readonly callsOf: (slot: number) => number;
  /** Whether a call of the slot may rest (`await`, `yield`) while others begin, so that the newest need not be the one at hand. */
  readonly mayRest: (slot: number) => boolean;
}

/**
 * How often one function asks the same within one call: the mark of an N+1.
 *
 * - Where the request is known (requests.ts: Node 24 and newer), "one call" is what one request asks. Exact.
 * - Elsewhere it is one call of a function on the stack, told from the next by its number, which the runtime's counters
 *   give for nothing: a function that was not called anew is in the same call. Exact where that function has no `await`,
 *   as around synchronous drivers.
 * - For a function with `await` several calls may be in flight, and the number alone says nothing. It is believed only
 *   as long as no more than one request is being answered and the queries do not overlap; what is in doubt is not told,
 *   so that there are fewer values and no wrong ones.
 *
 * Of all the stacks in one call the part that is the same, call by call, ends with the function in which they were
 * repeated: the one with the loop.
 */
export class Repeats {
  readonly #numbers: CallNumbers;
  readonly #requests = new Set<RequestScope>();
  readonly #calls = new Map<Series, Group>();
  #requestAtHand: () => RequestScope | undefined = () => undefined;
  #crowds: () => number = () => 0;
  #drains = 0;
  /** Of the query at hand: slot and number of the call, from the outermost inwards. One array for all, since they are many. */
  readonly #chain: number[] = [];

  constructor(numbers: CallNumbers) {
    this.#numbers = numbers;
  }

  /** From now on requests are known: `request` gives the one at hand. */
  useRequests(request: () => RequestScope | undefined): void {
    this.#requestAtHand = request;
  }

  /** From now on it is known when several requests are answered at once: `crowds` grows then. */
  useCrowds(crowds: () => number): void {
    this.#crowds = crowds;
  }

  /** The request that is being answered right now, where it is known. */
  get requestAtHand(): RequestScope | undefined {
    return this.#requestAtHand();
  }

  /** One more operation of a series, by somebody who is known. */
  seen(series: Series, { path, request }: Pick<Asker, 'path' | 'request'>): Group {
    const chain = this.#chainOf(path);
    return request && !request.ended ? this.#inRequest(request, series, chain) : this.#inCall(series, chain);
  }

  /** It may have been one more of this series, or of another: what is counted in this call is not told. */
  maybeSeen(series: Series, asker: Pick<Asker, 'path' | 'request'>): void {
    this.seen(series, asker).inDoubt = true;
  }

  /** The request is answered: what it asked is complete. */
  end(request: RequestScope): void {
    request.ended = true;
    this.#requests.delete(request);
    for (const [series, group] of request.groups) if (!group.inDoubt) tell(series, group);
    request.groups.clear();
  }

  has(series: Series): boolean {
    if (this.#calls.has(series)) return true;
    for (const request of this.#requests) if (request.groups.has(series)) return true;
    return false;
  }

  /** Ends what nothing was heard of since the drain before; `all`: everything, since nothing more will come. */
  settle(all: boolean): void {
    this.#drains += 1;
    for (const [series, group] of this.#calls) {
      if (!all && this.#drains - group.drain < 2) continue;
      this.#finish(series, group);
      this.#calls.delete(series);
    }
    for (const request of this.#requests) {
      if (all || this.#drains - request.drain > longestRequestDrains) this.end(request);
    }
  }

  #inRequest(request: RequestScope, series: Series, chain: readonly number[]): Group {
    request.drain = this.#drains;
    const group = request.groups.get(series);
    if (group) {
      // One request is one call of what answers it, however often that was called for others meanwhile.
      const same = Math.max(sameCalls(group.chain, chain), Math.min(2, sameSlots(group.chain, chain)));
      this.#more(group, chain, same);
      return group;
    }
    if (!this.#requests.has(request)) {
      // The oldest makes room: it may be one whose end was not told.
      if (this.#requests.size >= mostRequests) {
        const [oldest] = this.#requests;
        if (oldest) this.end(oldest);
      }
      this.#requests.add(request);
    }
    const begun = this.#begin(chain);
    request.groups.set(series, begun);
    return begun;
  }

  #inCall(series: Series, chain: readonly number[]): Group {
    const group = this.#calls.get(series);
    if (group) {
      const same = this.#provenSame(series, group, chain);
      if (same > 0) {
        this.#more(group, chain, same);
        return group;
      }
      if (sameCalls(group.chain, chain) > 0) {
        group.inDoubt = true;
        return group;
      }
      this.#finish(series, group);
    }
    const begun = this.#begin(chain);
    this.#calls.set(series, begun);
    return begun;
  }

  #begin(chain: readonly number[]): Group {
    return { count: 1, chain: chain.slice(), drain: this.#drains, crowds: this.#crowds(), inDoubt: false };
  }

  #more(group: Group, chain: readonly number[], same: number): void {
    group.count += 1;
    group.drain = this.#drains;
    // With the newest numbers: calls that go on have got none of those.
    const kept = group.chain;
    kept.length = same;
    for (let at = 1; at < same; at += 2) kept[at] = chain[at] ?? 0;
  }

  /** How much of the chain is of the same calls beyond doubt. */
  #provenSame(series: Series, group: Group, chain: readonly number[]): number {
    const same = sameCalls(group.chain, chain);
    for (let at = same; at > 0; at -= 2) {
      const slot = chain[at - 2] ?? 0;
      if (group.chain[at - 1] === chain[at - 1] && !this.#numbers.mayRest(slot)) return at === same ? same : at;
    }
    return this.#isAlone(group) && series.running === 0 ? same : 0;
  }

  #isAlone(group: Group): boolean {
    return group.crowds === this.#crowds();
  }

  #finish(series: Series, group: Group): void {
    const { chain, count, inDoubt } = group;
    // One query of a call that may have asked more, which could not be told from others'.
    const mayBeMore = count === 1 && this.#numbers.mayRest(chain[0] ?? 0) && !this.#isAlone(group);
    if (!inDoubt && !mayBeMore) tell(series, group);
  }

  #chainOf(path: CallPath): readonly number[] {
    const chain = this.#chain;
    chain.length = 0;
    for (let i = path.length - 1; i >= 0; i -= 1) {
      const slot = path[i] ?? 0;
      chain.push(slot, this.#numbers.callsOf(slot));
    }
    return chain;
  }
}

/** How much of two chains, from the outermost inwards, is of the same functions. */
function sameSlots(one: readonly number[], other: readonly number[]): number {
  let same = 0;
  while (same < one.length && same < other.length && one[same] === other[same]) same += 2;
  return same;
}

/**
 * How much of two chains is of the same calls. Where a function was not called anew it is in the same call, and so are
 * those around it, even if they were called anew meanwhile by others.
 */
function sameCalls(one: readonly number[], other: readonly number[]): number {
  let same = sameSlots(one, other);
  while (same > 0 && one[same - 1] !== other[same - 1]) same -= 2;
  return same;
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
  readonly chain: number[];
  drain: number;
  /** How often there was more than one request at once until it began. */
  readonly crowds: number;
  /** Some of its operations could not be told from those of other calls: its count is not told. */
  inDoubt: boolean;
}

/** Requests at once that have asked something and are not answered. */
const mostRequests = 10_000;
/** A request whose end was not told (its client went away): a minute at the usual interval. */
const longestRequestDrains = 6;

function tell({ repeats }: Series, { count, chain }: Group): void {
  const within = count > 1 ? (chain.at(-2) ?? -1) : -1;
  let tally = repeats.get(within);
  if (!tally) {
    tally = new Tally();
    repeats.set(within, tally);
  }
  tally.add(count);
}
