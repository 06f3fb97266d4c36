import { field } from './field.ts';
import type { RequestAtHand } from './request-at-hand.ts';

/** More at once are answered without being known. */
const mostOpen = 50_000;
/** The end of a request whose client went away is not told: such ones are looked for once in so many requests. */
const requestsPerSweep = 64;

/** The HTTP requests that have come and are not answered, by Node's request. */
export class OpenRequests {
  readonly #open = new Map<object, RequestAtHand>();
  #untilSweep = requestsPerSweep;

  /** Without what was found to be gone. */
  get size(): number {
    return this.#open.size;
  }

  get(message: object): RequestAtHand | undefined {
    return this.#open.get(message);
  }

  add(message: object, request: RequestAtHand): void {
    this.#untilSweep -= 1;
    if (this.#untilSweep <= 0) this.sweep();
    if (this.#open.size < mostOpen) this.#open.set(message, request);
  }

  delete(message: object): void {
    this.#open.delete(message);
  }

  /** Ends those whose client went away. */
  sweep(): void {
    for (const [message, request] of this.#open) {
      if (field(field(message, 'socket'), 'destroyed') === true) this.#end(message, request);
    }
    // With many at once a sweep takes longer, and comes by less often.
    this.#untilSweep = Math.max(requestsPerSweep, this.#open.size);
  }

  clear(): void {
    for (const [message, request] of this.#open) this.#end(message, request);
  }

  #end(message: object, request: RequestAtHand): void {
    request.ended = true;
    request.message = undefined;
    this.#open.delete(message);
  }
}
