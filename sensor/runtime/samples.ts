/** Timed calls in the order in which they ended; the arrays are of one length. Crosses threads. */
export interface Samples {
  readonly slot: Int32Array<ArrayBuffer>;
  /** Calls that the sample stands for. */
  readonly weight: Int32Array<ArrayBuffer>;
  readonly milliseconds: Float64Array<ArrayBuffer>;
  /** The conditions that the call ran under: `sensor/conditions/tag.ts`. */
  readonly tag: Uint8Array<ArrayBuffer>;
}

const logLength = 8192;
/**
 * What a program that computes for minutes without a turn of its event loop may pile up: half a million samples, 9 MB.
 * Those after it are dropped, whatever they are of: other samples stand for their calls.
 */
const mostFull = 64;

/**
 * Where samples are first written, one after the other: a histogram for each of 16,000 functions would miss the cache at
 * each sample.
 */
export class SampleLog {
  #slot = new Int32Array(logLength);
  #weight = new Int32Array(logLength);
  #milliseconds = new Float64Array(logLength);
  #tag = new Uint8Array(logLength);
  #length = 0;
  #full: Samples[] = [];
  /** Called when there is much, between two lines of the program: it must be quick and must not throw. */
  onFull: (() => void) | undefined;

  add(slot: number, weight: number, milliseconds: number, tag: number): void {
    const at = this.#length;
    this.#slot[at] = slot;
    this.#weight[at] = weight;
    this.#milliseconds[at] = milliseconds;
    this.#tag[at] = tag;
    this.#length = at + 1;
    if (at + 1 === logLength) this.#next();
  }

  /** All that was added since the last time. */
  take(): readonly Samples[] {
    const taken = this.#full;
    this.#full = [];
    const length = this.#length;
    this.#length = 0;
    if (length === 0) return taken;
    const last = {
      slot: this.#slot.slice(0, length),
      weight: this.#weight.slice(0, length),
      milliseconds: this.#milliseconds.slice(0, length),
      tag: this.#tag.slice(0, length),
    };
    return [...taken, last];
  }

  #next(): void {
    this.#length = 0;
    if (this.#full.length >= mostFull) return;
    this.#full.push({ slot: this.#slot, weight: this.#weight, milliseconds: this.#milliseconds, tag: this.#tag });
    this.#slot = new Int32Array(logLength);
    this.#weight = new Int32Array(logLength);
    this.#milliseconds = new Float64Array(logLength);
    this.#tag = new Uint8Array(logLength);
    this.onFull?.();
  }
}
