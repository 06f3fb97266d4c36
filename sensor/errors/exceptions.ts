import { attributes, metrics } from '@runlens/protocol/telemetry';
import type { OperationDelta } from '../operations/recorder.ts';
import { SampleBudget } from '../runtime/budget.ts';
import { type Below, Frames, type FramesOptions, type IndexedFile } from '../runtime/frames.ts';
import { stamps } from '../runtime/stamp.ts';
import { type Handled, handlerOf, type Step } from './outcome.ts';
import { causeOf, messageOf } from './own-facts.ts';
import { thrownFrames } from './thrown-stack.ts';

export interface ExceptionsOptions extends FramesOptions {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Seconds of CPU that the process has used. */
  readonly cpuSeconds: () => number;
}

/**
 * Looking at an error costs 20 to 40 µs, by the depth of the stack (`npm run bench -- errors`). It takes a token for each
 * 10 µs that it took: half a percent of the CPU time at most, as captures of callers.
 */
const microsecondsPerToken = 10;
const looksPerCpuSecond = 500;
const looksPerWallSecond = 250;
const burst = 400;
/** The first of each kind in each interval are all looked at, also with the tokens that others may not take. */
const firstLooks = 16;
const reservedTokens = 100;
/** Frames of the callers that are looked at. */
const mostFrames = 64;
/** Functions that one error is followed through. */
const mostPassed = 64;
/** Errors whose way is not known to be at its end. What is beyond is stood for by others. */
const mostFollowed = 4_000;
/** An error that has left no further function for so long has been caught, milliseconds. */
const settledAfter = 1_000;
/** Kinds told at once. */
const mostTold = 4_000;
const deltasPerPart = 256;
/** Functions and types told apart between two drains. */
const mostTallies = 5_000;

/** An error that is followed. */
interface Followed {
  readonly type: string;
  readonly cause: string;
  readonly message: string | undefined;
  /** The function that threw it, and where in it. */
  readonly thrown: { readonly slot: number; readonly line: number; readonly offset: number };
  /** How many errors it stands for. */
  weight: number;
  /** The functions that it has left, in their order. */
  readonly passed: number[];
  /** The functions on the stack, from the one that threw outwards. */
  callers: readonly Step[];
  isWhole: boolean;
  /** The place in `callers` of the function that it left last; -1: it is not there. */
  at: number;
  lastAt: number;
  /** It has been told. */
  isSettled: boolean;
}

/** Errors of one type that one function threw, since the last drain. */
interface Tally {
  looked: number;
  /** Since the last one that was looked at. */
  unseen: number;
  newest: Followed | undefined;
}

/**
 * What errors pass the functions of this thread: their types and messages, where they were thrown, who passed them on, and
 * who caught them.
 *
 * An error is known again by its identity, so it has one origin however many functions it leaves. While there are no
 * more errors than may be looked at, all counts are exact; else an error that was looked at stands for those since the
 * one before, of the same type and thrown by the same function, and counts are estimates that add up to all of them.
 * Thrown values that are no objects have no identity, and are counted by their type only, beside this.
 */
export class Exceptions {
  readonly #options: ExceptionsOptions;
  readonly #frames: Frames;
  readonly #budget: SampleBudget;
  /** A number: it was not looked at, and others stand for it; the slot that threw it. */
  readonly #known = stamps<Followed | number>();
  #tallies = new Map<string, Map<number, Tally>>();
  #talliesSize = 0;
  #followed: Followed[] = [];
  #settled = new Map<string, OperationDelta & { numbers: number }>();

  constructor(options: ExceptionsOptions) {
    this.#options = options;
    this.#frames = new Frames(options);
    this.#budget = new SampleBudget({
      samplesPerCpuSecond: looksPerCpuSecond,
      samplesPerWallSecond: looksPerWallSecond,
      burst,
      now: options.now,
      cpuSeconds: options.cpuSeconds,
    });
  }

  add(file: IndexedFile): void {
    this.#frames.add(file);
  }

  /**
   * An error leaves a function. `below`: the function that the program's own has called. Gives the milliseconds that it took
   * to look at it; 0: it was not looked at, which takes 0.3 µs (`npm run bench -- errors`).
   */
  passes(slot: number, type: string, thrown: unknown, below: Below): number {
    if ((typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null) return 0;
    const known = this.#known.get(thrown);
    if (typeof known === 'object') return this.#goesOn(known, thrown, slot, below);
    // One that passes the function that threw it is thrown again, as one that is kept for that.
    if (known !== undefined && known !== slot) return 0;
    const tally = this.#tally(slot, type);
    if (!tally || !this.#mayLook(tally)) {
      if (tally) tally.unseen += 1;
      if (known === undefined) this.#known.set(thrown, slot);
      return 0;
    }
    return this.#begin(slot, type, thrown, below, tally);
  }

  /** What is known by now, in parts that all have to be taken; `last`: nothing more will come. */
  *parts(last: boolean): Generator<readonly OperationDelta[]> {
    this.#budget.look();
    for (const [, bySlot] of this.#tallies) {
      for (const { newest, unseen } of bySlot.values()) if (newest) newest.weight += unseen;
    }
    this.#tallies = new Map();
    this.#talliesSize = 0;
    const before = last ? Number.POSITIVE_INFINITY : this.#options.now() - settledAfter;
    const followed = this.#followed;
    this.#followed = [];
    let turn = 0;
    for (const each of followed) {
      if (each.lastAt >= before) this.#followed.push(each);
      else this.#settle(each);
      if (++turn % deltasPerPart === 0) yield [];
    }
    const told = [...this.#settled.values()];
    this.#settled = new Map();
    for (let from = 0; from < told.length; from += deltasPerPart) yield told.slice(from, from + deltasPerPart);
  }

  #begin(slot: number, type: string, thrown: object, below: Below, tally: Tally): number {
    const { now } = this.#options;
    const from = now();
    const { callers, isWhole } = this.#callers(slot, below);
    const place = this.#frames.placeIn(thrownFrames(thrown), slot);
    const followed: Followed = {
      type,
      cause: causeOf(thrown),
      message: messageOf(thrown),
      thrown: { slot, line: place?.line ?? 0, offset: place?.offset ?? -1 },
      weight: 1 + tally.unseen,
      passed: [slot],
      callers,
      isWhole,
      at: callers.length > 0 ? 0 : -1,
      lastAt: from,
      isSettled: false,
    };
    tally.looked += 1;
    tally.unseen = 0;
    tally.newest = followed;
    this.#followed.push(followed);
    this.#known.set(thrown, followed);
    const took = now() - from;
    // The first find the sensor's own code cold, and would use up what all have.
    const isFirst = tally.looked <= firstLooks;
    this.#budget.tokens -= isFirst ? 1 : Math.max(1, (took * 1_000) / microsecondsPerToken);
    return took;
  }

  #goesOn(followed: Followed, thrown: object, slot: number, below: Below): number {
    const { now } = this.#options;
    const lastAt = now();
    const { callers, passed, at } = followed;
    const next = at < 0 ? -1 : callers.findIndex((step, i) => i > at && step.slot === slot);
    const isAgain = next < 0 && slot === followed.thrown.slot;
    if (followed.isSettled || passed.length >= mostPassed || isAgain) {
      // One object that is thrown again and again, or a promise that many wait for: each time is a way of its own.
      if (this.#followed.length >= mostFollowed) return 0;
      const again = { ...followed, ...this.#way(slot, below), weight: 1, passed: [slot], lastAt, isSettled: false };
      this.#followed.push(again);
      this.#known.set(thrown, again);
      return now() - lastAt;
    }
    followed.lastAt = lastAt;
    passed.push(slot);
    // Else it took a way that its first stack does not tell: over a promise that is awaited elsewhere.
    if (next >= 0) followed.at = next;
    else Object.assign(followed, this.#way(slot, below));
    return now() - lastAt;
  }

  #way(slot: number, below: Below): Pick<Followed, 'callers' | 'isWhole' | 'at'> {
    const budget = this.#budget;
    if (budget.tokens <= 0 && !budget.refillWhenEmpty()) return { callers: [], isWhole: false, at: -1 };
    budget.tokens -= 1;
    const { callers, isWhole } = this.#callers(slot, below);
    return { callers, isWhole, at: callers.length > 0 ? 0 : -1 };
  }

  /** From the function that an error leaves outwards; nothing where it is not on the stack, as in a promise's callback. */
  #callers(slot: number, below: Below): { readonly callers: readonly Step[]; readonly isWhole: boolean } {
    const { path, isWhole } = this.#frames.look(below, mostFrames);
    if (path[0] !== slot) return { callers: [], isWhole: false };
    return { callers: path.map((each) => ({ slot: each, kind: this.#frames.kindOf(each) })), isWhole };
  }

  #mayLook({ looked }: Tally): boolean {
    if (this.#followed.length >= mostFollowed) return false;
    const budget = this.#budget;
    if (budget.tokens <= 0) budget.refillWhenEmpty();
    else if (this.#options.now() >= budget.lookAt) budget.look();
    // Of each kind one is wanted, also while another uses up all tokens.
    if (looked === 0) return budget.tokens > -burst;
    return budget.tokens > (looked < firstLooks ? 0 : reservedTokens);
  }

  #tally(slot: number, type: string): Tally | undefined {
    let bySlot = this.#tallies.get(type);
    if (!bySlot) {
      bySlot = new Map();
      this.#tallies.set(type, bySlot);
    }
    let tally = bySlot.get(slot);
    if (!tally) {
      if (this.#talliesSize >= mostTallies) return undefined;
      this.#talliesSize += 1;
      tally = { looked: 0, unseen: 0, newest: undefined };
      bySlot.set(slot, tally);
    }
    return tally;
  }

  /** Tells of the way of an error that is at its end. */
  #settle(followed: Followed): void {
    followed.isSettled = true;
    const { passed, callers, isWhole, at } = followed;
    const last = callers[at];
    const handler = last ? handlerOf({ callers: callers.slice(at + 1), isWhole, last }) : 'unknown';
    const handled = typeof handler === 'number' ? 'caller' : handler;
    for (const slot of passed) this.#tell(slot, handled, followed);
    if (typeof handler === 'number') this.#tell(handler, 'here', followed);
  }

  #tell(slot: number, handled: Handled, { type, cause, message, thrown, weight }: Followed): void {
    const key = JSON.stringify([slot, handled, type, cause, message, thrown.slot, thrown.offset]);
    const known = this.#settled.get(key);
    if (known) {
      known.numbers += weight;
      return;
    }
    if (this.#settled.size >= mostTold) {
      this.#tellOther(slot, handled, type, weight);
      return;
    }
    this.#settled.set(key, {
      metric: metrics.exceptions,
      slot,
      within: thrown.slot,
      attributes: [
        [attributes.exceptionType, type],
        [attributes.exceptionHandled, handled],
        ...(cause === '' ? [] : [[attributes.exceptionCause, cause] as const]),
      ],
      thrown: { message, line: thrown.line, offset: thrown.offset },
      numbers: weight,
    });
  }

  /** Of kinds beyond what is told apart only the numbers are told. */
  #tellOther(slot: number, handled: Handled, type: string, weight: number): void {
    const key = `${slot} ${handled} ${type}`;
    const known = this.#settled.get(key);
    if (known) known.numbers += weight;
    else if (this.#settled.size < 2 * mostTold) {
      this.#settled.set(key, {
        metric: metrics.exceptions,
        slot,
        within: -1,
        attributes: [
          [attributes.exceptionType, type],
          [attributes.exceptionHandled, handled],
          [attributes.exceptionShape, otherShape],
        ],
        numbers: weight,
      });
    }
  }
}

const otherShape = '_OTHER';
