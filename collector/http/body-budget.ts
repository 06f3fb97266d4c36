/** How much of request bodies is in memory at once. */
import { ProblemError } from './problems.ts';

/** Bodies inflated at the same moment: until one is, nobody knows how large it becomes. */
const inflatingAtOnce = 2;
/** Telemetry shrinks by about eight. */
const usualRatio = 10;

export class BodyBudget {
  readonly #limit: number;
  #held = 0;
  #inflating = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Runs `work` with room for a body. Throws a problem, with when to come back, when there is none. */
  async holding<Result>(
    bytes: number,
    inflate: (() => Promise<Buffer>) | undefined,
    plain: Buffer,
    work: (body: Buffer) => Promise<Result>,
  ): Promise<Result> {
    let held = 0;
    const hold = (amount: number): void => {
      if (this.#held > held && this.#held - held + amount > this.#limit) {
        throw new ProblemError('unavailable', 'Too much is being taken in at once: send it again after a second.', 1);
      }
      this.#held += amount - held;
      held = amount;
    };
    try {
      hold(inflate === undefined ? bytes : bytes * usualRatio);
      const body = inflate === undefined ? plain : await this.#inTurn(inflate);
      hold(body.length);
      return await work(body);
    } finally {
      this.#held -= held;
    }
  }

  /** The queue is bounded by what its members hold of the budget. */
  async #inTurn(inflate: () => Promise<Buffer>): Promise<Buffer> {
    if (this.#inflating >= inflatingAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inflating += 1;
    try {
      return await inflate();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inflating -= 1;
      else next();
    }
  }
}
