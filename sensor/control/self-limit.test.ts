import { expect, it } from 'vitest';
import type { Cost } from './cost-meter.ts';
import { SelfLimit } from './self-limit.ts';

const cost = (share: number, more: Partial<Cost> = {}): Cost => ({
  seconds: share,
  share,
  files: [],
  ...more,
});
const looks = (limit: SelfLimit, count: number, what: Cost): number => {
  let changes = 0;
  for (let i = 0; i < count; i += 1) if (limit.look(what)) changes += 1;
  return changes;
};
const file = (first: number, share: number) => ({ first, count: 10, path: `f${first}.js`, share });

it('steps back one step at a time, after several looks in a row over the budget', () => {
  const limit = new SelfLimit(0.03);
  const levels: string[] = [];
  for (let i = 0; i < 12; i += 1) {
    limit.look(cost(0.05));
    levels.push(limit.level);
  }
  expect(levels).toEqual([
    ...['full', 'full'],
    ...['fewer-samples', 'fewer-samples', 'fewer-samples'],
    ...['no-details', 'no-details', 'no-details'],
    // There is no file whose calls are dear: this is the last.
    ...['counts-only', 'counts-only', 'counts-only', 'counts-only'],
  ]);
});

it('one look within the budget begins the row anew', () => {
  const limit = new SelfLimit(0.03);
  for (let i = 0; i < 50; i += 1) limit.look(cost(i % 3 === 2 ? 0.02 : 0.5));
  expect(limit.level).toBe('full');
});

it('comes back after more looks well within it, and not while it is near', () => {
  const limit = new SelfLimit(0.03);
  looks(limit, 3, cost(0.05));
  looks(limit, 100, cost(0.029));
  expect(limit.level).toBe('fewer-samples');
  looks(limit, 5, cost(0.01));
  expect(limit.level).toBe('fewer-samples');
  limit.look(cost(0.01));
  expect(limit.level).toBe('full');
});

it('that it comes back in vain takes twice as long each time, up to a bound', () => {
  const limit = new SelfLimit(0.03);
  const waits: number[] = [];
  looks(limit, 3, cost(0.05));
  for (let turn = 0; turn < 9; turn += 1) {
    let wait = 0;
    while (limit.level !== 'full') {
      limit.look(cost(0.001));
      wait += 1;
      expect(wait).toBeLessThan(1_000);
    }
    waits.push(wait);
    looks(limit, 3, cost(0.05));
  }
  expect(waits).toEqual([6, 12, 24, 48, 96, 192, 384, 384, 384]);
});

it('is patient no more once it has kept a level for long', () => {
  const limit = new SelfLimit(0.03);
  looks(limit, 3, cost(0.05));
  looks(limit, 6, cost(0.001));
  looks(limit, 3, cost(0.05));
  looks(limit, 12, cost(0.001));
  expect(limit.level).toBe('full');
  looks(limit, 100, cost(0.02));
  looks(limit, 3, cost(0.05));
  looks(limit, 6, cost(0.001));
  expect(limit.level).toBe('full');
});

it('leaves out the dearest files, one after the other, and takes what they cost for what they did', () => {
  const limit = new SelfLimit(0.03);
  looks(limit, 9, cost(0.2, { files: [file(0, 0.15), file(10, 0.04), file(20, 0.001)] }));
  expect(limit.level).toBe('counts-only');
  looks(limit, 3, cost(0.2, { files: [file(0, 0.15), file(10, 0.04), file(20, 0.001)] }));
  expect(limit.left.map(({ path }) => path)).toEqual(['f0.js']);
  looks(limit, 3, cost(0.05, { files: [file(10, 0.04), file(20, 0.001)] }));
  expect(limit.left.map(({ path }) => path)).toEqual(['f0.js', 'f10.js']);
  // What is left costs nothing: it is still told, and the one that is cheap stays.
  looks(limit, 3, cost(0.01, { files: [file(20, 0.001)] }));
  expect(limit.share).toBeCloseTo(0.2, 5);
  expect(limit.left).toHaveLength(2);
});

it('files that were left out are tried again', () => {
  const limit = new SelfLimit(0.03);
  looks(limit, 12, cost(0.2, { files: [file(0, 0.15)] }));
  expect(limit.level).toBe('files-off');
  looks(limit, 6, cost(0.01));
  expect({ level: limit.level, left: limit.left }).toEqual({ level: 'counts-only', left: [] });
});

it('without a budget it measures whatever it costs, and tells it', () => {
  const limit = new SelfLimit(1);
  expect(looks(limit, 100, cost(0.9))).toBe(0);
  expect(limit.share).toBeCloseTo(0.9, 5);
});
