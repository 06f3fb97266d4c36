import { expect, it } from 'vitest';
import { StatementCache } from './statement-cache.ts';

it('keeps what is asked all the time while others come and go', () => {
  const cache = new StatementCache<number>();
  cache.set('sqlite', '', 'SELECT ?', 1);
  for (let value = 0; value < 10_000; value += 1) {
    cache.set('sqlite', '', `SELECT ${value}`, value);
    expect(cache.get('sqlite', '', 'SELECT ?')).toBe(1);
  }
  expect(cache.get('sqlite', '', 'SELECT 0')).toBeUndefined();
  expect(cache.get('sqlite', '', 'SELECT 9999')).toBe(9_999);
});

it('is bounded in characters too', () => {
  const cache = new StatementCache<number>();
  const long = 'x'.repeat(16_000);
  for (let at = 0; at < 200; at += 1) cache.set('sqlite', '', `${long}${at}`, at);
  expect(cache.get('sqlite', '', `${long}0`)).toBeUndefined();
  cache.set('sqlite', '', 'x'.repeat(20_000), 1);
  expect(cache.get('sqlite', '', 'x'.repeat(20_000))).toBeUndefined();
});

it('tells systems and servers apart', () => {
  const cache = new StatementCache<number>();
  cache.set('postgresql', 'a', 'SELECT 1', 1);
  cache.set('postgresql', 'b', 'SELECT 1', 2);
  expect(cache.get('postgresql', 'a', 'SELECT 1')).toBe(1);
  expect(cache.get('postgresql', 'b', 'SELECT 1')).toBe(2);
  expect(cache.get('mysql', 'a', 'SELECT 1')).toBeUndefined();
  cache.clear();
  expect(cache.get('postgresql', 'a', 'SELECT 1')).toBeUndefined();
});
