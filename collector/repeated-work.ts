export interface RepeatedWorkOptions {
  readonly work: () => Promise<void>;
  readonly onProblem: (error: unknown) => void;
  /** From the end of one turn to the next, at least. */
  readonly milliseconds: number;
  /** A turn takes no more than this part of the time of the collector's process. */
  readonly mostShare: number;
}

/** Does something now and then for as long as the collector runs, one turn at a time. */
export class RepeatedWork {
  readonly #options: RepeatedWorkOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isEnded = false;

  constructor(options: RepeatedWorkOptions) {
    this.#options = options;
    this.#schedule(options.milliseconds);
  }

  /** A turn that is under way is to stop where it can. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Does it now, or waits for the turn that is under way. */
  run(): Promise<void> {
    this.#running ??= this.#options.work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Resolves when nothing is done any more. */
  async close(): Promise<void> {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => undefined);
  }

  #schedule(milliseconds: number): void {
    if (this.#isEnded) return;
    this.#timer = setTimeout(() => {
      const began = performance.now();
      const before = process.cpuUsage();
      void this.run()
        .catch((error: unknown) => this.#options.onProblem(error))
        .finally(() => {
          // Of a machine that others keep busy most of the time that passes is not spent here.
          const { user, system } = process.cpuUsage(before);
          const took = Math.min(performance.now() - began, (user + system) / 1_000);
          this.#schedule(Math.max(this.#options.milliseconds, took / this.#options.mostShare));
        });
    }, milliseconds);
    this.#timer.unref();
  }
}
