import { bucketIndex, histogramCount, quantile, type SparseHistogram } from '@runlens/protocol/histogram';
import { describe, expect, it } from 'vitest';
import { coldBit, failedBit, loadBits } from '../conditions/tag.ts';
import { createRuntime, type Runtime } from './runtime.ts';
import { tokenPlaces } from './tokens.ts';

/** A clock that only the test moves: milliseconds, and CPU seconds that follow it. */
function testClock() {
  let time = 1_000;
  return { now: () => time, cpuSeconds: () => time / 1000, pass: (milliseconds: number) => (time += milliseconds) };
}

/** What emitted code does at a function's entry. */
const enter = ({ emitted }: Runtime, slot: number): number => {
  const left = (emitted.countdown[slot] ?? 0) - 1;
  emitted.countdown[slot] = left;
  return left === 0 ? emitted.start(slot) : 0;
};
const leave = ({ emitted }: Runtime, token: number): void => {
  if (token !== 0) emitted.finish(token);
};

/** Deterministic numbers in [0, 1). */
function randomNumbers(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function merge(into: Map<number, number>, histogram: SparseHistogram): void {
  histogram.indexes.forEach((index, at) => {
    into.set(index, (into.get(index) ?? 0) + (histogram.counts[at] ?? 0));
  });
}
const asHistogram = (buckets: ReadonlyMap<number, number>): SparseHistogram => {
  const indexes = [...buckets.keys()].sort((a, b) => a - b);
  return { zeroCount: 0, indexes, counts: indexes.map((index) => buckets.get(index) ?? 0) };
};

describe('counts', () => {
  it('a drain tells every call once, whatever came between', () => {
    const clock = testClock();
    const runtime = createRuntime({ ...clock, capacity: 64, seed: 7 });
    const first = runtime.reserve(3);
    expect(first).toBe(0);
    const told = [0, 0, 0];
    const made = [0, 0, 0];
    const random = randomNumbers(1);
    for (let turn = 0; turn < 50_000; turn += 1) {
      const slot = Math.floor(random() * 3);
      made[slot] = (made[slot] ?? 0) + 1;
      const token = enter(runtime, slot);
      clock.pass(0.001);
      leave(runtime, token);
      if (random() < 0.001) {
        clock.pass(random() * 1000);
        for (const delta of runtime.drain()) told[delta.slot] = (told[delta.slot] ?? 0) + delta.calls;
      }
    }
    for (const delta of runtime.drain()) told[delta.slot] = (told[delta.slot] ?? 0) + delta.calls;
    expect(told).toEqual(made);
    expect(runtime.drain()).toEqual([]);
  });

  it('a call counts when it begins, and its duration comes when it ends', () => {
    const clock = testClock();
    const runtime = createRuntime({ ...clock, capacity: 8 });
    runtime.reserve(1);
    const token = enter(runtime, 0);
    expect(runtime.drain()).toMatchObject([{ slot: 0, calls: 1, durations: undefined }]);
    clock.pass(250);
    leave(runtime, token);
    const [delta] = runtime.drain();
    expect(delta).toMatchObject({ calls: 0, durations: { sum: 0.25, min: 0.25, max: 0.25, samples: 1 } });
    expect(delta?.durations?.histogram).toEqual({ zeroCount: 0, indexes: [bucketIndex(0.25)], counts: [1] });
  });

  it('a call that ends twice is timed once', () => {
    const runtime = createRuntime({ capacity: 8 });
    runtime.reserve(1);
    const token = enter(runtime, 0);
    leave(runtime, token);
    runtime.emitted.fail(0, new TypeError('in finally'), token);
    expect(runtime.drain()).toMatchObject([{ calls: 1, durations: { samples: 1 } }]);
  });

  it('slots run out with a clear answer', () => {
    const runtime = createRuntime({ capacity: 8 });
    expect(runtime.reserve(6)).toBe(0);
    expect(runtime.reserve(3)).toBeUndefined();
    expect(runtime.reserve(2)).toBe(6);
  });

  it('more calls in flight than there are places are counted, and timed again once there is room', () => {
    const clock = testClock();
    const runtime = createRuntime({ ...clock, capacity: 8, burst: 1e9 });
    runtime.reserve(1);
    const calls = tokenPlaces + 5_000;
    const countdown = runtime.emitted.countdown;
    for (let call = 0; call < calls; call += 1) {
      countdown[0] = 1;
      enter(runtime, 0);
    }
    clock.pass(3_600_000);
    for (let call = 0; call < 10; call += 1) {
      countdown[0] = 1;
      leave(runtime, enter(runtime, 0));
    }
    const [delta] = runtime.drain();
    expect(delta?.durations?.samples).toBeGreaterThan(0);
  });
});

describe('what is known of a timed call', () => {
  /** A runtime with an observer that captures every second call, and what it is told. */
  function observed() {
    const clock = testClock();
    const runtime = createRuntime({ ...clock, capacity: 8 });
    runtime.reserve(2);
    const told = { load: 0, ended: [] as [number, number][], slow: [] as [number, number, number, number, number][] };
    let due = false;
    let next = 0;
    runtime.observeBy(
      {
        isDue: () => {
          due = !due;
          return due;
        },
        observe: () => {
          clock.pass(50);
          next += 1;
          return next;
        },
        ended: (...call) => told.ended.push(call),
        began: () => told.load,
        slow: (...call) => {
          told.slow.push(call);
          return call[1];
        },
      },
      100,
    );
    const tags: number[] = [];
    runtime.onSamples(() => {});
    const look = () => {
      const { next: parcel } = runtime.look();
      for (let one = parcel(Number.POSITIVE_INFINITY); one; one = parcel(Number.POSITIVE_INFINITY)) {
        for (const { tag } of one.samples) tags.push(...tag);
      }
      return tags.splice(0);
    };
    return { clock, runtime, told, look };
  }

  it('is the load when it began, whether it failed, and whether it was of the first within a second', () => {
    const { clock, runtime, told, look } = observed();
    told.load = loadBits(3);
    const first = enter(runtime, 0);
    told.load = loadBits(1);
    clock.pass(1_100);
    leave(runtime, first);
    const second = enter(runtime, 0);
    runtime.emitted.fail(0, new Error('no'), second);
    expect(look()).toEqual([coldBit | loadBits(3), failedBit | loadBits(1)]);
    // The first 15 only, however quick they come.
    for (let call = 0; call < 40; call += 1) leave(runtime, enter(runtime, 1));
    const tags = look();
    expect(tags.filter((tag) => (tag & coldBit) !== 0)).toHaveLength(15);
    expect(tags.slice(15).some((tag) => (tag & coldBit) !== 0)).toBe(false);
  });

  it('is told of a call that was observed when it ends, without the time that observing took', () => {
    const { clock, runtime, told } = observed();
    const first = enter(runtime, 0);
    const second = enter(runtime, 0);
    clock.pass(3);
    leave(runtime, second);
    leave(runtime, first);
    expect(told.ended).toEqual([[1, 3]]);
  });

  it('is its own time: observing others meanwhile does not shorten what a suspended call has waited', async () => {
    const { clock, runtime, told } = observed();
    const waiting = enter(runtime, 0);
    leave(runtime, enter(runtime, 1));
    await Promise.resolve();
    clock.pass(10);
    const meanwhile = enter(runtime, 1);
    clock.pass(1);
    leave(runtime, meanwhile);
    await Promise.resolve();
    leave(runtime, waiting);
    // 10 ms, the 50 ms of observing the other, and its 1 ms: all of it the one has waited.
    expect(told.ended).toEqual([
      [2, 1],
      [1, 61],
    ]);
  });

  it('is told of a call that is as slow as was asked for, and of this function until it is asked again', () => {
    const { clock, runtime, told } = observed();
    const take = (slot: number, milliseconds: number) => {
      const token = enter(runtime, slot);
      clock.pass(milliseconds);
      leave(runtime, token);
    };
    for (const milliseconds of [99, 100, 40, 300, 200]) take(0, milliseconds);
    take(1, 150);
    expect(told.slow.map(([slot, milliseconds]) => [slot, milliseconds])).toEqual([
      [0, 100],
      [0, 300],
      [1, 150],
    ]);
    runtime.slowFrom(0, 10);
    take(0, 11);
    expect(told.slow).toHaveLength(4);
  });
});

describe('errors', () => {
  class Refused extends Error {}
  const named = Object.assign(new Error('x'), { name: 'NotFound' });
  const coded = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
  const trap = new Proxy(new Error('x'), {
    get: () => {
      throw new Error('asked');
    },
    getPrototypeOf: () => {
      throw new Error('asked');
    },
  });
  const getter = Object.defineProperty(new Error('x'), 'name', {
    get: () => {
      throw new Error('asked');
    },
  });
  const thrown: readonly (readonly [title: string, thrown: unknown, type: string])[] = [
    ['an error of the language', new TypeError('x'), 'TypeError'],
    ['a class of the program', new Refused('x'), 'Refused'],
    ['an error with a name of its own', named, 'NotFound'],
    ['an error with a code', coded, 'ECONNREFUSED'],
    ['an error whose name is a getter', getter, 'Error'],
    ['a proxy', trap, 'Proxy'],
    ['an object without a prototype', Object.create(null), 'Object'],
    ['an object', { any: 1 }, 'Object'],
    ['a text', 'text', 'string'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
  ];
  for (const [title, value, type] of thrown) {
    it(`${title} is thrown on as it is and counted as ${type}`, () => {
      const runtime = createRuntime({ capacity: 8 });
      runtime.reserve(1);
      enter(runtime, 0);
      expect(runtime.emitted.fail(0, value, 0) === value).toBe(true);
      expect([...(runtime.drain()[0]?.errors ?? [])]).toEqual([[type, 1]]);
    });
  }

  it('kinds of errors without end become _OTHER, and none is lost', () => {
    const runtime = createRuntime({ capacity: 8 });
    runtime.reserve(1);
    for (let n = 0; n < 100; n += 1) runtime.emitted.fail(0, Object.assign(new Error('x'), { name: `Made${n}` }), 0);
    const errors = runtime.drain()[0]?.errors ?? new Map<string, number>();
    expect(errors.size).toBe(33);
    expect([...errors.values()].reduce((sum, count) => sum + count, 0)).toBe(100);
    expect(errors.get('_OTHER')).toBe(68);
  });
});

/** Loads: the duration of the n-th in milliseconds. */
const loads: Readonly<Record<string, (random: () => number) => (call: number) => number>> = {
  'durations without memory': (random) => () => Math.exp(Math.sqrt(-2 * Math.log(1 - random())) * 0.9) / 50,
  'one slow call in a hundred, in rhythm': () => (call) => (call % 100 === 0 ? 10 : 0.02),
  'slow calls in bursts': () => (call) => (Math.floor(call / 500) % 40 === 0 ? 2 : 0.02),
};

describe('a sampled function is measured without bias', () => {
  const seeds = 40;
  const calls = 60_000;
  const slowFrom = bucketIndex(0.2 / 1000);
  for (const [title, load] of Object.entries(loads)) {
    it(`${title}: over ${seeds} runs the mean and the share of slow calls agree with all calls`, () => {
      const means: number[] = [];
      const shares: number[] = [];
      let samples = 0;
      for (let seed = 1; seed <= seeds; seed += 1) {
        const clock = testClock();
        const runtime = createRuntime({
          ...clock,
          capacity: 4,
          seed: seed * 7919,
          burst: 500,
          samplesPerCpuSecond: 2_500,
          samplesPerWallSecond: 0,
        });
        runtime.reserve(1);
        const duration = load(randomNumbers(seed));
        let total = 0;
        let slow = 0;
        let estimate = 0;
        let counted = 0;
        const buckets = new Map<number, number>();
        const drain = () => {
          for (const delta of runtime.drain()) {
            counted += delta.calls;
            if (!delta.durations) continue;
            estimate += delta.durations.sum;
            samples += delta.durations.samples;
            merge(buckets, delta.durations.histogram);
          }
        };
        for (let call = 0; call < calls; call += 1) {
          const token = enter(runtime, 0);
          const milliseconds = duration(call);
          total += milliseconds;
          if (bucketIndex(milliseconds / 1000) > slowFrom) slow += 1;
          clock.pass(milliseconds);
          leave(runtime, token);
          if (call % 10_000 === 9_999) drain();
        }
        drain();
        expect(counted).toBe(calls);
        const histogram = asHistogram(buckets);
        // Every call is stood for by a sample, but those since the last one of a drain without any.
        expect(Math.abs(histogramCount(histogram) - calls)).toBeLessThan(calls * 0.02);
        means.push((estimate * 1000) / total);
        const slowSeen = [...buckets].reduce((sum, [index, count]) => sum + (index > slowFrom ? count : 0), 0);
        if (slow > 0) shares.push(slowSeen / slow);
      }
      expect(samples / seeds).toBeLessThan(calls / 4);
      for (const ratios of [means, shares].filter((list) => list.length > 0)) {
        const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
        const variance = ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / (ratios.length - 1);
        const standardError = Math.sqrt(variance / ratios.length);
        expect(Math.abs(mean - 1)).toBeLessThan(3 * standardError + 0.01);
        expect(standardError).toBeLessThan(0.05);
      }
    });
  }
});

it('a function that is timed at every call has percentiles within 1.1 % of the truth, and counts that add up', () => {
  const clock = testClock();
  const runtime = createRuntime({ ...clock, capacity: 4 });
  runtime.reserve(1);
  const random = randomNumbers(3);
  const durations: number[] = [];
  const buckets = new Map<number, number>();
  for (let call = 0; call < 5_000; call += 1) {
    const token = enter(runtime, 0);
    const milliseconds = 1 + random() ** 4 * 500;
    durations.push(milliseconds / 1000);
    clock.pass(milliseconds);
    leave(runtime, token);
    if (call % 100 === 0)
      for (const delta of runtime.drain()) if (delta.durations) merge(buckets, delta.durations.histogram);
  }
  for (const delta of runtime.drain()) if (delta.durations) merge(buckets, delta.durations.histogram);
  const histogram = asHistogram(buckets);
  expect(histogramCount(histogram)).toBe(5_000);
  durations.sort((a, b) => a - b);
  for (const q of [0.5, 0.9, 0.99, 0.999]) {
    const truth = durations[Math.ceil(q * durations.length) - 1] ?? 0;
    expect(Math.abs((quantile(histogram, q) ?? 0) / truth - 1)).toBeLessThan(0.0115);
  }
});

it('a budget that is empty refuses samples and loses no call', () => {
  const clock = testClock();
  const runtime = createRuntime({
    ...clock,
    capacity: 4,
    burst: 100,
    samplesPerCpuSecond: 1_000,
    samplesPerWallSecond: 0,
  });
  runtime.reserve(1);
  for (let call = 0; call < 1_000_000; call += 1) {
    const token = enter(runtime, 0);
    clock.pass(0.0001);
    leave(runtime, token);
  }
  const [delta] = runtime.drain();
  expect(delta?.calls).toBe(1_000_000);
  expect(delta?.durations?.samples).toBeLessThanOrEqual(100 + 100 + 10);
  expect(delta?.durations && histogramCount(delta.durations.histogram)).toBe(1_000_000);
});

describe('a function that was hot', () => {
  function hotFunction() {
    const clock = testClock();
    const runtime = createRuntime({ ...clock, capacity: 4 });
    runtime.reserve(1);
    const call = (calls: number, milliseconds: number): number => {
      let timed = 0;
      for (let made = 0; made < calls; made += 1) {
        const token = enter(runtime, 0);
        if (token !== 0) timed += 1;
        clock.pass(milliseconds);
        leave(runtime, token);
      }
      return timed;
    };
    call(1_000_000, 0.001);
    runtime.drain();
    const rest = () => {
      clock.pass(10_000);
      expect(runtime.drain()).toEqual([]);
    };
    return { runtime, call, rest };
  }

  it('is timed at every call again after it rested for two drains', () => {
    const { call, rest } = hotFunction();
    rest();
    rest();
    expect(call(5, 10)).toBe(5);
  });

  it('goes on in its next burst with few samples', () => {
    const { call, rest } = hotFunction();
    rest();
    expect(call(2_000, 0.001)).toBeLessThan(200);
  });

  it('and became rare is timed at every call again after a few drains', () => {
    const { runtime, call } = hotFunction();
    for (let drain = 0; drain < 8; drain += 1) {
      call(10, 1_000);
      runtime.drain();
    }
    expect(call(5, 10)).toBe(5);
  });
});
