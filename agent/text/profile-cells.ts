/** The numbers of a profile in words, the same in every table. */
import { formatCount, formatRate, formatSeconds, formatShare } from '@runlens/protocol';
import type { TextStyle } from './style.ts';
import type { Cell, Column } from './table.ts';

interface Numbers {
  readonly calls: number;
  readonly callsPerMinute: number;
  readonly errors: number;
  readonly errorRate: number | null;
  readonly timeShare: number | null;
  readonly duration: { readonly p50: number; readonly p99: number; readonly total: number } | null;
}

export const numberColumns: readonly Column[] = [
  { title: 'calls', align: 'right' },
  { title: 'rate', align: 'right' },
  { title: 'p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'total', align: 'right' },
  { title: 'share', align: 'right' },
  { title: 'errors', align: 'right' },
];

/** What is not known is `–`; a zero is a zero that was measured. */
export function numberCells(numbers: Numbers, style: TextStyle): readonly Cell[] {
  const { duration } = numbers;
  return [
    { text: formatCount(numbers.calls) },
    { text: formatRate(numbers.callsPerMinute) },
    { text: duration ? formatSeconds(duration.p50) : '–' },
    { text: duration ? formatSeconds(duration.p99) : '–' },
    { text: duration ? formatSeconds(duration.total) : '–' },
    { text: numbers.timeShare === null ? '–' : formatShare(numbers.timeShare) },
    errorCell(numbers, style),
  ];
}

function errorCell({ errors, errorRate }: Numbers, style: TextStyle): Cell {
  if (errorRate === null) return { text: errors === 0 ? '–' : formatCount(errors) };
  if (errors === 0) return { text: '0' };
  return { text: `${formatCount(errors)} (${formatShare(errorRate)})`, mark: style.bad };
}
