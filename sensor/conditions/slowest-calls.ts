import { activeSpan, type SpanIds } from './active-span.ts';
import type { AskedQueries } from './asked-trail.ts';
import { conditionsOf } from './tag.ts';

/** Calls that take less, in milliseconds, are slow for nobody; so there are never many that do not. */
export const leastSlowMilliseconds = 1;
/** Of one function in a minute. */
const mostOfFunction = 3;
/** Functions of which calls are kept in a minute. */
const mostFunctions = 500;
/** Calls that are looked at between two tellings: of a load whose every call is slower than the one before. */
const mostLooks = 1_000;
const minuteMilliseconds = 60_000;

/** A call that was among the slowest of its function. Crosses threads. */
export interface SlowCall {
  readonly slot: number;
  /** Milliseconds since 1970 at its end. */
  readonly at: number;
  readonly milliseconds: number;
  /** `POST /orders/:id`, or, where `entrySlot` is not -1, the kind of a job; empty: not known. */
  readonly entry: string;
  readonly entrySlot: number;
  readonly span: SpanIds | undefined;
  readonly conditions: readonly string[];
  /** What its request asked meanwhile, where that is known. */
  readonly queries: AskedQueries | undefined;
}

/** What a call was for, as far as it is known when it is told. */
export interface CallEntry {
  readonly name: string;
  /** -1: a route. */
  readonly slot: number;
}

export interface Surroundings {
  readonly entry: () => CallEntry | undefined;
  readonly queries: AskedQueries | undefined;
}

/** A call with what it was for, which is asked when it is told: a route may be known by then only. */
interface Kept {
  readonly slot: number;
  readonly at: number;
  readonly milliseconds: number;
  readonly tag: number;
  readonly span: SpanIds | undefined;
  readonly surroundings: Surroundings;
  told: boolean;
}

export interface SlowestCallsOptions {
  /** Milliseconds, since 1970. */
  readonly wallClock: () => number;
  /** This function's calls are told again from so many milliseconds on. */
  readonly slowFrom: (slot: number, milliseconds: number) => void;
}

/**
 * Keeps the slowest timed calls of each function in each minute, with the trace that they were of and what they were for.
 * Only what may be one of them is told to it at all, so it costs the others a comparison.
 */
export class SlowestCalls {
  readonly #options: SlowestCallsOptions;
  readonly #bySlot = new Map<number, Kept[]>();
  /** Of functions that are not kept: until the next minute they are asked less, or nothing. */
  readonly #refused = new Set<number>();
  #minuteEnd: number;
  #looks = 0;

  constructor(options: SlowestCallsOptions) {
    this.#options = options;
    this.#minuteEnd = options.wallClock() + minuteMilliseconds;
  }

  /** A call that may be one of the slowest. Gives from how many milliseconds on the next one may be. */
  add(slot: number, milliseconds: number, tag: number, surroundings: () => Surroundings): number {
    this.#looks += 1;
    const kept = this.#bySlot.get(slot) ?? [];
    const isTooMany = kept.length === 0 && this.#bySlot.size >= mostFunctions;
    if (isTooMany || this.#looks > mostLooks) {
      this.#refused.add(slot);
      return isTooMany ? Number.POSITIVE_INFINITY : milliseconds;
    }
    this.#bySlot.set(slot, kept);
    const at = this.#options.wallClock();
    kept.push({ slot, at, milliseconds, tag, span: spanOrNone(), surroundings: surroundings(), told: false });
    kept.sort((one, other) => other.milliseconds - one.milliseconds);
    kept.length = Math.min(kept.length, mostOfFunction);
    return kept.length < mostOfFunction ? leastSlowMilliseconds : (kept.at(-1)?.milliseconds ?? leastSlowMilliseconds);
  }

  /** Nothing is kept of this function until the next minute. Gives from how many milliseconds on it is asked again. */
  refuse(slot: number): number {
    this.#refused.add(slot);
    return Number.POSITIVE_INFINITY;
  }

  /** Those that were not told before. */
  take(): readonly SlowCall[] {
    const told: SlowCall[] = [];
    for (const kept of this.#bySlot.values()) {
      for (const call of kept) {
        if (call.told) continue;
        call.told = true;
        const { slot, at, milliseconds, tag, span } = call;
        const { queries } = call.surroundings;
        const entry = call.surroundings.entry();
        told.push({
          slot,
          at,
          milliseconds,
          entry: entry?.name ?? '',
          entrySlot: entry?.slot ?? -1,
          span,
          conditions: conditionsOf(tag),
          queries,
        });
      }
    }
    this.#looks = 0;
    this.#beginMinute();
    return told;
  }

  /** In a new minute a call need not be slower than those of the last. */
  #beginMinute(): void {
    const time = this.#options.wallClock();
    if (time < this.#minuteEnd && time >= this.#minuteEnd - minuteMilliseconds) return;
    this.#minuteEnd = time + minuteMilliseconds;
    for (const slot of [...this.#bySlot.keys(), ...this.#refused]) {
      this.#options.slowFrom(slot, leastSlowMilliseconds);
    }
    this.#bySlot.clear();
    this.#refused.clear();
  }
}

/** The program's own code may be asked, which may fail. */
function spanOrNone(): SpanIds | undefined {
  try {
    return activeSpan();
  } catch {
    return undefined;
  }
}
