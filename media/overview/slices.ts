/** Long work in short pieces, so that the page answers a key or the mouse meanwhile. */

/** A task of the page that takes 50 ms is felt; this leaves room for a machine that is slower. */
const sliceMilliseconds = 8;

export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** One piece of work; a newer one supersedes it. */
export class Slices {
  readonly #signal: AbortSignal;
  #end = performance.now() + sliceMilliseconds;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time to await {@link pause}. */
  get due(): boolean {
    return performance.now() >= this.#end;
  }

  /** Lets everything else have its turn. Throws {@link Superseded} when the work is no longer wanted. */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      // A message comes in a task of its own, and without the delay that timers get.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    });
    if (this.#signal.aborted) throw new Superseded();
    this.#end = performance.now() + sliceMilliseconds;
  }
}
