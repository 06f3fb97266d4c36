import { describe, expect, it } from 'vitest';
import { leastSlowMilliseconds, SlowestCalls } from './slowest-calls.ts';
import { coldBit, failedBit } from './tag.ts';

const minute = 60_000;

/** Calls as the runtime tells them: only those that are at least as long as was asked for. */
function setUp() {
  let time = 1_000_000;
  const from = new Map<number, number>();
  const slowest = new SlowestCalls({
    wallClock: () => time,
    slowFrom: (slot, milliseconds) => from.set(slot, milliseconds),
  });
  let looks = 0;
  return {
    slowest,
    call: (slot: number, milliseconds: number, tag = 0, entry = `GET /${slot}`) => {
      if (milliseconds < (from.get(slot) ?? leastSlowMilliseconds)) return;
      looks += 1;
      from.set(
        slot,
        slowest.add(slot, milliseconds, tag, () => ({ entry: () => ({ name: entry, slot: -1 }), queries: undefined })),
      );
    },
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    get looks() {
      return looks;
    },
  };
}

describe('the slowest calls of a function', () => {
  it('are three in a minute, told once, with what is known of them', () => {
    const { slowest, call, pass } = setUp();
    for (const milliseconds of [5, 900, 20, 0.5, 40, 30]) call(7, milliseconds, coldBit | failedBit);
    expect(slowest.take().map(({ milliseconds }) => milliseconds)).toEqual([900, 40, 30]);
    call(7, 31);
    call(7, 35, 0, 'POST /late');
    expect(slowest.take()).toEqual([
      {
        slot: 7,
        at: 1_000_000,
        milliseconds: 35,
        entry: 'POST /late',
        entrySlot: -1,
        span: undefined,
        conditions: [],
        queries: undefined,
      },
    ]);
    pass(minute);
    slowest.take();
    call(7, 2);
    expect(slowest.take().map(({ milliseconds }) => milliseconds)).toEqual([2]);
  });

  it('are hardly ever looked for among many', () => {
    const setup = setUp();
    let state = 1;
    for (let i = 0; i < 100_000; i += 1) {
      state = (state * 16807) % 2147483647;
      setup.call(1, 1 + (state % 100_000) / 1_000);
    }
    expect(setup.slowest.take()).toHaveLength(3);
    // Three records among n values come up 3 ln(n / 3) times.
    expect(setup.looks).toBeLessThan(100);
  });

  it('are of a bounded number of functions, and of others in the next minute', () => {
    const { slowest, call, pass } = setUp();
    for (let slot = 0; slot < 2_000; slot += 1) call(slot, 10);
    const first = slowest.take();
    expect(first.length).toBe(500);
    pass(minute + 1);
    slowest.take();
    call(1_999, 10);
    expect(slowest.take()).toMatchObject([{ slot: 1_999 }]);
  });

  it('are none of a function that is refused, until the next minute', () => {
    const { slowest, call, pass } = setUp();
    call(3, 10);
    expect(slowest.refuse(4)).toBe(Number.POSITIVE_INFINITY);
    pass(minute + 1);
    slowest.take();
    call(4, 2);
    expect(slowest.take()).toMatchObject([{ slot: 4 }]);
  });

  it('are looked at a bounded number of times, should each be slower than the one before', () => {
    const { slowest, call } = setUp();
    for (let i = 1; i <= 5_000; i += 1) call(1, i);
    expect(slowest.take().map(({ milliseconds }) => milliseconds)).toEqual([1_000, 999, 998]);
  });
});
