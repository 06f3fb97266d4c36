/** A record's place in `records`, in Float64s: what the slow path needs of a slot lies together. */
export const recordLength = 8;
/** Of a slot's record. */
export const counted = 0;
export const gap = 1;
/** In `resting`: the slot's calls are all in `counted`. */
export const restsOff = 2;

/** The counters of a worker thread, in memory that its parent can read when the thread is no more. */
export interface SharedCounters {
  readonly countdown: Int32Array;
  readonly records: Float64Array;
  /** Calls that the thread has sent, or has begun to send. */
  readonly told: Float64Array;
  readonly resting: Uint8Array;
  /** One place: 1 when the parent tells the rest, so that the thread must not. */
  readonly claimed: Int32Array;
}

/** Calls of a slot that its thread has not told. */
export function untoldCalls(counters: SharedCounters, slot: number): number {
  // A thread that runs may be between two writes, which looks as if there were more calls for a moment.
  return Math.max(0, Math.min(callsOf(counters, slot), callsOf(counters, slot)) - (counters.told[slot] ?? 0));
}

function callsOf({ countdown, records, resting }: SharedCounters, slot: number): number {
  const record = slot * recordLength;
  const upTo = records[record + counted] ?? 0;
  return resting[slot] === restsOff ? upTo : upTo + (records[record + gap] ?? 0) - (countdown[slot] ?? 0);
}
