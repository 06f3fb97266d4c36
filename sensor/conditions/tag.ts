import { type Condition, conditions } from '@runlens/protocol/telemetry';

/**
 * The conditions of a timed call as bits of one small integer, which travels with its sample: at the call's start whether
 * it is cold and how many requests were being answered, at its end whether it failed.
 */
export const failedBit = 1;
export const coldBit = 2;
const loadShift = 2;
const loadMask = 7;

/** A condition by the number of requests that were being answered when a call began; 0 for none: it was of no request. */
export const loads: readonly (Condition | undefined)[] = [
  undefined,
  conditions.requests1,
  conditions.requests2,
  conditions.requests5,
  conditions.requests17,
];

/** As bits of a tag. */
export function loadBits(requests: number): number {
  if (requests <= 0) return 0;
  if (requests === 1) return 1 << loadShift;
  if (requests <= 4) return 2 << loadShift;
  return (requests <= 16 ? 3 : 4) << loadShift;
}

/** The index in {@link loads}. */
export const loadOf = (tag: number): number => (tag >> loadShift) & loadMask;

export function conditionsOf(tag: number): readonly Condition[] {
  const all: Condition[] = [];
  if ((tag & failedBit) !== 0) all.push(conditions.failed);
  if ((tag & coldBit) !== 0) all.push(conditions.cold);
  const load = loads[loadOf(tag)];
  if (load !== undefined) all.push(load);
  return all;
}
