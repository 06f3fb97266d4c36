import { attributes, conditions } from '@runlens/protocol/telemetry';
import { describe, expect, it } from 'vitest';
import type { Samples } from '../runtime/samples.ts';
import { ConditionTallies, intervalsPerTelling } from './condition-tallies.ts';
import { coldBit, conditionsOf, failedBit, loadBits } from './tag.ts';

interface Sample {
  readonly slot?: number;
  readonly weight?: number;
  readonly seconds: number;
  readonly tag: number;
}

const samples = (all: readonly Sample[]): Samples => ({
  slot: Int32Array.from(all, ({ slot = 0 }) => slot),
  weight: Int32Array.from(all, ({ weight = 1 }) => weight),
  milliseconds: Float64Array.from(all, ({ seconds }) => seconds * 1_000),
  tag: Uint8Array.from(all, ({ tag }) => tag),
});

/** By slot and condition: calls and seconds. */
function told(tallies: ConditionTallies, last = true): Record<string, readonly [calls: number, seconds: number]> {
  return Object.fromEntries(
    tallies.cut(last).map(({ slot, attributes: own, numbers }) => {
      const condition = own.find(([key]) => key === attributes.condition)?.[1];
      if (typeof numbers === 'number') throw new Error('a condition without durations');
      const { histogram, sum } = numbers;
      return [
        `${slot} ${condition}`,
        [histogram.counts.reduce((all, count) => all + count, histogram.zeroCount), Number(sum.toFixed(9))],
      ];
    }),
  );
}

describe('what calls ran under', () => {
  it('is told by condition, each sample with the calls that it stands for', () => {
    const tallies = new ConditionTallies();
    tallies.gather(
      samples([
        { seconds: 0.2, tag: coldBit | loadBits(1) },
        { seconds: 0.01, tag: loadBits(3), weight: 40 },
        { seconds: 0.03, tag: failedBit | loadBits(3), weight: 10 },
        { seconds: 0.5, tag: 0 },
      ]),
    );
    expect(told(tallies)).toEqual({
      [`0 ${conditions.cold}`]: [1, 0.2],
      [`0 ${conditions.failed}`]: [10, 0.3],
      [`0 ${conditions.requests1}`]: [1, 0.2],
      [`0 ${conditions.requests2}`]: [50, 0.7],
    });
    expect(told(tallies)).toEqual({});
  });

  it('says nothing of the load where there was one only, and all since the telling before once there was another', () => {
    const tallies = new ConditionTallies();
    tallies.gather(samples([{ seconds: 0.7, tag: loadBits(1) }]));
    expect(told(tallies)).toEqual({});
    tallies.gather(samples([{ seconds: 0.1, tag: loadBits(1) }]));
    expect(told(tallies)).toEqual({});
    tallies.gather(samples([{ seconds: 0.1, tag: loadBits(20) }]));
    tallies.gather(samples([{ seconds: 0.2, tag: loadBits(1) }]));
    expect(told(tallies)).toEqual({
      [`0 ${conditions.requests17}`]: [1, 0.1],
      [`0 ${conditions.requests1}`]: [2, 0.3],
    });
  });

  it('waits until a function took long enough to matter, and loses nothing meanwhile but the load', () => {
    const tallies = new ConditionTallies();
    tallies.gather(samples([{ seconds: 0.004, tag: coldBit }]));
    expect(told(tallies)).toEqual({});
    tallies.gather(samples([{ seconds: 0.001, tag: 0, weight: 10 }]));
    expect(told(tallies)).toEqual({ [`0 ${conditions.cold}`]: [1, 0.004] });
  });

  it('is told once in so many intervals, and with the last', () => {
    const tallies = new ConditionTallies();
    const cuts: number[] = [];
    for (let interval = 1; interval <= 2 * intervalsPerTelling; interval += 1) {
      tallies.gather(samples([{ seconds: 1, tag: failedBit }]));
      if (Object.keys(told(tallies, false)).length > 0) cuts.push(interval);
    }
    expect(cuts).toEqual([intervalsPerTelling, 2 * intervalsPerTelling]);
    tallies.gather(samples([{ seconds: 1, tag: failedBit }]));
    expect(told(tallies, true)).toEqual({ [`0 ${conditions.failed}`]: [1, 1] });
  });

  it('is told of so many functions at once: those that took most', () => {
    const tallies = new ConditionTallies();
    const all = Array.from({ length: 20_000 }, (_, slot) => ({ slot, seconds: slot < 3 ? 5 : 0.02, tag: coldBit }));
    tallies.gather(samples(all));
    const slots = Object.keys(told(tallies));
    expect(slots).toHaveLength(1_000);
    expect(slots.slice(0, 3)).toEqual(['0 cold', '1 cold', '2 cold']);
  });
});

describe('a tag', () => {
  it('names the load by the number of requests', () => {
    const named = (requests: number) => conditionsOf(loadBits(requests)).join();
    expect([0, 1, 2, 4, 5, 16, 17, 4_000].map(named)).toEqual([
      '',
      'requests 1',
      'requests 2-4',
      'requests 2-4',
      'requests 5-16',
      'requests 5-16',
      'requests 17+',
      'requests 17+',
    ]);
  });

  it('carries all conditions beside each other, in a byte', () => {
    const tag = failedBit | coldBit | loadBits(99);
    expect(tag).toBeLessThan(256);
    expect(conditionsOf(tag)).toEqual(['failed', 'cold', 'requests 17+']);
  });
});
