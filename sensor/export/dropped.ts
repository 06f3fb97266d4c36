/** Points that were lost between two times, by the reason. */
export interface DroppedPoints {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly points: ReadonlyMap<string, number>;
}

/** What the sensor had to drop and the collector does not know of yet. */
export class DroppedLedger {
  #points = new Map<string, number>();
  #start: number;

  /** `start`: milliseconds since 1970. */
  constructor(start: number) {
    this.#start = start;
  }

  /** `reason` is one of few: each is a series at the collector. */
  add(reason: string, points: number): void {
    if (points > 0) this.#points.set(reason, (this.#points.get(reason) ?? 0) + points);
  }

  /** Takes everything out, to be told; nothing when nothing was dropped. */
  take(now: number): DroppedPoints | undefined {
    if (this.#points.size === 0) return undefined;
    const end = Math.max(now, this.#start);
    const taken = { start: this.#start, end, points: this.#points };
    this.#points = new Map();
    this.#start = end;
    return taken;
  }

  /** Puts back what could not be told. */
  putBack({ start, points }: DroppedPoints): void {
    this.#start = Math.min(this.#start, start);
    for (const [reason, count] of points) this.add(reason, count);
  }
}
