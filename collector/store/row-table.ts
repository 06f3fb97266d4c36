/**
 * The numbers of many functions in one span of time, as columns: a row a function, found by its id. 20,000 functions
 * take 1.3 MB with their histograms, where an object each would take five times as much.
 */
import { emptyBlob, mergeBlobs, mergedBound } from './histogram-blob.ts';

/** What is added to a row. Times in seconds; `samples` is how many calls the histogram holds. */
export interface Numbers {
  readonly calls: number;
  readonly errors: number;
  readonly seconds: number;
  readonly maxSeconds: number;
  readonly samples: number;
  /** A histogram's bytes (`histogram-blob.ts`). */
  readonly histogram: Uint8Array;
}

const firstCapacity = 64;
/** Room that is this much more than is used. */
const worthTrimming = 1.15;

export class RowTable {
  size = 0;
  functions = new Uint32Array(firstCapacity);
  calls = new Float64Array(firstCapacity);
  errors = new Float64Array(firstCapacity);
  seconds = new Float64Array(firstCapacity);
  maxSeconds = new Float64Array(firstCapacity);
  samples = new Float64Array(firstCapacity);
  /** Where a row's histogram begins in {@link bytes}, and its length. */
  starts = new Uint32Array(firstCapacity);
  lengths = new Uint32Array(firstCapacity);
  bytes: Uint8Array = new Uint8Array(firstCapacity * 16);
  /** Row + 1 by function id, 0 for none. */
  #rowOf = new Int32Array(firstCapacity);
  #used = 0;
  #wasted = 0;

  /** The row of a function, -1 for none. */
  find(functionId: number): number {
    return (this.#rowOf[functionId] ?? 0) - 1;
  }

  add(functionId: number, numbers: Numbers): void {
    const { histogram } = numbers;
    this.addParts(
      functionId,
      numbers.calls,
      numbers.errors,
      numbers.seconds,
      numbers.maxSeconds,
      numbers.samples,
      histogram,
      0,
      histogram.length,
    );
  }

  /** Adds all rows of another table. */
  merge(other: RowTable): void {
    for (let row = 0; row < other.size; row += 1) {
      const start = other.starts[row] ?? 0;
      this.addParts(
        other.functions[row] ?? 0,
        other.calls[row] ?? 0,
        other.errors[row] ?? 0,
        other.seconds[row] ?? 0,
        other.maxSeconds[row] ?? 0,
        other.samples[row] ?? 0,
        other.bytes,
        start,
        start + (other.lengths[row] ?? 0),
      );
    }
  }

  addParts(
    functionId: number,
    calls: number,
    errors: number,
    seconds: number,
    maxSeconds: number,
    samples: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    let row = this.find(functionId);
    if (row < 0) row = this.#newRow(functionId);
    this.calls[row] = (this.calls[row] ?? 0) + calls;
    this.errors[row] = (this.errors[row] ?? 0) + errors;
    this.seconds[row] = (this.seconds[row] ?? 0) + seconds;
    if (maxSeconds > (this.maxSeconds[row] ?? 0)) this.maxSeconds[row] = maxSeconds;
    this.samples[row] = (this.samples[row] ?? 0) + samples;
    if (end > start) this.#addHistogram(row, bytes, start, end);
  }

  /** The histogram of a row, as a view that is valid until the next change of the table. */
  histogram(row: number): Uint8Array {
    const start = this.starts[row] ?? 0;
    const length = this.lengths[row] ?? 0;
    return length === 0 ? emptyBlob : this.bytes.subarray(start, start + length);
  }

  /** Lets go of the room for more rows and histograms, where that is worth a copy. */
  trim(): void {
    if (this.functions.length > this.size * worthTrimming) this.#grow(Math.max(1, this.size));
    const kept = this.#used - this.#wasted;
    if (this.bytes.length > kept * worthTrimming) this.#compact(Math.max(1, kept));
  }

  get byteLength(): number {
    return this.functions.length * 52 + this.#rowOf.byteLength + this.bytes.byteLength;
  }

  #addHistogram(row: number, bytes: Uint8Array, start: number, end: number): void {
    const length = this.lengths[row] ?? 0;
    this.#reserve(mergedBound(length, end - start));
    const at = this.#used;
    const from = this.starts[row] ?? 0;
    if (length === 0) {
      // Some twenty bytes: a loop is faster than a view and its copy.
      const target = this.bytes;
      for (let i = start, to = at; i < end; i += 1, to += 1) target[to] = bytes[i] ?? 0;
      this.#used = at + (end - start);
    } else {
      this.#used = mergeBlobs(this.bytes, from, from + length, bytes, start, end, this.bytes, at);
      const merged = this.#used - at;
      if (merged <= length) {
        // It fits where it was: the usual case once a row has met its buckets, so that the arena does not grow.
        const target = this.bytes;
        for (let i = 0; i < merged; i += 1) target[from + i] = target[at + i] ?? 0;
        this.#used = at;
        this.#wasted += length - merged;
        this.lengths[row] = merged;
        return;
      }
      this.#wasted += length;
    }
    this.starts[row] = at;
    this.lengths[row] = this.#used - at;
  }

  /** Makes room for `length` more bytes, by dropping what is no longer pointed at or by growing. */
  #reserve(length: number): void {
    if (this.#used + length <= this.bytes.length) return;
    const kept = this.#used - this.#wasted;
    let capacity = this.bytes.length;
    while (kept + length > capacity * 0.75) capacity *= 2; // never 0: trim leaves one byte
    this.#compact(capacity);
  }

  /** Moves the histograms together, into room for `capacity` bytes. */
  #compact(capacity: number): void {
    const target = new Uint8Array(capacity);
    let at = 0;
    for (let row = 0; row < this.size; row += 1) {
      const bytes = this.histogram(row);
      target.set(bytes, at);
      this.starts[row] = at;
      at += bytes.length;
    }
    this.bytes = target;
    this.#used = at;
    this.#wasted = 0;
  }

  #newRow(functionId: number): number {
    const row = this.size;
    if (row === this.functions.length) this.#grow(row * 2);
    if (functionId >= this.#rowOf.length) {
      const rows = new Int32Array(Math.max(functionId + 1, this.#rowOf.length * 2));
      rows.set(this.#rowOf);
      this.#rowOf = rows;
    }
    this.#rowOf[functionId] = row + 1;
    this.functions[row] = functionId;
    this.size = row + 1;
    return row;
  }

  #grow(capacity: number): void {
    const longer = <Column extends Uint32Array | Float64Array>(column: Column, copy: Column): Column => {
      copy.set(column.length > capacity ? column.subarray(0, capacity) : column);
      return copy;
    };
    this.functions = longer(this.functions, new Uint32Array(capacity));
    this.calls = longer(this.calls, new Float64Array(capacity));
    this.errors = longer(this.errors, new Float64Array(capacity));
    this.seconds = longer(this.seconds, new Float64Array(capacity));
    this.maxSeconds = longer(this.maxSeconds, new Float64Array(capacity));
    this.samples = longer(this.samples, new Float64Array(capacity));
    this.starts = longer(this.starts, new Uint32Array(capacity));
    this.lengths = longer(this.lengths, new Uint32Array(capacity));
  }
}
