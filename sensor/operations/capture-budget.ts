import { SampleBudget } from '../runtime/budget.ts';
import { busySeconds } from '../runtime/busy-seconds.ts';
import type { Captures } from './askers.ts';

/**
 * Stacks that may be looked at: 500 for each second of CPU time, of some 10 µs each, so half a percent of it. An idle
 * service, whose CPU time is none, may look at 100 a second. A start has 20 ms to learn from.
 */
const limits = { samplesPerCpuSecond: 500, samplesPerWallSecond: 100, burst: 2_000 } as const;
/**
 * Below this the share of stacks falls with what is left: by chance, so that no moment of a service is favoured. Those
 * that only confirm what is trusted are fewer before, and steeply: a hundred thousand rows that are inserted at the start
 * must not leave nothing for the first requests.
 */
const scarce = limits.burst / 4;
const scarceToConfirm = limits.burst / 2;

export class CaptureBudget implements Captures {
  readonly #now: () => number;
  readonly #budget: SampleBudget;

  constructor(now: () => number, cpuSeconds = busySeconds) {
    this.#now = now;
    this.#budget = new SampleBudget({ ...limits, now, cpuSeconds });
  }

  share(confirms: boolean): number {
    const budget = this.#budget;
    if (this.#now() >= budget.lookAt) budget.look();
    if (budget.tokens <= 0 && !budget.refillWhenEmpty()) return 0;
    return confirms ? Math.min(1, budget.tokens / scarceToConfirm) ** 4 : Math.min(1, budget.tokens / scarce);
  }

  spend(tokens: number): void {
    this.#budget.tokens -= tokens;
  }
}
