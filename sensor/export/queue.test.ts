import { expect, it } from 'vitest';
import { type Batch, type FunctionIdentity, pointsOf } from './batch.ts';
import { BatchQueue } from './queue.ts';

const functions: readonly FunctionIdentity[] = Array.from({ length: 50 }, (_, index) => ({
  name: `f${index}`,
  file: 'a.js',
  line: index,
}));
const duration = (index: number) => ({
  histogram: { zeroCount: 0, indexes: [index % 7], counts: [1] },
  sum: index,
  min: index,
  max: index,
});

function batch(at: number): Batch {
  return {
    start: at,
    end: at + 10,
    operations: new Map(),
    functions: new Map(
      functions.map((identity, index) => [
        identity,
        { calls: at + index, errors: new Map([[index % 2 ? 'A' : 'B', 1]]), duration: duration(index), exemplars: [] },
      ]),
    ),
  };
}

it('an outage of a thousand intervals keeps every count within its bounds, newest times finest', () => {
  let merged = 0;
  const queue = new BatchQueue(
    (points) => {
      merged += points;
    },
    8,
    300,
  );
  let expected = 0;
  for (let at = 0; at < 10_000; at += 10) {
    queue.add(batch(at));
    expected += functions.reduce((sum, _, index) => sum + at + index, 0);
    expect(queue.length).toBeLessThanOrEqual(8);
  }
  const kept = queue.takeAll();
  expect(kept.reduce((sum, one) => sum + one.functions.size, 0)).toBeLessThanOrEqual(300);
  // Each batch has 50 functions of three points; what is missing in the end was told.
  const left = kept.reduce((sum, one) => sum + pointsOf(one), 0);
  expect(left + merged).toBe(1_000 * 150);
  let calls = 0;
  let errors = 0;
  let samples = 0;
  for (const one of kept) {
    for (const numbers of one.functions.values()) {
      calls += numbers.calls;
      for (const count of numbers.errors.values()) errors += count;
      samples += numbers.duration?.histogram.counts.reduce((sum, count) => sum + count, 0) ?? 0;
    }
  }
  expect({ calls, errors, samples }).toEqual({ calls: expected, errors: 50_000, samples: 50_000 });
  expect(kept.at(-1)).toMatchObject({ start: 9_990, end: 10_000 });
  expect(kept[0]?.start).toBe(0);
  for (let at = 1; at < kept.length; at += 1) expect(kept[at]?.start).toBe(kept[at - 1]?.end);
});
