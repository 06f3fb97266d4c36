import { attributes, metrics } from '@runlens/protocol/telemetry';
import type { OperationDelta } from '../operations/recorder.ts';
import { entryName, type RequestAtHand } from '../requests/request-at-hand.ts';
import { SampleBudget } from '../runtime/budget.ts';
import { type Below, Frames, type FramesOptions, type IndexedFile, type Stack } from '../runtime/frames.ts';
import type { CallObserver } from '../runtime/runtime.ts';
import { Entries, type Entry } from './entries.ts';
import { EntryDurations } from './entry-durations.ts';

export interface CallersOptions extends FramesOptions {
  /** How often a slot was called until now. */
  readonly callsOf: (slot: number) => number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Seconds of CPU that the process has used. */
  readonly cpuSeconds: () => number;
  readonly requests: Requests;
  /** In [0, 1). */
  readonly random?: () => number;
}

export interface Requests {
  readonly followsAwait: boolean;
  readonly any: boolean;
  atHand(): RequestAtHand | undefined;
}

/**
 * A capture costs 2 to 60 µs, by the depth of the stack and how warm the caches are (`npm run bench -- frames`). It takes a
 * token for each 10 µs that it took: half a percent of the CPU time at most. The first of a function take four at most:
 * there all code is cold, and nothing is known yet. With one, a service that calls a thousand functions once while it starts
 * paid half of its start for them (60 ms of CPU).
 */
const microsecondsPerToken = 10;
/** More is the time of other threads and processes, which must not use up what this one may take. */
const mostTokensPerCapture = 12;
const mostTokensOfFirst = 4;
const capturesPerCpuSecond = 500;
const capturesPerWallSecond = 250;
const burst = 400;
/** At the start; the budget moves it. */
const capturesPerFunction = 20;
/** The first calls of a function are all captured, also with the tokens that others may not take. */
const firstCaptures = 16;
const reservedTokens = 100;
/** The rate of a function is looked at once in so many times that a capture of it is due. */
const duesPerLook = 8;
const fastestRise = 4;
const fastestFall = 8;
const longestGap = 1 << 20;
const mostSpread = 3;
/** Frames looked at for the caller, and where it takes more to know the caller or the entry. */
const nearFrames = 12;
const farFrames = 64;
/** After so many captures of a function it is tried again whether the near frames suffice. */
const capturesPerDepth = 16;
/** Captures kept until they are told; what is beyond is told without them, by the others. */
const mostCaptures = 10_000;
/** Captured calls that have not ended; the oldest are followed no further. */
const mostRunning = 10_000;
const longestName = 1 << 30;
/** A request that does not end is known by the shape of its path after so many flushes. */
const longestWait = 3;
/** Pairs of a caller and an entry of one function, in one flush. */
const mostPairs = 64;
const nobody = -1;
/** Slots drained at once. */
const slotsPerPart = 256;

/** What is kept of one function; it grows no further. */
interface Observed {
  /** Timed calls until the next capture, and of how many one is captured. */
  left: number;
  gap: number;
  /** Captures that were due, taken or not. */
  dues: number;
  taken: number;
  timed: number;
  lookedAt: number;
  timedAtLook: number;
  timedAtDrain: number;
  /** Calls that were told. */
  told: number;
  callsAtDrain: number;
  /** The last near look at a stack did not suffice: the next one would not either. */
  isDeep: boolean;
}

interface Capture {
  readonly slot: number;
  readonly caller: number;
  readonly weight: number;
  readonly stack: Stack;
  readonly request: RequestAtHand | undefined;
  /** Beyond doubt of no request. */
  readonly isJob: boolean;
  drains: number;
  /** Undefined: it has not been told yet. */
  entry: Entry | undefined;
  /** Undefined: the call has not ended, as far as is known. */
  seconds: number | undefined;
}

/** Calls of one function by the same caller for the same entry. */
interface Pair {
  readonly caller: number;
  readonly entry: string;
  readonly entrySlot: number;
  weight: number;
}

/**
 * By whom and for which entry (route or job) functions are called: learned from the stack in some of the timed calls.
 *
 * A captured call stands for all that it was drawn from, and at a flush these weights are scaled to the exact number of
 * calls, as those of durations are (docs/sampling.md): counts by caller add up to the calls, and are exact for a function
 * that is called rarely, since each of its calls is captured.
 */
export class Callers implements Pick<CallObserver, 'isDue' | 'observe' | 'ended'> {
  readonly #options: CallersOptions;
  readonly #frames: Frames;
  readonly #budget: SampleBudget;
  readonly #random: () => number;
  readonly #observed: (Observed | undefined)[] = [];
  readonly #entries: Entries;
  #captures: Capture[] = [];
  readonly #durations = new EntryDurations();
  readonly #running = new Map<number, Capture>();
  #lastName = 0;
  #lastDrain: number;
  #hasBegunAgain = false;

  constructor(options: CallersOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#frames = new Frames(options);
    this.#entries = new Entries(options.requests);
    this.#lastDrain = options.now();
    this.#budget = new SampleBudget({
      samplesPerCpuSecond: capturesPerCpuSecond,
      samplesPerWallSecond: capturesPerWallSecond,
      burst,
      now: options.now,
      cpuSeconds: options.cpuSeconds,
    });
    this.#budget.perFunction = capturesPerFunction;
  }

  add(file: IndexedFile): void {
    this.#frames.add(file);
  }

  /** Calls until now that nothing was captured of are not told any more. */
  beginAgain(): void {
    this.#hasBegunAgain = true;
    this.#observed.forEach((observed, slot) => {
      if (!observed) return;
      observed.told = this.#options.callsOf(slot);
      observed.callsAtDrain = observed.told;
      observed.timedAtLook = observed.timed;
      observed.lookedAt = this.#options.now();
    });
  }

  isDue(slot: number): boolean {
    const observed = this.#observed[slot] ?? this.#begin(slot);
    observed.timed += 1;
    observed.left -= 1;
    return observed.left <= 0;
  }

  observe(slot: number, weight: number, below: Below): number {
    const observed = this.#observed[slot] ?? this.#begin(slot);
    const { gap } = observed;
    const may = this.#mayCapture(observed);
    observed.dues += 1;
    if (observed.dues >= firstCaptures && observed.dues % duesPerLook === 0) this.#look(observed);
    this.#reload(observed);
    // Not captured: others will stand for this call too.
    if (!may || this.#captures.length >= mostCaptures) return 0;
    observed.taken += 1;
    const { requests, now } = this.#options;
    const from = now();
    const atHand = requests.atHand();
    const stack = this.#stackOf(observed, slot, below, atHand);
    const isFirst = observed.dues <= firstCaptures;
    const took = ((now() - from) * 1_000) / microsecondsPerToken;
    this.#budget.tokens -= Math.min(isFirst ? mostTokensOfFirst : mostTokensPerCapture, Math.max(1, took));
    if (!stack) return 0;
    // What a request has set going for good, such as an interval, is not for it any more once it is answered.
    const request = atHand?.ended && this.#entries.isJob(stack) ? undefined : atHand;
    const isJob = !request && (!requests.any || requests.followsAwait || stack.isTimer || stack.isScheduled);
    const caller = stack.path[1] ?? nobody;
    const capture: Capture = {
      slot,
      caller,
      weight: weight * gap,
      stack,
      request,
      isJob,
      drains: 0,
      entry: undefined,
      seconds: undefined,
    };
    this.#captures.push(capture);
    return this.#follow(capture);
  }

  ended(observation: number, milliseconds: number): void {
    const capture = this.#running.get(observation);
    if (!capture) return;
    this.#running.delete(observation);
    capture.seconds = Math.max(0, milliseconds / 1000);
    this.#tellDuration(capture);
  }

  /** What an observed call that has not ended is for, as far as it is known when the answer is called. */
  entryOf(observation: number): (() => Entry) | undefined {
    const capture = this.#running.get(observation);
    return capture && (() => capture.entry ?? this.#entries.of(capture.request, capture.stack));
  }

  #follow(capture: Capture): number {
    this.#lastName = (this.#lastName % longestName) + 1;
    if (this.#running.size >= mostRunning) {
      const [oldest] = this.#running.keys();
      if (oldest !== undefined) this.#running.delete(oldest);
    }
    this.#running.set(this.#lastName, capture);
    return this.#lastName;
  }

  /** Once both are known: how long it took, and what it was for. */
  #tellDuration({ slot, entry, seconds, weight }: Capture): void {
    if (entry && seconds !== undefined) this.#durations.add(slot, entry, seconds, weight);
  }

  /** Calls since the last drain by caller and entry, in the form of operations. `last`: nothing more will come. */
  drain(last: boolean): readonly OperationDelta[] {
    return [...this.parts(last)].flat();
  }

  /** The same in parts, between which the program may run. All of them have to be taken, or calls are not told. */
  *parts(last: boolean): Generator<readonly OperationDelta[]> {
    const time = this.#options.now();
    const seconds = Math.max(1e-3, (time - this.#lastDrain) / 1000);
    this.#lastDrain = time;
    this.#budget.look();
    const bySlot = this.#settle(last);
    yield [];
    let deltas: OperationDelta[] = [];
    for (let slot = 0; slot < this.#observed.length; slot += 1) {
      if (slot % slotsPerPart === slotsPerPart - 1) {
        yield deltas;
        deltas = [];
      }
      const observed = this.#observed[slot];
      if (!observed) continue;
      const calls = this.#options.callsOf(slot);
      const fresh = calls - observed.callsAtDrain;
      this.#quicken(observed, seconds);
      observed.callsAtDrain = calls;
      const settled = bySlot.get(slot);
      if (!settled || settled.weight === 0) continue;
      const counts = standsFor(settled, calls - observed.told, fresh);
      observed.told += counts;
      this.#tell(slot, counts, settled, deltas);
    }
    yield deltas;
    yield this.#durations.cut(last);
  }

  #begin(slot: number): Observed {
    const time = this.#options.now();
    // All but the one that is observed now.
    const before = this.#hasBegunAgain ? Math.max(0, this.#options.callsOf(slot) - 1) : 0;
    const observed: Observed = {
      left: 1,
      gap: 1,
      dues: 0,
      taken: 0,
      timed: 0,
      lookedAt: time,
      timedAtLook: 0,
      timedAtDrain: 0,
      told: before,
      callsAtDrain: before,
      isDeep: false,
    };
    // Without gaps, so that V8 keeps a plain array.
    for (let i = this.#observed.length; i < slot; i += 1) this.#observed[i] = undefined;
    this.#observed[slot] = observed;
    return observed;
  }

  #mayCapture({ dues, taken }: Observed): boolean {
    const budget = this.#budget;
    if (budget.tokens <= 0) budget.refillWhenEmpty();
    else if (this.#options.now() >= budget.lookAt) budget.look();
    // Of each function one is wanted, also while a start uses up all tokens; others pay for it later.
    if (taken === 0) return budget.tokens > -burst;
    return budget.tokens > (dues < firstCaptures ? 0 : reservedTokens);
  }

  #look(observed: Observed): void {
    const time = this.#options.now();
    const seconds = Math.max(1e-3, (time - observed.lookedAt) / 1000);
    const wanted = (observed.timed - observed.timedAtLook) / seconds / this.#budget.perFunction;
    observed.gap = Math.max(1, Math.min(Math.round(wanted), observed.gap * fastestRise, longestGap));
    observed.lookedAt = time;
    observed.timedAtLook = observed.timed;
  }

  /** Geometric, as the gaps of samples: a load in a rhythm cannot hide from it. */
  #reload(observed: Observed): void {
    const { gap } = observed;
    observed.left = gap <= 1 ? 1 : 1 + Math.floor(Math.log(1 - this.#random()) / Math.log1p(-1 / gap));
  }

  /** A function that became rare must not wait for the long gap of its busy hour. */
  #quicken(observed: Observed, seconds: number): void {
    const timed = observed.timed - observed.timedAtDrain;
    observed.timedAtDrain = observed.timed;
    const wanted = Math.max(1, Math.round(timed / seconds / this.#budget.perFunction));
    const next = Math.max(wanted, Math.floor(observed.gap / fastestFall));
    if (observed.gap <= 2 * next) return;
    observed.gap = next;
    this.#reload(observed);
  }

  /** Undefined where it cannot be told who called: the function itself is not where it should be on the stack. */
  #stackOf(observed: Observed, slot: number, below: Below, request: RequestAtHand | undefined): Stack | undefined {
    if (!observed.isDeep) {
      const near = this.#frames.look(below, nearFrames);
      if (near.path[0] !== slot) return undefined;
      observed.isDeep = !(near.isWhole || (near.path.length > 1 && request?.ended === false));
      if (!observed.isDeep) return near;
    }
    const far = this.#frames.look(below, farFrames);
    // Now and then it is looked whether it still is: not each time is a function called from as far.
    if (observed.taken % capturesPerDepth === 0) observed.isDeep = false;
    return far.path[0] === slot ? far : undefined;
  }

  /** Takes out the captures whose entry is known by now, or will not be. */
  #settle(last: boolean): Map<number, Settled> {
    const captures = this.#captures;
    this.#captures = [];
    const bySlot = new Map<number, Settled>();
    const of = (slot: number): Settled => {
      let settled = bySlot.get(slot);
      if (!settled) {
        settled = { weight: 0, waiting: 0, pairs: new Map() };
        bySlot.set(slot, settled);
      }
      return settled;
    };
    const ready: Capture[] = [];
    for (const capture of captures) {
      const { request, stack } = capture;
      capture.drains += 1;
      if (request) {
        const isLast = last || capture.drains > longestWait;
        const name = entryName(request, isLast);
        if (name === undefined && !request.isLost && !isLast) {
          of(capture.slot).waiting += capture.weight;
          this.#captures.push(capture);
          continue;
        }
        if (name !== undefined) this.#entries.learn(name, stack.path);
      } else if (capture.isJob) this.#entries.learnJob(stack);
      ready.push(capture);
    }
    for (const capture of ready) {
      capture.entry = this.#entries.of(capture.request, capture.stack);
      addTo(of(capture.slot), capture, capture.entry);
      this.#tellDuration(capture);
    }
    return bySlot;
  }

  #tell(slot: number, calls: number, { weight, pairs }: Settled, into: OperationDelta[]): void {
    // Rounding the running total from a random start: the counts add up, and none is rounded to one side always.
    let exact = this.#random();
    let written = 0;
    for (const pair of pairs.values()) {
      exact += (pair.weight * calls) / weight;
      const count = Math.floor(exact + 1e-9) - written;
      written += count;
      if (count > 0 && (pair.caller !== nobody || pair.entry !== '')) into.push(deltaOf(slot, pair, count));
    }
  }
}

/**
 * How many calls the captures stand for: all of this flush; and of those before, of which none was captured, as many as
 * still are not many times more than the captures were drawn for.
 */
function standsFor({ weight, waiting }: Settled, pending: number, fresh: number): number {
  const share = weight / (weight + waiting);
  return Math.round(Math.min(pending * share, Math.max(fresh * share, mostSpread * weight)));
}

interface Settled {
  weight: number;
  /** Of captures whose entry is not known yet. */
  waiting: number;
  readonly pairs: Map<string, Pair>;
}

function addTo(
  settled: Settled,
  { caller, weight }: { readonly caller: number; readonly weight: number },
  { name, slot }: { readonly name: string; readonly slot: number },
): void {
  settled.weight += weight;
  const key = `${caller} ${slot} ${name}`;
  const pair = settled.pairs.get(key);
  if (pair) pair.weight += weight;
  else if (settled.pairs.size < mostPairs) settled.pairs.set(key, { caller, entry: name, entrySlot: slot, weight });
  else {
    const others = settled.pairs.get('')?.weight ?? 0;
    settled.pairs.set('', { caller: nobody, entry: '', entrySlot: nobody, weight: others + weight });
  }
}

const deltaOf = (slot: number, { caller, entry, entrySlot }: Pair, calls: number): OperationDelta => ({
  metric: metrics.callers,
  slot,
  within: caller,
  attributes: entry === '' ? [] : [[attributes.entry, entry]],
  entrySlot,
  numbers: calls,
});
