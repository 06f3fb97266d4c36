import type { RequestAtHand } from './request-at-hand.ts';

/** More at once are worked on without being counted. */
const mostOpen = 50_000;
/** The end of a request whose client went away is not told: such ones are looked for once in so many requests. */
const requestsPerSweep = 64;

/** A request that has come and is not answered, in a list, since a `Map` of them would cost as much as all the rest. */
export interface OpenRequest extends RequestAtHand {
  before: OpenRequest | undefined;
  after: OpenRequest | undefined;
  isOpen: boolean;
  /** Milliseconds, monotonic. */
  startedAt: number;
}

/** The HTTP requests that have come and are not answered. */
export class OpenRequests {
  #newest: OpenRequest | undefined;
  #size = 0;
  #untilSweep = requestsPerSweep;

  /** Without what was found to be gone. */
  get size(): number {
    return this.#size;
  }

  add(request: OpenRequest): void {
    this.#untilSweep -= 1;
    if (this.#untilSweep <= 0) this.sweep();
    if (this.#size >= mostOpen) return;
    const newest = this.#newest;
    request.before = newest;
    if (newest) newest.after = request;
    request.isOpen = true;
    this.#newest = request;
    this.#size += 1;
  }

  /** It is answered, or never will be. */
  end(request: OpenRequest): void {
    request.ended = true;
    request.message = undefined;
    if (!request.isOpen) return;
    request.isOpen = false;
    const { before, after } = request;
    if (before) before.after = after;
    if (after) after.before = before;
    else this.#newest = before;
    request.before = undefined;
    request.after = undefined;
    this.#size -= 1;
  }

  /** Ends those whose client went away. */
  sweep(): void {
    this.#endThose(isGone);
    // With many at once a sweep takes longer, and comes by less often.
    this.#untilSweep = Math.max(requestsPerSweep, this.#size);
  }

  clear(): void {
    this.#endThose(() => true);
  }

  #endThose(are: (request: OpenRequest) => boolean): void {
    for (let request = this.#newest; request; ) {
      const { before } = request;
      if (are(request)) this.end(request);
      request = before;
    }
  }
}

/** Nothing reaches a client whose socket is closed. */
const isGone = ({ message }: OpenRequest): boolean => message?.socket?.destroyed === true;
