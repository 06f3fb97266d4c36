import { describe, expect, it } from 'vitest';
import { AskedTrail } from './asked-trail.ts';

describe('what was asked while a call ran', () => {
  const [one, other] = [{}, {}];

  it('is what its own request asked meanwhile, the most frequent first', () => {
    const trail = new AskedTrail();
    trail.add('SELECT before', one);
    const place = trail.count;
    expect(trail.since(place, one)).toEqual({ count: 0, summary: '' });
    trail.add('UPDATE carts', one);
    for (let i = 0; i < 24; i += 1) {
      trail.add('SELECT orders', one);
      trail.add('SELECT others', other);
    }
    trail.add('SELECT nobody', undefined);
    trail.add('', one);
    expect(trail.since(place, one)).toEqual({ count: 26, summary: 'SELECT orders × 24, UPDATE carts' });
  });

  it('is not told where more was asked than is remembered', () => {
    const trail = new AskedTrail();
    for (let i = 0; i < 1_025; i += 1) trail.add('SELECT a', one);
    expect(trail.since(0, one)).toBeUndefined();
    expect(trail.since(1, one)?.count).toBe(1_024);
  });

  it('is no longer than a line', () => {
    const trail = new AskedTrail();
    for (let i = 0; i < 9; i += 1) trail.add(`SELECT ${'x'.repeat(150)}${i}`, one);
    expect(trail.since(0, one)?.summary).toHaveLength(200);
  });
});
