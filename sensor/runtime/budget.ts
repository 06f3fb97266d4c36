/**
 * How many samples may be taken: a token bucket that CPU time fills, so that timing costs a fixed share of what the
 * service itself spends (a sample costs 0.5 to 1 µs: 5,000 a CPU-second are half a percent at most), with a floor by wall time, since
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

export const defaultBudget = { samplesPerCpuSecond: 5_000, samplesPerWallSecond: 1_000, burst: 2_000 } as const;

/** At most one look at the CPU's clock in so many milliseconds: it is a system call. */
const refillInterval = 5;
const lookInterval = 100;
const slowestPerFunction = 1;
const fastestPerFunction = 4_000;
/**
 * So full the bucket is kept: what functions are sampled at rises slowly above it and falls quickly below, so that the
 * bucket hardly ever runs dry. A refusal would favour what comes after a slow call, whose time has filled it again.
 */
const aimedFill = 0.6;
const fastestFall = 0.5;
const fastestRise = 1.1;

export class SampleBudget {
  /** Samples that may be taken now. Read and decremented by the hot path. */
  tokens: number;
  /** Samples a second that one function should take. Falls while the bucket runs dry and rises while it is full. */
  perFunction = 1_000;
  /** From this time on `look` is due; milliseconds. */
  lookAt: number;
  readonly #options: BudgetOptions;
  #share = 1;
  #wall: number;
  #cpu: number;
  #tokensAtLook: number;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.tokens = options.burst;
    this.#tokensAtLook = options.burst;
    this.#wall = options.now();
    this.#cpu = options.cpuSeconds();
    this.lookAt = this.#wall + lookInterval;
  }

  /** Called when the bucket is empty: whether there is a token again. A look at the clock. */
  refillWhenEmpty(): boolean {
    if (!this.#refill()) return false;
    this.perFunction = Math.max(slowestPerFunction, this.perFunction * 0.7);
    return this.tokens > 0;
  }

  /** From now on there is only a share, 0 to 1, of the tokens that the options speak of. 0: none at all. */
  limit(share: number): void {
    // What was earned until now was earned at the old share.
    this.#refill();
    this.#share = share;
    this.tokens = Math.min(this.tokens, Math.floor(this.#options.burst * share));
  }

  /** Called ten times a second while there are samples, and at each drain: uses what there is, and no more. */
  look(): void {
    if (!this.#refill()) return;
    this.lookAt = this.#wall + lookInterval;
    const fill = this.tokens / (this.#options.burst * this.#share * aimedFill);
    // While it fills, less is taken than there is: to fall further would leave the functions without samples for long.
    const fills = this.tokens > this.#tokensAtLook;
    this.#tokensAtLook = this.tokens;
    const wanted = this.perFunction * Math.min(fastestRise, Math.max(fills ? 1 : fastestFall, fill));
    this.perFunction = Math.min(fastestPerFunction, Math.max(slowestPerFunction, wanted));
  }

  #refill(): boolean {
    const { now, cpuSeconds, samplesPerCpuSecond, samplesPerWallSecond, burst } = this.#options;
    const wall = now();
    const elapsed = wall - this.#wall;
    if (elapsed < refillInterval || this.#share === 0) return false;
    const cpu = cpuSeconds();
    const whole = Math.max((cpu - this.#cpu) * samplesPerCpuSecond, (elapsed / 1000) * samplesPerWallSecond);
    const earned = whole * this.#share;
    this.#wall = wall;
    this.#cpu = cpu;
    this.tokens = Math.min(Math.floor(burst * this.#share), this.tokens + Math.floor(earned));
    return true;
  }
}
