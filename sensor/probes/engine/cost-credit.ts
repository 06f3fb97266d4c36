/** What may be spent at once, in milliseconds for each hundredth of the CPU: five seconds' worth. */
const burstSeconds = 5;
const firstPauseMilliseconds = 2_000;
const longestPauseMilliseconds = 120_000;
/** After so long without a pause the next is short again. */
const forgivenMilliseconds = 60_000;

/**
 * How much of the service's thread may be taken: a share of it over time, some of it at once. Whoever has spent it all
 * pauses, and longer each time that it happens again soon.
 */
export class CostCredit {
  readonly #share: number;
  readonly #most: number;
  #credit: number;
  #at: number;
  #pause = firstPauseMilliseconds;
  #resumedAt = Number.NEGATIVE_INFINITY;

  /** `share`: of one CPU, 0 to 1; `now`: milliseconds, monotonic. */
  constructor(share: number, now: number) {
    this.#share = share;
    this.#most = share * burstSeconds * 1000;
    this.#credit = this.#most;
    this.#at = now;
  }

  /** Whether there is some left. */
  spend(milliseconds: number, now: number): boolean {
    this.#credit -= milliseconds;
    if (this.#credit >= 0) return true;
    this.#fill(now);
    return this.#credit >= 0;
  }

  /** Milliseconds for which nothing may be spent now. */
  pause(now: number): number {
    if (now - this.#resumedAt > forgivenMilliseconds) this.#pause = firstPauseMilliseconds;
    const pause = this.#pause;
    this.#pause = Math.min(longestPauseMilliseconds, pause * 2);
    this.#resumedAt = now + pause;
    return pause;
  }

  #fill(now: number): void {
    if (now <= this.#at) return;
    this.#credit = Math.min(this.#most, this.#credit + (now - this.#at) * this.#share);
    this.#at = now;
  }
}
