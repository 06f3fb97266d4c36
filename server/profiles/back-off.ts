/** Waits that grow: exponential with full jitter, so that many editors do not come back at the same moment. */
export class BackOff {
  readonly #firstMilliseconds: number;
  readonly #mostMilliseconds: number;
  readonly #random: () => number;
  #attempts = 0;

  constructor(firstMilliseconds: number, mostMilliseconds: number, random: () => number = Math.random) {
    this.#firstMilliseconds = firstMilliseconds;
    this.#mostMilliseconds = mostMilliseconds;
    this.#random = random;
  }

  /** The next wait: between half and all of the first wait doubled with every attempt, up to the longest. */
  next(): number {
    const ceiling = Math.min(this.#mostMilliseconds, this.#firstMilliseconds * 2 ** this.#attempts);
    this.#attempts = Math.min(this.#attempts + 1, 30);
    return ceiling * (0.5 + 0.5 * this.#random());
  }

  reset(): void {
    this.#attempts = 0;
  }
}
