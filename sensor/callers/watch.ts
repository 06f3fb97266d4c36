import type { AskedTrail } from '../conditions/asked-trail.ts';
import {
  type CallEntry,
  leastSlowMilliseconds,
  type SlowCall,
  SlowestCalls,
  type Surroundings,
} from '../conditions/slowest-calls.ts';
import { loadBits } from '../conditions/tag.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import { debug, messageOf } from '../log.ts';
import type { OperationDelta } from '../operations/recorder.ts';
import { entryName, type RequestAtHand } from '../requests/request-at-hand.ts';
import type { Requests } from '../requests/requests.ts';
import { busySeconds } from '../runtime/busy-seconds.ts';
import type { FramesOptions } from '../runtime/frames.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { tokenPlaces } from '../runtime/tokens.ts';
import { Callers } from './callers.ts';

/** Captured before the program can replace it. */
const wallClock = Date.now;

export interface CallersWatchOptions extends FramesOptions {
  readonly runtime: Runtime;
  readonly requests: Requests;
  readonly now: () => number;
  /** The queries of this thread, once there was one. */
  readonly asked: () => AskedTrail | undefined;
}

/**
 * Observes what surrounds the calls of this thread's functions: who calls them, for which route or job, how many requests
 * there are, and which calls are slow. A failure of its own ends it quietly.
 */
export class CallersWatch {
  readonly #callers: Callers;
  readonly #requests: Requests;
  readonly #asked: () => AskedTrail | undefined;
  readonly #slowest: SlowestCalls;
  /** By place, of timed calls in flight: the request that was at hand when it began, and the queries until then. */
  readonly #requestOf: (RequestAtHand | undefined)[] = [];
  readonly #askedBefore = new Float64Array(tokenPlaces);
  #failed = false;
  #isPaused = false;

  constructor({ runtime, requests, isFirstParty, receive, now, asked }: CallersWatchOptions) {
    this.#callers = new Callers({
      isFirstParty,
      ...(receive ? { receive } : {}),
      now,
      callsOf: (slot) => runtime.callsOf(slot),
      cpuSeconds: busySeconds,
      requests,
    });
    this.#requests = requests;
    this.#asked = asked;
    this.#slowest = new SlowestCalls({
      wallClock,
      slowFrom: (slot, milliseconds) => runtime.slowFrom(slot, milliseconds),
    });
    requests.on();
    runtime.observeBy(
      {
        isDue: (slot) => !this.#failed && !this.#isPaused && this.#callers.isDue(slot),
        observe: (slot, weight, below) => {
          let observation = 0;
          this.#safely(() => {
            observation = this.#callers.observe(slot, weight, below);
          });
          return observation;
        },
        ended: (observation, milliseconds) => this.#safely(() => this.#callers.ended(observation, milliseconds)),
        began: (place) => {
          const request = requests.atHand();
          // What a request has left behind, such as an interval, is not for it any more.
          this.#requestOf[place] = request?.ended ? undefined : request;
          this.#askedBefore[place] = asked()?.count ?? 0;
          return loadBits(requests.inFlight);
        },
        slow: (slot, milliseconds, tag, observation, place) => {
          if (this.#isPaused) return this.#slowest.refuse(slot);
          let next = Number.POSITIVE_INFINITY;
          this.#safely(() => {
            next = this.#slowest.add(slot, milliseconds, tag, () => this.#surroundings(observation, place));
          });
          return next;
        },
      },
      leastSlowMilliseconds,
    );
  }

  add(file: LoadedFile): void {
    this.#callers.add(file.withoutText());
  }

  /** While paused no stack is looked at. */
  pause(paused: boolean): void {
    if (this.#isPaused === paused) return;
    this.#isPaused = paused;
    if (!paused) this.#safely(() => this.#callers.beginAgain());
  }

  /** Calls by caller and entry since the last time, in parts that all have to be taken; `last`: the process is ending. */
  *parts(last: boolean): Generator<readonly OperationDelta[]> {
    const parts = this.#callers.parts(last || this.#isPaused);
    for (;;) {
      let part: readonly OperationDelta[] | undefined;
      this.#safely(() => {
        const next = parts.next();
        if (!next.done) part = next.value;
      });
      if (!part) return;
      yield part;
    }
  }

  /** The slowest calls that were not told before. */
  slowCalls(): readonly SlowCall[] {
    let calls: readonly SlowCall[] = [];
    this.#safely(() => {
      calls = this.#slowest.take();
    });
    return calls;
  }

  /** A call that was captured is known by its stack, too; of another there may have been a request at hand. */
  #surroundings(observation: number, place: number): Surroundings {
    const request = this.#requestOf[place];
    // Where requests are not followed, what is asked behind an `await` is of none.
    const asked = this.#requests.followsAwait ? this.#asked() : undefined;
    return {
      entry: this.#callers.entryOf(observation) ?? (() => (request ? routeOf(request) : undefined)),
      queries: request && asked?.since(this.#askedBefore[place] ?? 0, request),
    };
  }

  #safely(work: () => void): void {
    if (this.#failed) return;
    try {
      work();
    } catch (error) {
      // The program's own stack may be exhausted: that is no failure of this.
      if (error instanceof RangeError) return;
      this.#failed = true;
      debug(`callers are told no further: ${messageOf(error)}`);
    }
  }
}

function routeOf(request: RequestAtHand): CallEntry | undefined {
  const name = entryName(request, true);
  return name === undefined ? undefined : { name, slot: -1 };
}
