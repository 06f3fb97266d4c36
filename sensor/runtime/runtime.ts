import { types } from 'node:util';
import { defaultBudget, SampleBudget } from './budget.ts';
import { errorType } from './error-type.ts';
import { type Durations, SampleLog } from './samples.ts';
import { CallsInFlight } from './tokens.ts';

/** What changed in one slot since the last drain. */
export interface SlotDelta {
  readonly slot: number;
  /** Exact; a call counts when its body begins, also one that is still in flight. */
  readonly calls: number;
  /** Exact, by `error.type`. */
  readonly errors: ReadonlyMap<string, number>;
  /** Absent when no timed call ended. A call that is in flight, or that no sample stands for yet, comes later. */
  readonly durations: Durations | undefined;
}

export interface RuntimeOptions {
  /** Slots; each costs 4 bytes of address space, and memory when it is used. */
  readonly capacity?: number;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
  /** Seconds of CPU used by the process. */
  readonly cpuSeconds?: () => number;
  readonly samplesPerCpuSecond?: number;
  readonly samplesPerWallSecond?: number;
  readonly burst?: number;
  /** Seed of the random gaps; not 0. */
  readonly seed?: number;
}

/** The functions that emitted code calls; see `emitted.ts` for their names. */
export interface EmittedCalls {
  readonly countdown: Int32Array;
  readonly start: (slot: number) => number;
  readonly recount: (slot: number) => number;
  readonly finish: (token: number) => void;
  readonly asyncReturn: (slot: number, token: number, value: unknown) => unknown;
  readonly fail: (slot: number, thrown: unknown, token: number) => unknown;
}

export interface Runtime {
  readonly emitted: EmittedCalls;
  /** Reserves slots for a file that is about to be loaded; undefined when there are too few: leave the file alone. */
  reserve(count: number): number | undefined;
  /** Everything since the last drain, in slot order. Nothing is lost and nothing told twice. */
  drain(): readonly SlotDelta[];
  /** How often a slot was called until now: the number of its newest call. */
  callsOf(slot: number): number;
  /** Slots handed out. */
  readonly reserved: number;
}

const defaultCapacity = 1 << 18;
/** The first calls of a function are all timed. */
const timedFirst = 16;
/** The gap of functions that are not timed: they come by once in a billion calls. */
const longestGap = 1 << 30;
const longestMeanGap = 1 << 24;
/** The rate of a function is looked at once in so many of its samples. */
const samplesPerLook = 16;
/**
 * How much longer gaps may get at one look. Rising step by step, a gap is always short beside the calls before it: a
 * program that ends has no long tail of calls that no sample stands for.
 */
const fastestRise = 4;
/** Calls since the last sample are spread over a drain's samples, unless they are so many times more than those stand for. */
const longestTail = 2;
/** Kinds of errors told apart in one function between two drains; what is beyond counts as `_OTHER`. */
const errorTypesPerSlot = 32;
/** After so many milliseconds a call in flight may lose its sample to another, should all places be taken. */
const abandonedAfter = 600_000;

/** Captured before a program can replace them. */
const { now: performanceNow } = performance;
const then = Function.prototype.call.bind(Promise.prototype.then);
const { isPromise } = types;
const { getPrototypeOf } = Object;
const promisePrototype = Promise.prototype;

const realNow = performanceNow.bind(performance);
const realCpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** What reading the clock twice costs by itself, in milliseconds. */
function clockCost(now: () => number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 500; turn += 1) {
    const first = now();
    least = Math.min(least, now() - first);
  }
  return least;
}

/**
 * Counts and times the calls of one thread.
 *
 * Each slot counts down from a random gap. At 0 the slow path adds the gap to the exact total, reloads, and times this
 * one call, which stands for (weighs) all calls since the last timed one; so the weights always add up to the calls.
 * The gap is drawn before the calls that it spans, so a sample's weight knows nothing of its duration and the weighted
 * histogram is unbiased; it is random, so that a load with a rhythm cannot hide from it.
 */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const capacity = options.capacity ?? defaultCapacity;
  const now = options.now ?? realNow;
  const ownCost = options.now ? 0 : clockCost(now);
  const budget = new SampleBudget({
    samplesPerCpuSecond: options.samplesPerCpuSecond ?? defaultBudget.samplesPerCpuSecond,
    samplesPerWallSecond: options.samplesPerWallSecond ?? defaultBudget.samplesPerWallSecond,
    burst: options.burst ?? defaultBudget.burst,
    now,
    cpuSeconds: options.cpuSeconds ?? realCpuSeconds,
  });
  const flight = new CallsInFlight();
  const log = new SampleLog();

  // By slot. Zeroed pages cost no memory before they are touched.
  const countdown = new Int32Array(new SharedArrayBuffer(capacity * 4));
  const gap = new Int32Array(capacity);
  /** Calls up to the last reload. */
  const counted = new Float64Array(capacity);
  /** Calls that a sample stands for. */
  const weighed = new Float64Array(capacity);
  const drained = new Float64Array(capacity);
  const meanGap = new Int32Array(capacity);
  const taken = new Int32Array(capacity);
  const lookedAt = new Float64Array(capacity);
  const callsAtLook = new Float64Array(capacity);
  const untimed = new Uint8Array(capacity);
  const errors = new Map<number, Map<string, number>>();
  const onRejected = new Map<number, (reason: unknown) => void>();
  let reserved = 0;
  let lastDrain = now();
  let random = options.seed ?? 0x2f6e2b1;

  /** xorshift32 */
  function randomGap(mean: number): number {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    const spread = mean >> 1;
    return mean - spread + ((random >>> 0) % (2 * spread + 1));
  }

  function at(array: Int32Array | Float64Array, slot: number): number {
    return array[slot] ?? 0;
  }

  /**
   * The slow path of a timed function, about 0.5 µs. It is longer than the 460 bytecodes that V8 inlines, on purpose: while
   * the gaps are 1 it would be inlined into every function and use up what V8 allows for the program's own.
   */
  function start(slot: number): number {
    const calls = at(counted, slot) + at(gap, slot);
    counted[slot] = calls;
    let mean = at(meanGap, slot);
    let token = 0;
    if (budget.tokens > 0 || budget.refillWhenEmpty()) {
      token = flight.take(slot, calls - at(weighed, slot));
      if (token === 0) makeRoom();
    }
    if (token === 0) {
      // Not timed: the next sample will stand for these calls too.
      mean = Math.min(mean * 2, longestMeanGap);
      meanGap[slot] = mean;
      const next = randomGap(mean);
      gap[slot] = next;
      countdown[slot] = next;
      return 0;
    }
    budget.tokens -= 1;
    weighed[slot] = calls;
    const samples = at(taken, slot) + 1;
    taken[slot] = samples;
    if (samples === 1) {
      lookedAt[slot] = now();
      callsAtLook[slot] = calls;
    } else if (samples >= timedFirst && samples % samplesPerLook === 0) {
      const time = now();
      const seconds = Math.max(1e-6, (time - at(lookedAt, slot)) / 1000);
      const wanted = (calls - at(callsAtLook, slot)) / seconds / budget.perFunction;
      mean = Math.max(1, Math.min(Math.round(wanted), mean * fastestRise, longestMeanGap));
      meanGap[slot] = mean;
      lookedAt[slot] = time;
      callsAtLook[slot] = calls;
    }
    const next = mean === 1 ? 1 : randomGap(mean);
    gap[slot] = next;
    countdown[slot] = next;
    flight.startedAt[token & 0xffff] = now();
    return token;
  }

  function makeRoom(): void {
    flight.abandonBefore(now() - abandonedAfter, (slot, weight) => {
      weighed[slot] = at(weighed, slot) - weight;
    });
  }

  function recount(slot: number): number {
    counted[slot] = at(counted, slot) + at(gap, slot);
    gap[slot] = longestGap;
    countdown[slot] = longestGap;
    untimed[slot] = 1;
    return 0;
  }

  function finish(token: number): void {
    const time = now();
    const place = flight.end(token);
    if (place < 0) return;
    log.add(at(flight.slot, place), at(flight.weight, place), time - at(flight.startedAt, place) - ownCost);
  }

  function fail(slot: number, thrown: unknown, token: number): unknown {
    if (token !== 0) finish(token);
    try {
      countError(slot, errorType(thrown));
    } catch {
      // The stack is exhausted: what was thrown must still be what the program sees.
    }
    return thrown;
  }

  function countError(slot: number, type: string): void {
    let types = errors.get(slot);
    if (!types) {
      types = new Map();
      errors.set(slot, types);
    }
    const kept = types.has(type) || types.size < errorTypesPerSlot ? type : '_OTHER';
    types.set(kept, (types.get(kept) ?? 0) + 1);
  }

  function asyncReturn(slot: number, token: number, value: unknown): unknown {
    if (typeof value === 'object' && value !== null) return watch(slot, token, value);
    if (token !== 0) finish(token);
    return value;
  }

  /**
   * An async function that returns a promise ends when that promise does. Watching it changes nothing: the engine
   * subscribes to it a moment later in the same way. What has a `then` of its own is not asked.
   */
  function watch(slot: number, token: number, value: object): unknown {
    if (!isPromise(value) || getPrototypeOf(value) !== promisePrototype) {
      if (token !== 0) finish(token);
      return value;
    }
    if (token === 0) then(value, undefined, rejectedIn(slot));
    else {
      then(
        value,
        () => finish(token),
        (reason: unknown) => {
          fail(slot, reason, token);
        },
      );
    }
    return value;
  }

  function rejectedIn(slot: number): (reason: unknown) => void {
    let handler = onRejected.get(slot);
    if (!handler) {
      handler = (reason) => {
        fail(slot, reason, 0);
      };
      onRejected.set(slot, handler);
    }
    return handler;
  }

  function reserve(count: number): number | undefined {
    if (reserved + count > capacity) return undefined;
    const first = reserved;
    reserved += count;
    countdown.fill(1, first, reserved);
    gap.fill(1, first, reserved);
    meanGap.fill(1, first, reserved);
    return first;
  }

  function callsUntilNow(slot: number): number {
    return at(counted, slot) + at(gap, slot) - at(countdown, slot);
  }

  function drain(): readonly SlotDelta[] {
    budget.relax();
    const time = now();
    const seconds = Math.max(1e-3, (time - lastDrain) / 1000);
    lastDrain = time;
    const deltas: SlotDelta[] = [];
    for (let slot = 0; slot < reserved; slot += 1) {
      const calls = at(counted, slot) + at(gap, slot) - at(countdown, slot);
      const newCalls = calls - at(drained, slot);
      const unweighed = untimed[slot] === 1 ? 0 : calls - at(weighed, slot);
      const durations = log.take(slot, unweighed, longestTail);
      if (durations?.extra) weighed[slot] = calls;
      if (untimed[slot] !== 1) quicken(slot, newCalls / seconds, calls);
      const slotErrors = errors.get(slot);
      if (newCalls === 0 && !durations && !slotErrors) continue;
      drained[slot] = calls;
      if (slotErrors) errors.delete(slot);
      deltas.push({ slot, calls: newCalls, errors: slotErrors ?? noErrors, durations });
    }
    return deltas;
  }

  /** A function that became rare, or rests, must not wait for the long gap of its busy hour. */
  function quicken(slot: number, callsPerSecond: number, calls: number): void {
    const mean = Math.max(1, Math.round(callsPerSecond / budget.perFunction));
    if (at(meanGap, slot) <= 2 * mean) return;
    meanGap[slot] = mean;
    counted[slot] = calls;
    const next = randomGap(mean);
    gap[slot] = next;
    countdown[slot] = next;
  }

  return {
    emitted: { countdown, start, recount, finish, asyncReturn, fail },
    reserve,
    drain,
    callsOf: callsUntilNow,
    get reserved() {
      return reserved;
    },
  };
}

const noErrors: ReadonlyMap<string, number> = new Map();
