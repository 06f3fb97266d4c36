import { randomBytes } from 'node:crypto';
import type { SensorLevel } from '@runlens/protocol/control-names';
import type { DroppedPoints } from './dropped.ts';

/** A request as it goes over the wire. */
export interface EncodedRequest {
  readonly body: Uint8Array;
  /** `Runlens-Batch`: the same for the same bytes only; see `requestHeaders` in protocol/telemetry.ts. */
  readonly id: string;
}

/** One that waits for its answer, with what must be told should it be refused. */
export interface PendingRequest extends EncodedRequest {
  /** Points of numbers in it. */
  readonly points: number;
  readonly dropped: DroppedPoints | undefined;
  /** What it says of the sensor itself. */
  readonly level: SensorLevel | undefined;
}

const longestInstance = 150;

/** Gives each request of one thread a name of its own. Random, as instances may share a `service.instance.id`. */
export class RequestIds {
  readonly #sender: string;
  #last = 0;

  constructor(instanceId: string) {
    // An id is free text: escaped, and not cut within an escape.
    const escaped = encodeURIComponent(instanceId).slice(0, longestInstance);
    this.#sender = `${escaped.replace(/%.?$/, '')}/${randomBytes(8).toString('hex')}`;
  }

  next(): string {
    this.#last += 1;
    return `${this.#sender}.${this.#last}`;
  }
}
