/**
 * How many samples may be taken: a token bucket that CPU time fills, so that timing costs a fixed share of what the
 * service itself spends (a sample costs about 0.5 µs: 10,000 a CPU-second are half a percent), with a floor by wall time, since
 * an idle service has samples to spare. An empty bucket refuses: hard, not on average.
 */
export interface BudgetOptions {
  readonly samplesPerCpuSecond: number;
  readonly samplesPerWallSecond: number;
  /** The most that may be saved up; also what a process starts with. */
  readonly burst: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Seconds of CPU that the process has used. */
  readonly cpuSeconds: () => number;
}

export const defaultBudget = { samplesPerCpuSecond: 10_000, samplesPerWallSecond: 2_000, burst: 2_000 } as const;

/** At most one look at the CPU's clock in so many milliseconds: it is a system call of 1 to 2 µs. */
const refillInterval = 5;
const slowestPerFunction = 1;
const fastestPerFunction = 4_000;

export class SampleBudget {
  /** Samples that may be taken now. Read and decremented by the hot path. */
  tokens: number;
  /** Samples a second that one function should take. Falls when the bucket runs dry and rises while it is full. */
  perFunction = 1_000;
  readonly #options: BudgetOptions;
  #wall: number;
  #cpu: number;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.tokens = options.burst;
    this.#wall = options.now();
    this.#cpu = options.cpuSeconds();
  }

  /** Called when the bucket is empty: whether there is a token again. A look at the clock, 45 ns. */
  refillWhenEmpty(): boolean {
    if (!this.refill()) return false;
    this.perFunction = Math.max(slowestPerFunction, this.perFunction * 0.7);
    return this.tokens > 0;
  }

  /** Called at each drain: a bucket that stays half full allows each function more. */
  relax(): void {
    this.refill();
    if (this.tokens > this.#options.burst / 2) {
      this.perFunction = Math.min(fastestPerFunction, this.perFunction * 1.5);
    }
  }

  private refill(): boolean {
    const { now, cpuSeconds, samplesPerCpuSecond, samplesPerWallSecond, burst } = this.#options;
    const wall = now();
    const elapsed = wall - this.#wall;
    if (elapsed < refillInterval) return false;
    const cpu = cpuSeconds();
    const earned = Math.max((cpu - this.#cpu) * samplesPerCpuSecond, (elapsed / 1000) * samplesPerWallSecond);
    this.#wall = wall;
    this.#cpu = cpu;
    this.tokens = Math.min(burst, this.tokens + Math.floor(earned));
    return true;
  }
}
