/**
 * The totals of all functions in one minute, hour or day of the tables, small enough to keep many: 24 bytes a function.
 * Single precision is enough to rank; the exact numbers are read from the tables.
 */
import type { RowTable } from '../row-table.ts';

const bytesOfRow = 24;

export class UnitTotals {
  readonly size: number;
  readonly functions: Uint32Array;
  readonly calls: Float32Array;
  readonly errors: Float32Array;
  readonly seconds: Float32Array;
  readonly maxSeconds: Float32Array;
  readonly samples: Float32Array;

  /** With room for so many rows; they are set by {@link set}, ascending by function id. */
  constructor(size: number) {
    const bytes = new ArrayBuffer(size * bytesOfRow);
    this.size = size;
    this.functions = new Uint32Array(bytes, 0, size);
    this.calls = new Float32Array(bytes, size * 4, size);
    this.errors = new Float32Array(bytes, size * 8, size);
    this.seconds = new Float32Array(bytes, size * 12, size);
    this.maxSeconds = new Float32Array(bytes, size * 16, size);
    this.samples = new Float32Array(bytes, size * 20, size);
  }

  get byteLength(): number {
    return Math.max(1, this.size * bytesOfRow);
  }

  set(row: number, fn: number, calls: number, errors: number, seconds: number, max: number, samples: number): void {
    this.functions[row] = fn;
    this.calls[row] = calls;
    this.errors[row] = errors;
    this.seconds[row] = seconds;
    this.maxSeconds[row] = max;
    this.samples[row] = samples;
  }

  /** Adds a table; false when it has a function that is not here, and then this is to be read anew. */
  add(table: RowTable): boolean {
    for (let i = 0; i < table.size; i += 1) {
      const row = this.#find(table.functions[i] ?? 0);
      if (row < 0) return false;
      this.calls[row] = (this.calls[row] ?? 0) + (table.calls[i] ?? 0);
      this.errors[row] = (this.errors[row] ?? 0) + (table.errors[i] ?? 0);
      this.seconds[row] = (this.seconds[row] ?? 0) + (table.seconds[i] ?? 0);
      this.maxSeconds[row] = Math.max(this.maxSeconds[row] ?? 0, table.maxSeconds[i] ?? 0);
      this.samples[row] = (this.samples[row] ?? 0) + (table.samples[i] ?? 0);
    }
    return true;
  }

  #find(fn: number): number {
    let low = 0;
    let high = this.size - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = this.functions[middle] ?? 0;
      if (at === fn) return middle;
      if (at < fn) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
