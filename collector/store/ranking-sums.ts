/**
 * Sums of all functions over many spans of time, to rank them: a column a figure, a cell a function id, used again for
 * each ranking. No object is made for a function: 20,000 functions over 24 hours take 5 ms (`bench/collector.bench.ts`).
 */
import type { MeasuredFunction, Ranking } from './profile-store.ts';

/** Columns of some functions in one span of time. */
export interface TotalsColumns {
  readonly size: number;
  readonly functions: ArrayLike<number>;
  readonly calls: ArrayLike<number>;
  readonly errors: ArrayLike<number>;
  readonly seconds: ArrayLike<number>;
  readonly maxSeconds: ArrayLike<number>;
  readonly samples: ArrayLike<number>;
}

export class RankingSums {
  #calls = new Float64Array(0);
  #errors = new Float64Array(0);
  #seconds = new Float64Array(0);
  #maxSeconds = new Float64Array(0);
  #samples = new Float64Array(0);
  #cellOfGroup = new Int32Array(0);

  /** Empties the sums. Function ids go up to `highest`. */
  begin(highest: number): void {
    if (this.#calls.length <= highest) {
      const length = Math.ceil((highest + 1) * 1.2);
      this.#calls = new Float64Array(length);
      this.#errors = new Float64Array(length);
      this.#seconds = new Float64Array(length);
      this.#maxSeconds = new Float64Array(length);
      this.#samples = new Float64Array(length);
      return;
    }
    for (const column of [this.#calls, this.#errors, this.#seconds, this.#maxSeconds, this.#samples]) column.fill(0);
  }

  add({ size, functions, calls, errors, seconds, maxSeconds, samples }: TotalsColumns): void {
    const into = this.#calls;
    const intoErrors = this.#errors;
    const intoSeconds = this.#seconds;
    const intoMax = this.#maxSeconds;
    const intoSamples = this.#samples;
    for (let row = 0; row < size; row += 1) {
      const fn = functions[row] ?? 0;
      into[fn] = (into[fn] ?? 0) + (calls[row] ?? 0);
      intoErrors[fn] = (intoErrors[fn] ?? 0) + (errors[row] ?? 0);
      intoSeconds[fn] = (intoSeconds[fn] ?? 0) + (seconds[row] ?? 0);
      intoSamples[fn] = (intoSamples[fn] ?? 0) + (samples[row] ?? 0);
      const max = maxSeconds[row] ?? 0;
      if (max > (intoMax[fn] ?? 0)) intoMax[fn] = max;
    }
  }

  /** The sums of some functions by group. Group numbers are below `groups`. */
  of(functions: readonly MeasuredFunction[], groups: number): Ranking {
    if (this.#cellOfGroup.length < groups) this.#cellOfGroup = new Int32Array(Math.ceil(groups * 1.2));
    const cellOfGroup = this.#cellOfGroup.fill(0);
    const cellOf = new Int32Array(functions.length);
    const calls = new Float64Array(functions.length);
    const errors = new Float64Array(functions.length);
    const seconds = new Float64Array(functions.length);
    const maxSeconds = new Float64Array(functions.length);
    let cells = 0;
    for (let i = 0; i < functions.length; i += 1) {
      const fn = functions[i];
      if (fn === undefined) continue;
      let cell = (cellOfGroup[fn.group] ?? 0) - 1;
      if (cell < 0) {
        cell = cells++;
        cellOfGroup[fn.group] = cells;
      }
      cellOf[i] = cell;
      calls[cell] = (calls[cell] ?? 0) + (this.#calls[fn.id] ?? 0);
      errors[cell] = (errors[cell] ?? 0) + (this.#errors[fn.id] ?? 0);
      seconds[cell] = (seconds[cell] ?? 0) + this.#secondsOf(fn.id);
      maxSeconds[cell] = Math.max(maxSeconds[cell] ?? 0, this.#maxSeconds[fn.id] ?? 0);
    }
    return { functions, cellOf, cells, calls, errors, seconds, maxSeconds };
  }

  /** Estimated seconds of all of them. */
  total(functions: readonly MeasuredFunction[]): number {
    let sum = 0;
    for (const fn of functions) sum += this.#secondsOf(fn.id);
    return sum;
  }

  /** As `estimated-seconds.ts`. */
  #secondsOf(id: number): number {
    const samples = this.#samples[id] ?? 0;
    if (samples <= 0) return 0;
    const calls = this.#calls[id] ?? 0;
    const seconds = this.#seconds[id] ?? 0;
    return calls > 0 ? (seconds / samples) * calls : seconds;
  }
}
