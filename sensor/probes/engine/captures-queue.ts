/** What is held of captures that could not be sent yet; the oldest go first. */
const mostBytes = 8 * 1024 * 1024;
const mostCaptures = 2_000;
/** Of one request: the collector takes twice as much. */
const bytesOfRequest = 512 * 1024;
const capturesOfRequest = 100;
const batchMilliseconds = 50;
const retryMilliseconds = 1_000;

/** Begins to send; gives whether it could be begun, and calls back with whether they were taken. */
export type SendCaptures = (captures: readonly string[], done: (isTaken: boolean) => void) => boolean;

interface Waiting {
  readonly text: string;
  readonly bytes: number;
}

/** Sends captures, those of a moment together, one request at a time, in order; holds a bounded number of them. */
export class CapturesQueue {
  readonly #send: SendCaptures;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isSending = false;
  /** Captures that there was no room for. */
  dropped = 0;

  constructor(send: SendCaptures) {
    this.#send = send;
  }

  add(capture: object): void {
    const text = JSON.stringify(capture);
    const bytes = Buffer.byteLength(text);
    if (bytes > bytesOfRequest) {
      this.dropped += 1;
      return;
    }
    this.#waiting.push({ text, bytes });
    this.#bytes += bytes;
    while (this.#bytes > mostBytes || this.#waiting.length > mostCaptures) {
      this.#bytes -= this.#waiting.shift()?.bytes ?? 0;
      this.dropped += 1;
    }
    this.#later(batchMilliseconds);
  }

  /** The collector can be spoken to again. */
  resume(): void {
    if (this.#waiting.length > 0) this.#later(0);
  }

  /** Sends what is there without waiting for more. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
    this.#bytes = 0;
  }

  #later(milliseconds: number): void {
    if (this.#isSending) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#next();
    }, milliseconds).unref();
  }

  #next(): void {
    if (this.#isSending || this.#waiting.length === 0) return;
    const batch: Waiting[] = [];
    let bytes = 0;
    for (const waiting of this.#waiting) {
      if (batch.length === capturesOfRequest || bytes + waiting.bytes > bytesOfRequest) break;
      batch.push(waiting);
      bytes += waiting.bytes;
    }
    const began = this.#send(
      batch.map(({ text }) => text),
      (isTaken) => {
        this.#isSending = false;
        if (isTaken) {
          // Some may have been dropped meanwhile.
          const sent = new Set(batch);
          this.#waiting = this.#waiting.filter((waiting) => !sent.has(waiting));
          this.#bytes = this.#waiting.reduce((sum, waiting) => sum + waiting.bytes, 0);
        }
        if (this.#waiting.length > 0) this.#later(isTaken ? 0 : retryMilliseconds);
      },
    );
    // Without a connection it waits for `resume`.
    this.#isSending = began;
  }
}
