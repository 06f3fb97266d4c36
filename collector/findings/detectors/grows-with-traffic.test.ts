/** What gets slower with traffic is found from minutes, and what only moves is not. */
import { describe, expect, it } from 'vitest';
import { rankCorrelation, turningPoint } from '../robust-statistics.ts';
import type { MinuteNumbers } from '../service-facts.ts';
import { called, factsOf, now } from '../testing.ts';
import { growsWithTraffic } from './grows-with-traffic.ts';

type Shape = (n: number) => Partial<MinuteNumbers>;
const course = (length: number, shape: Shape): MinuteNumbers[] =>
  Array.from({ length }, (_, n) => ({ at: now - (length - n) * 60_000, calls: 500, p50: 0.004, ...shape(n) }));
const facts = (courses: Readonly<Record<string, readonly MinuteNumbers[]>>) =>
  factsOf(
    Object.keys(courses).map((name) => called({ function: name })),
    { courses: new Map(Object.entries(courses).map(([name, of]) => [`src/shop.ts\n${name}`, of])) },
  );
const told = (length: number, shape: Shape) => growsWithTraffic(facts({ f: course(length, shape) }));
/** Repeats, is no trend, and is the same in each run. */
const noise = (n: number): number => 1 + 0.2 * Math.sin(n * 7.3);
/** Busy and quiet in turn: 100 to 1,000 calls. */
const rateOf = (n: number): number => 100 + 100 * ((n * 7) % 10);

describe('a function that gets slower with traffic', () => {
  it('is found by its rate, with the turning point', () => {
    const [finding, ...others] = told(40, (n) => ({
      calls: rateOf(n),
      p50: noise(n) * (0.004 + 0.000_04 * Math.max(0, rateOf(n) - 500)),
    }));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ kind: 'growsWithTraffic', subject: 'rate', place: { function: 'f' } });
    expect(finding?.evidence.join()).toMatch(/up to about [456]00 calls a minute it takes/);
    expect(finding?.impact.secondsPerDay).toBeGreaterThan(0);
  });

  it('is found by what piled up since its process began', () => {
    const [finding] = told(20, (n) => ({ p50: noise(n) * 0.001 * (n + 1) }));
    expect(finding).toMatchObject({ kind: 'growsWithTraffic', subject: 'time' });
  });

  it('is told where it is, and not at who waits for it', () => {
    const rising = course(20, (n) => ({ p50: 0.001 * (n + 1) }));
    const inner = called({ function: 'inner', callers: [{ function: 'outer', file: 'src/shop.ts', calls: 1_000 }] });
    const courses = new Map(['inner', 'outer'].map((name) => [`src/shop.ts\n${name}`, rising]));
    const found = growsWithTraffic(factsOf([inner, called({ function: 'outer' })], { courses }));
    expect(found.map(({ place }) => place?.function)).toEqual(['inner']);
  });

  it.each<[string, number, Shape]>([
    ['is as fast in each minute', 60, (n) => ({ calls: rateOf(n), p50: 0.004 * noise(n) })],
    ['was seen for some minutes', 8, (n) => ({ p50: 0.001 * (n + 1) })],
    ['is hardly called', 60, (n) => ({ calls: 3, p50: 0.001 * (n + 1) })],
    ['gets slower by a little', 60, (n) => ({ p50: 0.004 + 0.000_03 * n })],
    ['takes microseconds', 60, (n) => ({ p50: 0.000_001 * (n + 1) })],
    ['is slow once, for a while', 60, (n) => ({ p50: n > 25 && n < 35 ? 0.05 : 0.004 * noise(n) })],
    ['is slow while it starts', 60, (n) => ({ p50: 0.004 + 0.05 / (n + 1) })],
    ['is quicker when it is called more often', 60, (n) => ({ calls: rateOf(n), p50: 2 / rateOf(n) })],
  ])('is none that %s', (_, length, shape) => {
    expect(told(length, shape)).toEqual([]);
  });

  it('is none where most others get slower as well: then it is the machine', () => {
    const rising = (factor: number) => course(30, (n) => ({ p50: 0.004 * (1 + (factor * n) / 30) }));
    const all = { a: rising(3), b: rising(1), c: rising(1), d: rising(1), e: course(30, () => ({})) };
    expect(growsWithTraffic(facts(all))).toEqual([]);
    const alone = { ...all, b: course(30, () => ({})), c: course(30, () => ({})), d: course(30, () => ({})) };
    expect(growsWithTraffic(facts(alone))).toHaveLength(1);
  });
});

it('rank correlation does not mind one odd value, and none is known of a constant', () => {
  const line = Array.from({ length: 20 }, (_, n) => ({ x: n, y: n === 7 ? 1_000 : n }));
  expect(rankCorrelation(line).tau).toBeGreaterThan(0.85);
  expect(rankCorrelation(line).deviations).toBeGreaterThan(4);
  expect(rankCorrelation(line.map(({ x }) => ({ x, y: 1 })))).toEqual({ tau: 0, deviations: 0 });
  // Worked by hand: 5 of 6 pairs agree, and one does not.
  const four = [1, 2, 4, 3].map((y, x) => ({ x, y }));
  expect(rankCorrelation(four).tau).toBeCloseTo(4 / 6);
});

it('the turning point of a level that becomes a line', () => {
  const points = Array.from({ length: 30 }, (_, x) => ({ x, y: x <= 12 ? 5 : 5 + 3 * (x - 12) }));
  expect(turningPoint(points)).toEqual({ x: 12, y: 5 });
  expect(turningPoint(points.slice(0, 4))).toBeUndefined();
});
