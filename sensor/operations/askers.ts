import type { Below, CallPath } from '../runtime/frames.ts';
import type { Shape } from './recorder.ts';
import type { RequestScope } from './repeats.ts';

/** Who asks. */
export interface Asker {
  /** From the function that asks outwards; empty: not known. */
  readonly path: CallPath;
  readonly request: RequestScope | undefined;
  /** Not read from the stack of this very query. */
  readonly isAssumed: boolean;
  /** Who else it may have been: then the path is drawn from these, in proportion. */
  readonly doubt: readonly CallPath[] | undefined;
}

/** How many stacks may be looked at now; see `CaptureBudget`. */
export interface Captures {
  /** From 0, none, to 1, as many as are wanted. Those that only confirm are the first to be fewer. */
  readonly share: (confirms: boolean) => number;
  readonly spend: (tokens: number) => void;
}

export interface AskersOptions {
  readonly capture: (below: Below, limit: number) => CallPath;
  /** The number of a slot's newest call. */
  readonly callsOf: (slot: number) => number;
  readonly captures: Captures;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** How far a stack is looked through: first as far as synchronous drivers need, then through clients that await a lot. */
const nearFrames = 8;
const farFrames = 64;
/** What the second look costs beside the first. */
const farTokens = 3;
/** After so many stacks in a row that were as foreseen not every one is looked at. */
const trustedAfter = 64;
/** Of a trusted one: 1 stack in 16 at first, and 1 in 64 after 256. */
const dueAtFirst = 4;
const leastDue = 1 / 64;
/** Stacks that a draw is made from. */
const mostRecent = 16;
/** Fewer say nothing about what they have not shown. */
const leastRecent = 8;
/** Bounds of one statement: the paths that led to it, functions on them whose calls are looked at, and situations. */
const mostPaths = 32;
const mostSlots = 24;
const mostSituations = 512;
const requestBit = 1 << mostSlots;
const pathUnit = 1 << (mostSlots + 1);

/**
 * Tells who asks a query, without a stack (5 to 20 µs) for each where they repeat.
 *
 * The calls of all measured functions are counted anyway. Which of the functions around a statement were called since
 * the statement was asked last, from where that was, and whether for the same request, is its *situation*: within a loop
 * only the function that asks was called; the first query of the next page is preceded by calls of all of them; of two
 * functions that share a statement, one was. Each situation of each statement foresees a path and is trusted once 64
 * stacks in a row were as foreseen. Then 1 in 16 is looked at, at random, falling to 1 in 64. A single one that differs
 * ends the trust. After k random looks that agree, no more than 3/k of the others differ, at 95 % (the rule of three).
 *
 * Where stacks are due and may not be looked at, since all of them have a budget, a path is drawn from the last ones in
 * the same situation: statements and their totals stay exact, functions get their share. What is drawn while they
 * differed is no evidence for repeats in one call.
 */
export class Askers {
  readonly #options: AskersOptions;
  readonly #sites = new WeakMap<Shape, Site>();

  constructor(options: AskersOptions) {
    this.#options = options;
  }

  asker(shape: Shape, below: Below, request: RequestScope | undefined): Asker {
    let site = this.#sites.get(shape);
    if (!site) {
      site = new Site();
      this.#sites.set(shape, site);
    }
    const situation = site.situation(this.#options.callsOf, request);
    if (this.#isDue(site, situation)) {
      const path = site.learn(situation, withoutRecursion(this.#capture(below)), this.#options.callsOf);
      return { path, request, isAssumed: false, doubt: undefined };
    }
    // A situation that is hardly known says less than all of them do together.
    const known = situation.stacks >= leastRecent ? situation : site.any;
    const isClear = known.stacks >= leastRecent && known.agreed >= known.recent.length;
    const place = isClear ? known.newest : this.#drawn(situation.stacks > 0 ? situation : known);
    site.last = place;
    return { path: place.path, request, isAssumed: true, doubt: isClear ? undefined : known.paths() };
  }

  /** Always looked at and never assumed: what is too rare or too dear for the look to matter. */
  look(below: Below, request: RequestScope | undefined): Asker {
    return { path: this.#capture(below), request, isAssumed: false, doubt: undefined };
  }

  #isDue(site: Site, { agreed }: Situation): boolean {
    const { random, captures } = this.#options;
    if (site.any.stacks === 0) return true;
    const isTrusted = agreed >= trustedAfter;
    if (isTrusted && random() >= Math.max(leastDue, dueAtFirst / agreed)) return false;
    const share = captures.share(isTrusted);
    return share >= 1 || random() < share;
  }

  #capture(below: Below): CallPath {
    const { capture, captures } = this.#options;
    captures.spend(1);
    const near = capture(below, nearFrames);
    if (near.length > 0) return near;
    captures.spend(farTokens);
    return capture(below, farFrames);
  }

  #drawn({ recent, newest }: Situation): Place {
    return recent[Math.floor(this.#options.random() * recent.length)] ?? newest;
  }
}

/** A path that led to a statement. */
interface Place {
  readonly path: CallPath;
  /** Its number among those of the statement. */
  readonly index: number;
}

const nowhere: Place = { path: [], index: 0 };

/** What the stacks in one situation have shown. */
class Situation {
  /** The last ones, in a ring. */
  readonly recent: Place[] = [];
  newest = nowhere;
  /** How many in a row, up to the newest, were the same. */
  agreed = 0;
  stacks = 0;
  #paths: readonly CallPath[] | undefined;

  /** The different ones of the last. */
  paths(): readonly CallPath[] {
    this.#paths ??= [...new Set(this.recent)].map(({ path }) => path);
    return this.#paths;
  }

  add(place: Place): void {
    if (place !== this.newest) this.#paths = undefined;
    this.agreed = place === this.newest ? this.agreed + 1 : 1;
    this.newest = place;
    this.recent[this.stacks % mostRecent] = place;
    this.stacks += 1;
  }
}

/** What is known of those who ask one statement. */
class Site {
  last = nowhere;
  any = new Situation();
  readonly #places: Place[] = [];
  /** Functions on those paths, and the numbers of their newest calls when the statement was asked last. */
  readonly #slots: number[] = [];
  readonly #numbers: number[] = [];
  readonly #situations = new Map<number, Situation>();
  #request: RequestScope | undefined;

  /** Of a query that is asked now. */
  situation(callsOf: (slot: number) => number, request: RequestScope | undefined): Situation {
    const slots = this.#slots;
    const numbers = this.#numbers;
    let key = this.last.index * pathUnit;
    for (let i = 0; i < slots.length; i += 1) {
      const number = callsOf(slots[i] ?? 0);
      if (number === numbers[i]) continue;
      numbers[i] = number;
      key += 1 << i;
    }
    if (request !== undefined && request === this.#request) key += requestBit;
    this.#request = request;
    let situation = this.#situations.get(key);
    if (!situation) {
      if (this.#situations.size >= mostSituations) this.#situations.clear();
      situation = new Situation();
      this.#situations.set(key, situation);
    }
    return situation;
  }

  learn(situation: Situation, path: CallPath, callsOf: (slot: number) => number): CallPath {
    const place = this.#placeOf(path, callsOf);
    situation.add(place);
    this.any.add(place);
    this.last = place;
    return place.path;
  }

  #placeOf(path: CallPath, callsOf: (slot: number) => number): Place {
    const known = this.#places.find((place) => isSame(place.path, path));
    if (known) return known;
    if (this.#places.length >= mostPaths) this.#forget();
    const place = { path, index: this.#places.length };
    this.#places.push(place);
    for (const slot of path) {
      if (this.#slots.length >= mostSlots) break;
      if (this.#slots.includes(slot)) continue;
      this.#slots.push(slot);
      this.#numbers.push(callsOf(slot));
    }
    return place;
  }

  #forget(): void {
    this.#places.length = 0;
    this.#slots.length = 0;
    this.#numbers.length = 0;
    this.#situations.clear();
    this.any = new Situation();
  }
}

/** How deep a function has called itself does not matter, and would make many paths of one. */
function withoutRecursion(path: CallPath): CallPath {
  for (let i = 1; i < path.length; i += 1) {
    if (path[i] === path[i - 1]) return path.filter((slot, at) => slot !== path[at - 1]);
  }
  return path;
}

function isSame(one: CallPath, other: CallPath): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i += 1) if (one[i] !== other[i]) return false;
  return true;
}
