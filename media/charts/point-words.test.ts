import type { SeriesPoint } from '@runlens/protocol/api/series';
import { expect, test } from 'vitest';
import { callsWords, distributionWords, latencyWords, pointRow } from './point-words.ts';

const point = (overrides: Partial<SeriesPoint> = {}): SeriesPoint => ({
  at: '2026-01-02T12:00:00.000Z',
  measured: true,
  calls: 480,
  callsPerMinute: 480,
  errors: 2,
  duration: { p50: 0.0031, p90: 0.009, p99: 0.12, histogram: { zeroCount: 0, indexes: [-36], counts: [480] } },
  ...overrides,
});
const series = {
  ...{ service: 'shop', environment: 'production', file: 'a.ts', function: 'f', line: 1, stepSeconds: 60 },
  ...{ window: { since: '2026-01-02T11:45:00.000Z', until: '2026-01-02T12:00:30.000Z' }, points: [], versions: [] },
};

test('a point is told in words, with units', () => {
  expect(callsWords(point())).toBe('480/min, 2 errors (0.42 %)');
  expect(callsWords(point({ errors: 0 }))).toBe('480/min, no errors');
  expect(latencyWords(point())).toBe('p50 3.1 ms, p90 9 ms, p99 120 ms');
  expect(distributionWords(point())).toBe('most calls 2 ms to 2.3 ms');
});

test('what is not known is never told as a zero', () => {
  const unknown = point({ measured: false, calls: 0, callsPerMinute: null, errors: 0, duration: null });
  expect([callsWords, latencyWords, distributionWords].map((words) => words(unknown))).toEqual(
    Array(3).fill('not measured'),
  );
  expect(pointRow(series, unknown).slice(1)).toEqual(['not measured', '–', '–', '–', '–', '–']);
  const idle = point({ calls: 0, callsPerMinute: 0, errors: 0, duration: null });
  expect([callsWords, latencyWords].map((words) => words(idle))).toEqual(['not called', 'not called']);
  expect(latencyWords(point({ duration: null }))).toBe('no call was timed');
});
