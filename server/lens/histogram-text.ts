/** A latency histogram as a line of block characters, on a logarithmic axis. */
import type { Duration } from '@runlens/protocol/api/profile';
import { formatSeconds } from '@runlens/protocol/format';
import { bucketLowerBound, bucketUpperBound } from '@runlens/protocol/histogram';

const blocks = '▁▂▃▄▅▆▇█';
const mostColumns = 32;

/** `820 µs ▁▂▇█▅▂▁▁ 120 ms`; empty when nothing was timed. */
export function histogramText({ histogram }: Pick<Duration, 'histogram'>): string {
  const first = histogram.indexes[0];
  const last = histogram.indexes.at(-1);
  if (first === undefined || last === undefined) return '';
  const perColumn = Math.max(1, Math.ceil((last - first + 1) / mostColumns));
  const columns = new Array<number>(Math.floor((last - first) / perColumn) + 1).fill(0);
  histogram.indexes.forEach((index, at) => {
    const column = Math.floor((index - first) / perColumn);
    columns[column] = (columns[column] ?? 0) + (histogram.counts[at] ?? 0);
  });
  const highest = Math.max(...columns);
  if (!(highest > 0)) return '';
  // A column with a single call among millions is still seen: only an empty one is a space.
  const bars = columns.map((count) =>
    count === 0 ? ' ' : (blocks[Math.min(7, Math.floor((count / highest) * 7.999))] ?? '▁'),
  );
  return `${formatSeconds(bucketLowerBound(first))} ${bars.join('')} ${formatSeconds(bucketUpperBound(last))}`;
}
