import { describe, expect, it } from 'vitest';
import type { ConditionsProfile, DurationSummary } from './api/profile.ts';
import { exemplarQueries, exemplarTime, formatConditionNote, hourName, notableConditions } from './condition-notes.ts';

const took = (p50: number, samples = 1_000): DurationSummary => ({
  p50,
  p90: p50,
  p95: p50,
  p99: p50,
  max: p50,
  mean: p50,
  total: p50 * samples,
  samples,
});
const none: ConditionsProfile = { cold: null, warm: null, failed: null, fine: null, concurrency: [], hours: [] };
const noted = (conditions: Partial<ConditionsProfile>): string[] =>
  notableConditions({ ...none, ...conditions }).map(formatConditionNote);

describe('conditions that matter', () => {
  it('are told by the medians, the greatest difference first', () => {
    expect(
      noted({
        cold: took(0.04, 3),
        warm: took(0.003),
        failed: took(0.01, 20),
        fine: took(1),
        concurrency: [
          { requests: '1', duration: took(0.008) },
          { requests: '2-4', duration: took(0.01) },
          { requests: '17+', duration: took(0.09) },
        ],
      }),
    ).toEqual([
      'failed: p50 10 ms vs 1 s fine',
      'cold: p50 40 ms vs 3 ms warm',
      '17+ requests at once: p50 90 ms vs 8 ms with 1',
    ]);
  });

  it.each<[string, Partial<ConditionsProfile>]>([
    ['nothing is told', {}],
    ['the others are not known', { cold: took(1) }],
    ['there are too few cold calls', { cold: took(1, 2), warm: took(0.001) }],
    ['there are too few others', { cold: took(1, 9), warm: took(0.001, 19) }],
    ['there are too few failed calls', { failed: took(1, 19), fine: took(0.001) }],
    ['it is less than twice as long', { cold: took(0.59), warm: took(0.3) }],
    ['it is less than a millisecond', { cold: took(0.0009), warm: took(0.00001) }],
    ['there was one load only', { concurrency: [{ requests: '17+', duration: took(9) }] }],
  ])('are none where %s', (_, conditions) => {
    expect(noted(conditions)).toEqual([]);
  });

  it('are the hours of the week, where there are enough of them', () => {
    const hour = (at: number, p50: number, calls = 50) => ({ hour: at, calls, p50, p99: p50 });
    const day = Array.from({ length: 24 }, (_, at) => hour(at, at === 9 ? 0.5 : 0.01));
    expect(noted({ hours: day })).toEqual(['Mon 09:00 UTC: p50 500 ms vs 10 ms in the usual hour']);
    expect(noted({ hours: day.slice(1) })).toEqual([]);
    expect(noted({ hours: [...day.slice(0, 9), hour(9, 0.5, 19), ...day.slice(10), hour(30, 0.01)] })).toEqual([]);
    expect(hourName(167)).toBe('Sun 23:00');
  });
});

it('the queries of a call are told where they are known', () => {
  const exemplar = { time: '2026-03-01T12:03:11.250Z', seconds: 1, conditions: [] };
  const told = [undefined, { count: 0, summary: '' }, { count: 1, summary: '' }, { count: 2, summary: 'SELECT a × 2' }];
  expect(told.map((queries) => exemplarQueries({ ...exemplar, ...(queries ? { queries } : {}) }))).toEqual([
    undefined,
    undefined,
    '1 query',
    '2 queries (SELECT a × 2)',
  ]);
});

it('a call is named by its time, and by its day where that was another', () => {
  const exemplar = { time: '2026-03-01T12:03:11.250Z', seconds: 1, conditions: [] };
  expect(exemplarTime(exemplar, Date.parse('2026-03-02T11:00:00Z'))).toBe('12:03:11 UTC');
  expect(exemplarTime(exemplar, Date.parse('2026-03-03T11:00:00Z'))).toBe('2026-03-01 12:03:11 UTC');
});
