/** Builders for the tests of what is new. */
import type { NewsItem } from '@runlens/protocol';
import { now } from '../testing.ts';

export function newsItem(overrides: Partial<NewsItem> = {}): NewsItem {
  return {
    ...{ id: 'e-0123456789ab', change: 'fired', kind: 'alert', severity: 'critical', title: 'checkout fails' },
    ...{ service: 'shop', environment: 'production', version: null },
    ...{ startedAt: new Date(now - 60_000).toISOString(), endedAt: null, functions: [] },
    concern: { kind: 'function', score: 1, of: 'charge' },
    ...overrides,
  };
}
