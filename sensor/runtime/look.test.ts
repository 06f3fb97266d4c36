import { histogramCount } from '@runlens/protocol/histogram';
import { describe, expect, it } from 'vitest';
import { createRuntime, type Look, type Runtime } from './runtime.ts';
import { type SlotDelta, Tallies } from './tallies.ts';

/** Is over at once, so that each part of a look is as short as can be. */
const noTime = Number.NEGATIVE_INFINITY;
const slots = 1_000;

function call({ emitted }: Runtime, slot: number): number {
  const left = (emitted.countdown[slot] ?? 0) - 1;
  emitted.countdown[slot] = left;
  return left === 0 ? emitted.start(slot) : 0;
}

function callAndEnd(runtime: Runtime, slot: number): void {
  const token = call(runtime, slot);
  if (token !== 0) runtime.emitted.finish(token);
}

class Told {
  readonly calls = new Float64Array(slots);
  readonly timed = new Float64Array(slots);
  readonly errors = new Float64Array(slots);
  readonly #tallies = new Tallies();

  next(look: Look, time: number): boolean {
    const parcel = look.next(time);
    if (!parcel) return false;
    // As it arrives in another thread.
    for (const delta of this.#tallies.take(structuredClone(parcel))) this.#add(delta);
    return true;
  }

  rest(look: Look): void {
    while (this.next(look, Number.POSITIVE_INFINITY));
  }

  #add({ slot, calls, errors, durations }: SlotDelta): void {
    this.calls[slot] = (this.calls[slot] ?? 0) + calls;
    this.timed[slot] = (this.timed[slot] ?? 0) + (durations ? histogramCount(durations.histogram) : 0);
    for (const count of errors.values()) this.errors[slot] = (this.errors[slot] ?? 0) + count;
  }
}

describe('a look in parts', () => {
  it('tells each call, duration and error once, whatever happens between two parts', () => {
    const runtime = createRuntime({ capacity: slots, burst: 1e9 });
    runtime.reserve(slots);
    const told = new Told();
    const made = new Float64Array(slots);
    const failed = new Float64Array(slots);
    let next = 0;
    const work = (times: number) => {
      for (let turn = 0; turn < times; turn += 1) {
        next = (next + 371) % slots;
        made[next] = (made[next] ?? 0) + 1;
        callAndEnd(runtime, next);
        if (turn % 7 !== 0) continue;
        failed[next] = (failed[next] ?? 0) + 1;
        runtime.emitted.fail(next, new TypeError('x'), 0);
      }
    };
    let parts = 0;
    for (let round = 0; round < 20; round += 1) {
      const look = runtime.look();
      for (work(500); told.next(look, noTime); work(100)) parts += 1;
    }
    told.rest(runtime.look());
    expect(parts).toBeGreaterThan(20 * 5);
    expect(told.calls).toEqual(made);
    expect(told.errors).toEqual(failed);
    // The last calls of a function that is not timed at each wait for its next sample.
    const sum = (numbers: Float64Array) => numbers.reduce((all, one) => all + one, 0);
    expect(told.timed.every((count, slot) => count <= (made[slot] ?? 0))).toBe(true);
    expect(sum(told.timed) / sum(made)).toBeGreaterThan(0.98);
  });

  it('that is not finished leaves nothing out of the next', () => {
    const runtime = createRuntime({ capacity: slots, burst: 1e9 });
    runtime.reserve(slots);
    const told = new Told();
    for (let slot = 0; slot < slots; slot += 1) callAndEnd(runtime, slot);
    const first = runtime.look();
    for (let part = 0; part < 3; part += 1) expect(told.next(first, noTime)).toBe(true);
    for (let slot = 0; slot < slots; slot += 1) callAndEnd(runtime, slot);
    told.rest(runtime.look());
    expect(told.calls).toEqual(new Float64Array(slots).fill(2));
    expect(told.timed).toEqual(new Float64Array(slots).fill(2));
  });

  it('tells a call that was in flight during two looks when it ends', () => {
    const runtime = createRuntime({ capacity: slots });
    runtime.reserve(slots);
    const told = new Told();
    const token = call(runtime, 7);
    told.rest(runtime.look());
    told.rest(runtime.look());
    expect([told.calls[7], told.timed[7]]).toEqual([1, 0]);
    runtime.emitted.finish(token);
    told.rest(runtime.look());
    expect([told.calls[7], told.timed[7]]).toEqual([1, 1]);
  });

  it('leaves out what did not change, and is over at once when there is nothing', () => {
    const runtime = createRuntime({ capacity: slots });
    expect(runtime.look().next(Number.POSITIVE_INFINITY)).toBeUndefined();
    runtime.reserve(slots);
    callAndEnd(runtime, 3);
    const changed = () => [...(runtime.look().next(Number.POSITIVE_INFINITY)?.slots ?? [])];
    expect(changed()).toEqual([3]);
    expect(changed()).toEqual([]);
  });
});

describe('samples', () => {
  const many = 20_000;

  it('are handed out when there are many, and none is lost or told twice', () => {
    const runtime = createRuntime({ capacity: slots, burst: 1e9, samplesPerWallSecond: 1e9 });
    runtime.reserve(slots);
    let handedOut = 0;
    runtime.onSamples((samples) => {
      for (const { slot } of samples) handedOut += slot.length;
    });
    let timed = 0;
    for (let turn = 0; turn < many; turn += 1) {
      runtime.emitted.countdown[turn % slots] = 1;
      const token = call(runtime, turn % slots);
      if (token === 0) continue;
      timed += 1;
      runtime.emitted.finish(token);
    }
    const before = handedOut;
    const left = runtime.look().next(Number.POSITIVE_INFINITY)?.samples ?? [];
    for (const { slot } of left) handedOut += slot.length;
    expect(before).toBeGreaterThan(8_000);
    expect(handedOut).toBe(timed);
  });

  it('that nobody takes for minutes are bounded, and no call is lost', () => {
    const runtime = createRuntime({ capacity: slots, burst: 1e9 });
    runtime.reserve(1);
    const calls = 1_000_000;
    for (let turn = 0; turn < calls; turn += 1) {
      runtime.emitted.countdown[0] = 1;
      const token = runtime.emitted.start(0);
      if (token !== 0) runtime.emitted.finish(token);
    }
    const parcel = runtime.look().next(Number.POSITIVE_INFINITY);
    const kept = (parcel?.samples ?? []).reduce((sum, { slot }) => sum + slot.length, 0);
    expect(kept).toBeGreaterThan(500_000);
    expect(kept).toBeLessThan(540_000);
  });
});
