/** A point of a series in words: under a chart, to a screen reader, and in the table that tells the same. */
import type { SeriesPoint, SeriesResponse } from '@runlens/protocol/api/series';
import { formatCount, formatRate, formatSeconds, formatShare } from '@runlens/protocol/format';
import { momentText } from '../page/moment.ts';
import { fullestCell } from './heat-cells.ts';

const notMeasured = 'not measured';

export function timeOf({ stepSeconds, window }: SeriesResponse, { at }: SeriesPoint): string {
  const length = Date.parse(window.until) - Date.parse(window.since);
  return momentText(Date.parse(at), length, stepSeconds * 1_000);
}

/** `480/min, 2 errors (0.4 %)` */
export function callsWords({ measured, calls, callsPerMinute, errors }: SeriesPoint): string {
  if (!measured || callsPerMinute === null) return notMeasured;
  if (calls === 0) return 'not called';
  const failed = errors === 0 ? 'no errors' : `${formatCount(errors)} ${errors === 1 ? 'error' : 'errors'}`;
  return `${formatRate(callsPerMinute)}, ${failed}${errors === 0 ? '' : ` (${formatShare(errors / calls)})`}`;
}

/** `p50 3.1 ms, p90 9 ms, p99 120 ms` */
export function latencyWords({ measured, calls, duration }: SeriesPoint): string {
  if (duration)
    return `p50 ${formatSeconds(duration.p50)}, p90 ${formatSeconds(duration.p90)}, p99 ${formatSeconds(duration.p99)}`;
  return untimedWords(measured, calls);
}

/** `most calls 1.7 ms to 2 ms` */
export function distributionWords(point: SeriesPoint): string {
  const fullest = fullestCell(point);
  return fullest
    ? `most calls ${formatSeconds(fullest.from)} to ${formatSeconds(fullest.to)}`
    : untimedWords(point.measured, point.calls);
}

export const pointHeadings = ['Time', 'Calls', 'Errors', 'p50', 'p90', 'p99', 'Most calls took'] as const;

/** A row under {@link pointHeadings}. */
export function pointRow(series: SeriesResponse, point: SeriesPoint): readonly string[] {
  const { measured, callsPerMinute, errors, duration } = point;
  const fullest = fullestCell(point);
  return [
    timeOf(series, point),
    measured && callsPerMinute !== null ? formatRate(callsPerMinute) : notMeasured,
    measured ? formatCount(errors) : '–',
    ...(duration ? [duration.p50, duration.p90, duration.p99].map(formatSeconds) : ['–', '–', '–']),
    fullest ? `${formatSeconds(fullest.from)} to ${formatSeconds(fullest.to)}` : '–',
  ];
}

function untimedWords(measured: boolean, calls: number): string {
  if (!measured) return notMeasured;
  return calls === 0 ? 'not called' : 'no call was timed';
}
