import { types } from 'node:util';
import { coldBit, failedBit } from '../conditions/tag.ts';
import type { OperationDelta } from '../operations/recorder.ts';
import { defaultBudget, SampleBudget } from './budget.ts';
import { busySeconds } from './busy-seconds.ts';
import { errorType } from './error-type.ts';
import { type GateHandler, type GatePassage, OpenFunctions } from './open-functions.ts';
import { SampleLog, type Samples } from './samples.ts';
import { counted, gap, recordLength, restsOff, type SharedCounters } from './shared-counters.ts';
import { type Parcel, type SlotDelta, Tallies } from './tallies.ts';
import { CallsInFlight } from './tokens.ts';

/** Is told of timed calls. Must not throw. */
export interface CallObserver {
  /** Whether this one is to be observed. Called for each timed call. */
  isDue(slot: number): boolean;
  /**
   * It begins. `weight`: calls that it stands for; `below`: the function that the program's own has called. Gives a name
   * by which its end is told, from 1 to 2^31 - 1; 0: its end is not asked for.
   */
  observe(slot: number, weight: number, below: (...args: never[]) => unknown): number;
  /** A call that was observed has ended. */
  ended(observation: number, milliseconds: number): void;
  /**
   * A timed call begins; `place` is its own until it ends, below `tokenPlaces`. Gives bits of `conditions/tag.ts` for the
   * requests that are being answered.
   */
  began(place: number): number;
  /**
   * A call took at least as long as was asked for; `observation` is 0 where it was not observed, Gives what to ask for of
   * this function from now on, in milliseconds.
   */
  slow(slot: number, milliseconds: number, tag: number, observation: number, place: number): number;
}

/**
 * Is told of each error that leaves a function, by its `error.type`. `below`: the function that the program's own has
 * called. Gives the milliseconds that it took; 0: too few to be told. What it throws is lost.
 */
export type ErrorWatch = (slot: number, type: string, thrown: unknown, below: (...args: never[]) => unknown) => number;

export interface RuntimeOptions {
  /** Slots; each costs 4 bytes of address space, and memory when it is used. */
  readonly capacity?: number;
  /** Whether another thread can read the counters. */
  readonly shared?: boolean;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
  /** Seconds in which the thread was busy. */
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
  readonly enter: (slot: number) => GatePassage;
}

export interface Runtime {
  readonly emitted: EmittedCalls;
  /** What another thread can read, where that was asked for. */
  readonly shared: SharedCounters | undefined;
  /** Adds calls that another thread has counted. */
  count(slot: number, calls: number): void;
  /** Reserves slots for a file that is about to be loaded; undefined when there are too few: leave the file alone. */
  reserve(count: number): number | undefined;
  /** Begins to look at all slots; a look that was begun before need not be finished. */
  look(): Look;
  /** From now on samples are handed out when there are many, between two looks. */
  onSamples(take: (samples: readonly Samples[]) => void): void;
  /** Everything since the last drain, in slot order. Nothing is lost and nothing told twice. Not beside `look`. */
  drain(): readonly SlotDelta[];
  /** Durations of drained calls by condition, an interval after the other; `last`: nothing more will come. */
  conditions(last: boolean): readonly OperationDelta[];
  /** How often a slot was called until now: the number of its newest call. */
  callsOf(slot: number): number;
  /**
   * From now on some of the timed calls are observed. What that takes is in no function's duration. `slowMilliseconds`: of
   * calls that take as long the observer is told.
   */
  observeBy(observer: CallObserver, slowMilliseconds: number): void;
  /** Of this function's calls the observer is told again from `milliseconds` on. */
  slowFrom(slot: number, milliseconds: number): void;
  /** From now on errors are watched. What that takes is in no function's duration. */
  watchErrors(watch: ErrorWatch): void;
  /** How all slots are measured from now on, those of later files too. What was counted until now stays counted. */
  measure(how: Measuring): void;
  /** Leaves out some slots, or takes them in again, whatever holds for the others. */
  leaveOut(first: number, count: number, out: boolean): void;
  /** A share, 0 to 1, of the samples that may be taken. */
  limitSamples(share: number): void;
  /** Milliseconds spent observing calls since the start. */
  readonly observedMilliseconds: number;
  /**
   * From now on each call of a function runs as its twin; only for slots of functions that have one. Gives its gates, all
   * off, by their number: not 0 is on. Such calls are counted, and none is timed: the others stand for them. Calls that
   * have begun stay as they are. Nothing for a slot that is not measured; one that is left out later is closed.
   */
  open(slot: number, gateCount: number): Uint8Array | undefined;
  /** The next calls run as they are written. Calls in the twin end there, with all gates off. */
  close(slot: number): void;
  /** From now on is called at gates that are on. */
  onGate(handler: GateHandler): void;
  /** Slots handed out. */
  readonly reserved: number;
}

/**
 * `counted`: calls and errors only, at one decrement a call. `off`: that decrement is all that is left, and what it
 * counts is never told.
 */
export type Measuring = 'timed' | 'counted' | 'off';

/** A pass over all slots, in parts as short as its caller wishes. */
export interface Look {
  /**
   * What changed in the next slots, as many as there is time for: until `time`, in milliseconds of `performance.now`.
   * Undefined: all were looked at. Whatever changes, each call and each error is told once.
   */
  next(time: number): Parcel | undefined;
}

const defaultCapacity = 1 << 18;
/** Slots between two looks at the clock, changed slots in one parcel, and kinds of errors in one parcel. */
const slotsPerClock = 128;
const mostSlots = 4096;
const mostErrors = 512;
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
/** How much shorter gaps may get at one drain, unless the function rested for two. */
const fastestFall = 8;
/** Kinds of errors told apart in one function between two drains; what is beyond counts as `_OTHER`. */
const errorTypesPerSlot = 32;
/** After so many milliseconds a call in flight may lose its sample to another, should all places be taken. */
const abandonedAfter = 600_000;
/** Calls are cold that begin within so many milliseconds of a function's first, if they are of its first few. */
const coldMilliseconds = 1_000;
/** Less than `timedFirst`: until then the time of the first call is at hand. */
const coldFirst = timedFirst - 1;

/** Of a slot's record; calls are counts, times are milliseconds. */
const field = {
  /** Calls up to the last reload. */
  counted,
  /** Calls from that reload to the next. */
  gap,
  /** One call in so many is timed. */
  mean: 2,
  /** What turns the logarithm of a random number into a gap of that mean. */
  scale: 3,
  /** Calls that the timed ones in flight stand for. */
  inFlight: 4,
  samples: 5,
  lookedAt: 6,
  callsAtLook: 7,
} as const;

/** How little is done for a slot. */
const rest = { timed: 0, counted: 1, off: restsOff } as const;

/** Captured before a program can replace them. */
const { now: performanceNow } = performance;
const then = Function.prototype.call.bind(Promise.prototype.then);
const { isPromise } = types;
const { getPrototypeOf } = Object;
const promisePrototype = Promise.prototype;
const resolved = Promise.resolve();

const realNow = performanceNow.bind(performance);

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
 * one call. Gaps are geometric, so that each call is timed with the same chance 1/m whatever came before it, and m only
 * follows from what has been: a timed call that stands for m calls makes every sum over the samples an unbiased estimate
 * of the sum over all calls (Horvitz and Thompson 1952), also with a load in a rhythm and while m adapts. At a drain
 * the weights are scaled to the exact number of calls (the ratio estimator of Hájek, whose bias falls with the number
 * of samples). See docs/sampling.md.
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
    cpuSeconds: options.cpuSeconds ?? busySeconds,
  });
  const flight = new CallsInFlight();
  const log = new SampleLog();

  const shares = options.shared === true;
  // Of the kind that threads share, also where none does: V8 takes the whole of another kind, 24 MB of address space that
  // nobody has touched yet, for memory in use, and marks and sweeps the heap of a service that has just started.
  const memory = (bytes: number) => new SharedArrayBuffer(bytes);
  const countdown = new Int32Array(memory(capacity * 4));
  /** What the slow path needs of a slot lies together, in 64 bytes: in arrays of its own each was a miss of the cache. */
  const records = new Float64Array(memory(capacity * recordLength * 8));
  /** Calls told at looks, and whether there were timed ones in flight. */
  const told = new Float64Array(memory(capacity * 8));
  const flying = new Uint8Array(memory(capacity));
  const untimed = new Uint8Array(memory(capacity));
  /** What of `rest` holds for a slot. */
  const resting = new Uint8Array(memory(capacity));
  const rested = new Uint8Array(memory(capacity));
  /** Milliseconds from which on the observer is told of a call. */
  const slowFrom = new Float32Array(memory(capacity * 4));
  let slowAtFirst = Number.POSITIVE_INFINITY;
  const opened = new Uint8Array(memory(capacity));
  const errors = new Map<number, Map<string, number>>();
  const onRejected: (((reason: unknown) => void) | undefined)[] = [];
  let reserved = 0;
  let lastLook = now();
  let random = options.seed ?? 0x2f6e2b1;
  let observer: CallObserver | undefined;
  let errorWatch: ErrorWatch | undefined;
  /** Milliseconds spent observing, in which the functions that were running stood still. */
  let observing = 0;
  /** Which stretch of the program runs: it goes up after one in which something was observed. */
  let stretch = 0;
  let stretchEnds = false;
  let measuring: Measuring = 'timed';
  let sampleShare = 1;
  const openFunctions = new OpenFunctions(now, (milliseconds) => {
    observing += milliseconds;
  });

  /** Of geometric distribution; xorshift32. */
  function randomGap(scale: number): number {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    const uniform = ((random >>> 0) + 0.5) * 2 ** -32;
    return Math.min(longestGap, 1 + Math.floor(Math.log(uniform) * scale));
  }

  function setMean(slot: number, mean: number): void {
    records[slot * recordLength + field.mean] = mean;
    records[slot * recordLength + field.scale] = mean === 1 ? 0 : 1 / Math.log1p(-1 / mean);
  }

  function reload(slot: number): void {
    const scale = records[slot * recordLength + field.scale] ?? 0;
    const gap = scale === 0 ? 1 : randomGap(scale);
    records[slot * recordLength + field.gap] = gap;
    countdown[slot] = gap;
  }

  /**
   * The slow path of a timed function. It is longer than the 460 bytecodes that V8 inlines, on purpose: while the gaps
   * are 1 it would be inlined into every function and use up what V8 allows for the program's own.
   */
  function start(slot: number): number {
    if (opened[slot] === 1) return countOpen(slot);
    const record = slot * recordLength;
    const calls = (records[record + field.counted] ?? 0) + (records[record + field.gap] ?? 0);
    records[record + field.counted] = calls;
    const mean = records[record + field.mean] ?? 1;
    let token = 0;
    if (budget.tokens > 0 || budget.refillWhenEmpty()) {
      token = flight.take(slot, mean);
      if (token === 0) makeRoom();
    }
    if (token === 0) {
      if (resting[slot] !== rest.timed) return restOn(slot);
      // Not timed: other samples will stand for this call too.
      setMean(slot, Math.min(mean * 2, longestMeanGap));
      reload(slot);
      return 0;
    }
    budget.tokens -= 1;
    records[record + field.inFlight] = (records[record + field.inFlight] ?? 0) + mean;
    const samples = (records[record + field.samples] ?? 0) + 1;
    records[record + field.samples] = samples;
    if (samples === 1) {
      records[record + field.lookedAt] = now();
      records[record + field.callsAtLook] = calls;
    } else if (samples >= timedFirst && samples % samplesPerLook === 0) {
      const time = now();
      const seconds = Math.max(1e-6, (time - (records[record + field.lookedAt] ?? 0)) / 1000);
      const wanted = (calls - (records[record + field.callsAtLook] ?? 0)) / seconds / budget.perFunction;
      setMean(slot, Math.max(1, Math.min(Math.round(wanted), mean * fastestRise, longestMeanGap)));
      records[record + field.lookedAt] = time;
      records[record + field.callsAtLook] = calls;
    }
    reload(slot);
    const place = token & 0xffff;
    flight.observation[place] = observer?.isDue(slot) === true ? observe(slot, mean) : 0;
    const load = observer === undefined ? 0 : observer.began(place);
    const time = now();
    const isCold = calls <= coldFirst && time - (records[record + field.lookedAt] ?? 0) < coldMilliseconds;
    flight.tag[place] = isCold ? load | coldBit : load;
    flight.startedAt[place] = time;
    flight.observing[place] = observing;
    flight.stretch[place] = stretch;
    return token;
  }

  /** The longest gap has passed, or this was the first call; the slow path has counted the gap already. */
  function restOn(slot: number): number {
    const record = slot * recordLength;
    if (resting[slot] === rest.off) {
      records[record + field.counted] = (records[record + field.counted] ?? 0) - (records[record + field.gap] ?? 0);
    }
    records[record + field.gap] = longestGap;
    countdown[slot] = longestGap;
    return 0;
  }

  /** Apart from the slow path, which must not grow by what few calls need. */
  function observe(slot: number, weight: number): number {
    const from = now();
    const observation = observer?.observe(slot, weight, start) ?? 0;
    stoodStill(now() - from);
    return observation;
  }

  /**
   * What was running meanwhile stood still, and that time is not its own. What is suspended has only waited, as it would
   * have anyway: it is told apart by whether it ends in the same stretch of running code.
   */
  function stoodStill(milliseconds: number): void {
    observing += milliseconds;
    if (stretchEnds) return;
    stretchEnds = true;
    then(resolved, endOfStretch, undefined);
  }

  function endOfStretch(): void {
    stretchEnds = false;
    stretch = (stretch + 1) | 0;
  }

  function makeRoom(): void {
    flight.abandonBefore(now() - abandonedAfter, landed);
  }

  /** A timed call is in flight no more. */
  function landed(slot: number, weight: number): void {
    const record = slot * recordLength;
    records[record + field.inFlight] = (records[record + field.inFlight] ?? 0) - weight;
  }

  /** Counts a call of an open function, whose next call comes here again. The token tells it to run as its twin. */
  function countOpen(slot: number): number {
    const record = slot * recordLength;
    records[record + field.counted] = (records[record + field.counted] ?? 0) + (records[record + field.gap] ?? 0);
    records[record + field.gap] = 1;
    countdown[slot] = 1;
    return -1;
  }

  function recount(slot: number): number {
    if (opened[slot] === 1) return countOpen(slot);
    const record = slot * recordLength;
    records[record + field.counted] = (records[record + field.counted] ?? 0) + (records[record + field.gap] ?? 0);
    untimed[slot] = 1;
    return restOn(slot);
  }

  function finish(token: number): void {
    end(token, 0);
  }

  /** `failed`: a bit of the tag, or 0. */
  function end(token: number, failed: number): void {
    const time = now();
    const place = flight.end(token);
    if (place < 0) return;
    const slot = flight.slot[place] ?? 0;
    const weight = flight.weight[place] ?? 0;
    landed(slot, weight);
    const stood = flight.stretch[place] === stretch ? observing - (flight.observing[place] ?? 0) : 0;
    const milliseconds = time - (flight.startedAt[place] ?? 0) - stood - ownCost;
    const tag = (flight.tag[place] ?? 0) | failed;
    log.add(slot, weight, milliseconds, tag);
    if (flight.observation[place] !== 0 || milliseconds >= (slowFrom[slot] ?? 0))
      tellEnd(slot, milliseconds, tag, place);
    if (time >= budget.lookAt) budget.look();
  }

  /** Apart from `end`, as few calls need it. */
  function tellEnd(slot: number, milliseconds: number, tag: number, place: number): void {
    if (!observer) return;
    const from = now();
    const observation = flight.observation[place] ?? 0;
    if (milliseconds >= (slowFrom[slot] ?? 0)) {
      slowFrom[slot] = observer.slow(slot, milliseconds, tag, observation, place);
    }
    if (observation !== 0) observer.ended(observation, milliseconds);
    stoodStill(now() - from);
  }

  function fail(slot: number, thrown: unknown, token: number): unknown {
    if (token !== 0) end(token, failedBit);
    if (resting[slot] === rest.off) return thrown;
    try {
      const type = errorType(thrown);
      countError(slot, type);
      if (errorWatch) stoodStill(errorWatch(slot, type, thrown, fail));
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
    if (token === 0) {
      if (resting[slot] !== rest.off) then(value, undefined, rejectedIn(slot));
    } else {
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
    let handler = onRejected[slot];
    if (!handler) {
      handler = (reason) => {
        fail(slot, reason, 0);
      };
      onRejected[slot] = handler;
    }
    return handler;
  }

  function reserve(count: number): number | undefined {
    if (reserved + count > capacity) return undefined;
    const first = reserved;
    reserved += count;
    countdown.fill(1, first, reserved);
    slowFrom.fill(slowAtFirst, first, reserved);
    resting.fill(rest[measuring], first, reserved);
    for (let slot = first; slot < reserved; slot += 1) {
      records[slot * recordLength + field.gap] = 1;
      setMean(slot, 1);
    }
    return first;
  }

  function setRest(slot: number, how: number): void {
    if (resting[slot] === how) return;
    if (how === rest.off) close(slot);
    const record = slot * recordLength;
    const calls = callsOf(slot);
    resting[slot] = how;
    records[record + field.counted] = calls;
    // A new geometric gap, whatever came before: each call is timed with the same chance as ever.
    if (opened[slot] === 1) {
      records[record + field.gap] = 1;
      countdown[slot] = 1;
    } else if (how === rest.timed && untimed[slot] !== 1) reload(slot);
    else {
      records[record + field.gap] = longestGap;
      countdown[slot] = longestGap;
    }
    // The rate that its gap follows is that from now on.
    records[record + field.lookedAt] = now();
    records[record + field.callsAtLook] = calls;
  }

  function measure(how: Measuring): void {
    if (how === measuring) return;
    if (measuring === 'counted') tallies?.forgetWaiting();
    measuring = how;
    for (let slot = 0; slot < reserved; slot += 1) setRest(slot, rest[how]);
    limitSamples(sampleShare);
    lastLook = now();
  }

  function limitSamples(share: number): void {
    sampleShare = share;
    budget.limit(measuring === 'timed' ? share : 0);
  }

  function callsOf(slot: number): number {
    const record = slot * recordLength;
    if (resting[slot] === rest.off) return records[record + field.counted] ?? 0;
    const reloaded = (records[record + field.counted] ?? 0) + (records[record + field.gap] ?? 0);
    return reloaded - (countdown[slot] ?? 0);
  }

  /** What is filled while looking, before its length is known. */
  const found = {
    slots: new Int32Array(mostSlots),
    calls: new Float64Array(mostSlots),
    inFlight: new Float64Array(mostSlots),
  };

  function look(): Look {
    budget.look();
    const time = now();
    const seconds = Math.max(1e-3, (time - lastLook) / 1000);
    lastLook = time;
    let next = 0;
    return {
      next: (until) => {
        if (next >= reserved) return undefined;
        let length = 0;
        const foundErrors: [number, string, number][] = [];
        for (let looked = 1; next < reserved; looked += 1) {
          if (lookAt(next, seconds, length, foundErrors)) length += 1;
          next += 1;
          if (length === mostSlots || foundErrors.length > mostErrors) break;
          if (looked % slotsPerClock === 0 && realNow() > until) break;
        }
        return {
          slots: found.slots.slice(0, length),
          calls: found.calls.slice(0, length),
          inFlight: found.inFlight.slice(0, length),
          errors: foundErrors,
          samples: log.take(),
        };
      },
    };
  }

  /** Whether something changed in a slot, which then is written to the place `at`. */
  function lookAt(slot: number, seconds: number, at: number, foundErrors: [number, string, number][]): boolean {
    const calls = callsOf(slot);
    const newCalls = calls - (told[slot] ?? 0);
    const inFlight = records[slot * recordLength + field.inFlight] ?? 0;
    // A sample that ended since was in flight then, or of a new call.
    const mayHaveSamples = inFlight !== 0 || flying[slot] !== 0;
    if (untimed[slot] !== 1 && opened[slot] !== 1 && resting[slot] === rest.timed) {
      quicken(slot, newCalls / seconds, calls);
    }
    const slotErrors = errors.size === 0 ? undefined : errors.get(slot);
    if (newCalls === 0 && !mayHaveSamples && !slotErrors) return false;
    told[slot] = calls;
    flying[slot] = inFlight === 0 ? 0 : 1;
    if (slotErrors) {
      errors.delete(slot);
      for (const [type, count] of slotErrors) foundErrors.push([slot, type, count]);
    }
    found.slots[at] = slot;
    found.calls[at] = newCalls;
    found.inFlight[at] = inFlight;
    return true;
  }

  function onSamples(take: (samples: readonly Samples[]) => void): void {
    log.onFull = () => take(log.take());
  }

  let tallies: Tallies | undefined;
  function drain(): readonly SlotDelta[] {
    if (!tallies) {
      const made = new Tallies();
      tallies = made;
      onSamples((samples) => made.gather(samples));
    }
    const deltas: SlotDelta[] = [];
    const { next } = look();
    for (let parcel = next(Number.POSITIVE_INFINITY); parcel; parcel = next(Number.POSITIVE_INFINITY)) {
      for (const delta of tallies.take(parcel)) deltas.push(delta);
    }
    return deltas;
  }

  /**
   * A function that became rare must not wait for the long gap of its busy hour. One that only rests between two bursts
   * keeps most of its gap, or it would begin each burst by timing every call.
   */
  function quicken(slot: number, callsPerSecond: number, calls: number): void {
    const record = slot * recordLength;
    const mean = records[record + field.mean] ?? 1;
    const rests = callsPerSecond === 0;
    const restedBefore = rested[slot] === 1;
    rested[slot] = rests ? 1 : 0;
    const wanted = Math.max(1, Math.round(callsPerSecond / budget.perFunction));
    const next = rests && restedBefore ? 1 : Math.max(wanted, Math.floor(mean / fastestFall));
    if (mean <= 2 * next) return;
    // The rest of the gap may be dropped: what is left of a geometric one is distributed as a new one.
    records[record + field.counted] = calls;
    setMean(slot, next);
    reload(slot);
  }

  function open(slot: number, gateCount: number): Uint8Array | undefined {
    if (slot < 0 || slot >= reserved || resting[slot] === rest.off) return undefined;
    if (opened[slot] !== 1) {
      // The rest of the gap may be dropped, as in `quicken`.
      records[slot * recordLength + field.counted] = callsOf(slot);
      records[slot * recordLength + field.gap] = 1;
      countdown[slot] = 1;
      opened[slot] = 1;
    }
    return openFunctions.open(slot, gateCount);
  }

  function close(slot: number): void {
    if (opened[slot] !== 1) return;
    opened[slot] = 0;
    openFunctions.close(slot);
    const record = slot * recordLength;
    records[record + field.counted] = callsOf(slot);
    if (untimed[slot] !== 1 && resting[slot] === rest.timed) reload(slot);
    else {
      records[record + field.gap] = longestGap;
      countdown[slot] = longestGap;
    }
  }

  return {
    emitted: {
      countdown,
      start,
      recount,
      finish,
      asyncReturn,
      fail,
      enter: (slot) => openFunctions.enter(slot),
    },
    shared: shares
      ? { countdown, records, told, resting, claimed: new Int32Array(new SharedArrayBuffer(4)) }
      : undefined,
    count(slot, calls) {
      records[slot * recordLength + field.counted] = (records[slot * recordLength + field.counted] ?? 0) + calls;
    },
    reserve,
    look,
    onSamples,
    drain,
    callsOf,
    observeBy(calls, slowMilliseconds) {
      observer = calls;
      slowAtFirst = slowMilliseconds;
      slowFrom.fill(slowMilliseconds, 0, reserved);
    },
    watchErrors(watch) {
      errorWatch = watch;
    },
    slowFrom(slot, milliseconds) {
      slowFrom[slot] = milliseconds;
    },
    conditions: (last) => tallies?.conditions.cut(last) ?? [],
    measure,
    leaveOut(first, count, out) {
      for (let slot = first; slot < first + count; slot += 1) setRest(slot, out ? rest.off : rest[measuring]);
    },
    limitSamples,
    get observedMilliseconds() {
      return observing;
    },
    open,
    close,
    onGate(handler) {
      openFunctions.handler = handler;
    },
    get reserved() {
      return reserved;
    },
  };
}
