/** Lets so many through in a second, and as many at once as a second has. */
export class TokenBucket {
  readonly #perMillisecond: number;
  readonly #most: number;
  #tokens: number;
  #at: number;

  /** `now`: milliseconds, monotonic. */
  constructor(perSecond: number, now: number) {
    this.#perMillisecond = perSecond / 1000;
    this.#most = Math.max(1, perSecond);
    this.#tokens = this.#most;
    this.#at = now;
  }

  /** Whether there is one. */
  has(now: number): boolean {
    this.#fill(now);
    // What is missing for a whole one through rounding only is not waited for.
    return this.#tokens > 1 - 1e-6;
  }

  take(): void {
    this.#tokens -= 1;
  }

  /** Milliseconds until there is one. */
  waitFor(now: number): number {
    this.#fill(now);
    return Math.max(0, (1 - this.#tokens) / this.#perMillisecond);
  }

  #fill(now: number): void {
    if (now <= this.#at) return;
    this.#tokens = Math.min(this.#most, this.#tokens + (now - this.#at) * this.#perMillisecond);
    this.#at = now;
  }
}
