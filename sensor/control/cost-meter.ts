import { histogramCount } from '@runlens/protocol/histogram';
import type { OperationDelta } from '../operations/recorder.ts';
import type { Samples } from '../runtime/samples.ts';
import type { SlotRange } from './control.ts';

/** What the sensor does beside counting, in seconds each; `npm run bench -- sensor` and `-- operations` show them. */
const secondsOf = {
  /** A call that is not timed: the decrement, the token, the `try`, and what V8 inlines less for it. */
  call: 5e-9,
  /** A timed call: both clocks, the log, the next gap. */
  sample: 0.8e-6,
  /** A query or call out: its shape, who asks, its times. */
  operation: 1.3e-6,
} as const;

export interface Usage {
  /** Seconds of CPU of the whole process, since whenever. */
  readonly process: number;
  /** Seconds of CPU of this thread, or in which it was busy. */
  readonly thread: number;
  /** Milliseconds, monotonic. */
  readonly at: number;
}

/** What the sensor has cost since the look before. */
export interface Cost {
  /** Seconds of CPU, all of it. */
  readonly seconds: number;
  /**
   * Of the CPU time of the process, and at least of a third of a core: of the little that an idle service does half may be
   * the sensor's, and it costs nobody anything.
   */
  readonly share: number;
  /** Calls alone by loaded file, dearest first. */
  readonly files: readonly FileCost[];
}
export interface FileCost extends SlotRange {
  readonly path: string;
  /** As that of the whole. */
  readonly share: number;
}

/** A process that takes less is judged as if it took this: with a budget of 3 % it may cost 1 % of a core. */
const leastCores = 1 / 3;
/** Files that are told of at a look. */
const mostFiles = 8;

/**
 * Adds up what the sensor costs: of what it does in the service's thread some is measured there (looking at counters, the
 * stacks of calls and errors), the rest estimated by its number; its own thread is measured whole. What reading files
 * takes when they are loaded is in none of it: that is over when it is known.
 */
export class CostMeter {
  readonly #secondsOfCall: number;
  readonly #files: (SlotRange & { readonly path: string })[] = [];
  /** By slot: the place in `files`, and one more; 0: of none. */
  #fileOf = new Uint32Array(1_024);
  #callsOf = new Float64Array(64);
  #calls = 0;
  #samples = 0;
  #operations = 0;
  #before: Usage;

  constructor(begin: Usage, secondsOfCall: number = secondsOf.call) {
    this.#secondsOfCall = secondsOfCall;
    this.#before = begin;
  }

  addFile(path: string, { first, count }: SlotRange): void {
    if (count === 0) return;
    this.#files.push({ path, first, count });
    if (first + count > this.#fileOf.length) this.#fileOf = grown(this.#fileOf, first + count);
    if (this.#files.length > this.#callsOf.length) this.#callsOf = grown(this.#callsOf, this.#files.length);
    this.#fileOf.fill(this.#files.length, first, first + count);
  }

  addCalls(slots: Int32Array, calls: Float64Array): void {
    for (let at = 0; at < slots.length; at += 1) {
      const count = calls[at] ?? 0;
      const file = (this.#fileOf[slots[at] ?? 0] ?? 0) - 1;
      this.#calls += count;
      if (file >= 0) this.#callsOf[file] = (this.#callsOf[file] ?? 0) + count;
    }
  }

  addSamples(all: readonly Pick<Samples, 'slot'>[]): void {
    for (const { slot } of all) this.#samples += slot.length;
  }

  addOperations(deltas: readonly OperationDelta[]): void {
    for (const { metric, numbers } of deltas) {
      const isOperation = metric === 'db.client.operation.duration' || metric === 'http.client.request.duration';
      if (isOperation && typeof numbers !== 'number') this.#operations += histogramCount(numbers.histogram);
    }
  }

  /** `spentMilliseconds`: measured in the service's thread since the look before. */
  look(usage: Usage, spentMilliseconds: number): Cost {
    const before = this.#before;
    this.#before = usage;
    const wall = Math.max(1e-3, (usage.at - before.at) / 1_000);
    // What is estimated may not be more than there was.
    const used = Math.max(1e-6, usage.process - before.process);
    const seconds = Math.min(
      used,
      Math.max(0, usage.thread - before.thread) +
        spentMilliseconds / 1_000 +
        this.#calls * this.#secondsOfCall +
        this.#samples * secondsOf.sample +
        this.#operations * secondsOf.operation,
    );
    const whole = Math.max(used, wall * leastCores);
    const files = this.#dearest(whole);
    this.#calls = 0;
    this.#samples = 0;
    this.#operations = 0;
    this.#callsOf.fill(0);
    return { seconds, share: seconds / whole, files };
  }

  #dearest(whole: number): readonly FileCost[] {
    const dearest: FileCost[] = [];
    this.#files.forEach((file, at) => {
      const share = Math.min(1, ((this.#callsOf[at] ?? 0) * this.#secondsOfCall) / whole);
      if (share === 0 || (dearest.length === mostFiles && share <= (dearest.at(-1)?.share ?? 0))) return;
      if (dearest.length === mostFiles) dearest.pop();
      const place = dearest.findIndex((other) => other.share < share);
      dearest.splice(place < 0 ? dearest.length : place, 0, { ...file, share });
    });
    return dearest;
  }
}

function grown<T extends Uint32Array | Float64Array>(array: T, least: number): T {
  // Of the same class as what it replaces.
  const larger = new (array.constructor as new (length: number) => T)(Math.max(least, array.length * 2));
  larger.set(array);
  return larger;
}
