import type { SentCapture } from '@runlens/protocol/probes/messages';

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
  readonly probe: string;
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
  /** How many of the first are in the request that is under way: those may have arrived. */
  #underWay = 0;
  readonly #onDropped: (probe: string) => void;

  /** `onDropped`: a capture of that probe is lost, as there is no room for it or nobody to send it to. */
  constructor(send: SendCaptures, onDropped: (probe: string) => void) {
    this.#send = send;
    this.#onDropped = onDropped;
  }

  add(capture: SentCapture): void {
    const text = JSON.stringify(capture);
    const bytes = Buffer.byteLength(text);
    if (bytes > bytesOfRequest) {
      this.#onDropped(capture.probe);
      return;
    }
    this.#waiting.push({ probe: capture.probe, text, bytes });
    this.#bytes += bytes;
    while (this.#bytes > mostBytes || this.#waiting.length > mostCaptures) {
      const [oldest] = this.#waiting.splice(this.#underWay, 1);
      if (!oldest) break;
      this.#bytes -= oldest.bytes;
      this.#onDropped(oldest.probe);
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
    const lost = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.#underWay = 0;
    for (const { probe } of lost) this.#onDropped(probe);
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
        this.#underWay = 0;
        if (isTaken) {
          // All may have been dropped meanwhile.
          const sent = new Set(batch);
          this.#waiting = this.#waiting.filter((waiting) => !sent.has(waiting));
          this.#bytes = this.#waiting.reduce((sum, waiting) => sum + waiting.bytes, 0);
        }
        if (this.#waiting.length > 0) this.#later(isTaken ? 0 : retryMilliseconds);
      },
    );
    // Without a connection it waits for `resume`.
    this.#isSending = began;
    this.#underWay = began ? batch.length : 0;
  }
}
