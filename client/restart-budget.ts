/** How often something may be started again before a person is asked. */
export class RestartBudget {
  readonly #most: number;
  readonly #withinMilliseconds: number;
  #starts: number[] = [];

  /** At most `most` restarts within any `withinMilliseconds`. */
  constructor(most: number, withinMilliseconds: number) {
    this.#most = most;
    this.#withinMilliseconds = withinMilliseconds;
  }

  /** Takes one restart out of the budget; false when it is used up. `now` in milliseconds. */
  take(now: number): boolean {
    this.#starts = this.#starts.filter((start) => now - start < this.#withinMilliseconds);
    if (this.#starts.length >= this.#most) return false;
    this.#starts.push(now);
    return true;
  }

  /** How many restarts were taken lately: the basis of a back-off. */
  get taken(): number {
    return this.#starts.length;
  }

  /** A person asked for a start: count from zero again. */
  reset(): void {
    this.#starts = [];
  }
}
