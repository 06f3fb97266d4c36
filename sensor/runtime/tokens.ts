/**
 * Timed calls in flight. A token is a small integer (V8 keeps it in a register, unlike a double): the place in these
 * arrays, and a generation that tells a token that has ended from the one that took its place. The last place freed is
 * taken first, so few pages are ever touched.
 */
const placeBits = 16;
export const tokenPlaces = 1 << placeBits;
const placeMask = tokenPlaces - 1;
/** With 16 bits of place this keeps a token below 2^30, a small integer on every platform. */
const generations = 1 << 14;

export class CallsInFlight {
  readonly slot = new Int32Array(tokenPlaces);
  readonly weight = new Int32Array(tokenPlaces);
  /** Milliseconds, monotonic. */
  readonly startedAt = new Float64Array(tokenPlaces);
  /** What of `observing` and `stretch` was when it began: see `runtime.ts`. */
  readonly observing = new Float64Array(tokenPlaces);
  readonly stretch = new Int32Array(tokenPlaces);
  /** The conditions of the call's start: `sensor/conditions/tag.ts`. */
  readonly tag = new Uint8Array(tokenPlaces);
  /** What the observer of the call has named it; 0: it was not observed. */
  readonly observation = new Int32Array(tokenPlaces);
  readonly #token = new Int32Array(tokenPlaces);
  readonly #free = new Int32Array(tokenPlaces);
  #freeCount = 0;
  #fresh = 0;

  /** A token for a call, or 0 when all places are taken. */
  take(slot: number, weight: number): number {
    let place: number;
    if (this.#freeCount > 0) {
      this.#freeCount -= 1;
      place = this.#free[this.#freeCount] ?? 0;
    } else if (this.#fresh < tokenPlaces) {
      place = this.#fresh;
      this.#fresh += 1;
    } else return 0;
    const generation = ((-(this.#token[place] ?? 0) >> placeBits) % (generations - 1)) + 1;
    const token = (generation << placeBits) | place;
    this.#token[place] = token;
    this.slot[place] = slot;
    this.weight[place] = weight;
    return token;
  }

  /** The place of a token, given back; -1 when the token has ended before. */
  end(token: number): number {
    const place = token & placeMask;
    if (this.#token[place] !== token) return -1;
    this.#token[place] = -token;
    this.#free[this.#freeCount] = place;
    this.#freeCount += 1;
    return place;
  }

  /** Ends the calls that began before `time`, which nobody will: suspended for ever, or left by `process.exit`. */
  abandonBefore(time: number, lost: (slot: number, weight: number) => void): void {
    for (let place = 0; place < this.#fresh; place += 1) {
      const token = this.#token[place] ?? 0;
      if (token <= 0 || (this.startedAt[place] ?? 0) >= time) continue;
      lost(this.slot[place] ?? 0, this.weight[place] ?? 0);
      this.end(token);
    }
  }
}
