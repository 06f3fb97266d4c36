/**
 * Attribute sets by their bytes, in two generations of a plain Map: what was not asked for while the young one filled up
 * is forgotten. (An LRU list cost a tenth of the whole ingest, because each hit has to move an entry.)
 *
 * A sender tells its functions in the same order each time, so each entry knows which one came after it: when that one's
 * bytes are those at hand, no string is made and none is hashed, which would be a quarter of the whole ingest.
 */
import type { PointAttributes } from './metrics-request.ts';

/** Of one generation; about 700 bytes each. */
const mostInGeneration = 60_000;

interface Entry {
  readonly bytes: Buffer;
  readonly attributes: PointAttributes;
  next: Entry | undefined;
}

export class AttributeCache {
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();
  #last: Entry | undefined;
  readonly #read: (key: string, bytes: Buffer) => PointAttributes;

  /** `read` makes the attributes of bytes that are not known; the key is the bytes as latin1. */
  constructor(read: (key: string, bytes: Buffer) => PointAttributes) {
    this.#read = read;
  }

  /** The attributes of `bytes` from `start` to `end`. Throws what reading them throws. */
  of(bytes: Buffer, start: number, end: number): PointAttributes {
    const guess = this.#last?.next;
    if (
      guess !== undefined &&
      guess.bytes.length === end - start &&
      bytes.compare(guess.bytes, 0, guess.bytes.length, start, end) === 0
    ) {
      this.#last = guess;
      return guess.attributes;
    }
    const entry = this.#find(bytes.toString('latin1', start, end));
    if (this.#last !== undefined) this.#last.next = entry;
    this.#last = entry;
    return entry.attributes;
  }

  #find(key: string): Entry {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    let entry = this.#old.get(key);
    if (entry === undefined) {
      const bytes = Buffer.from(key, 'latin1');
      entry = { bytes, attributes: this.#read(key, bytes), next: undefined };
    }
    if (this.#young.size >= mostInGeneration) {
      // Links between the old would keep forgotten ones alive.
      for (const each of this.#old.values()) each.next = undefined;
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
    return entry;
  }
}
