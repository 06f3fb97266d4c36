import type { Estimate, Spread } from './statistics.ts';

/** Rows of text as a table of Markdown, so that what is printed can be kept as it is. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** `1.04× (0.98 to 1.12)` */
export function ratioText({ median, min, max }: Spread): string {
  return `${median.toFixed(2)}× (${min.toFixed(2)} to ${max.toFixed(2)})`;
}

/** `1.043× (1.031 to 1.052)`: the median and its interval of confidence. */
export function estimateText({ median, low, high }: Estimate): string {
  return `${median.toFixed(3)}× (${low.toFixed(3)} to ${high.toFixed(3)})`;
}

/** `83.1 µs (80.0 to 90.2)`: the values are multiplied by `scale` first. */
export function spreadText({ median, min, max }: Spread, unit: string, scale = 1, digits = 1): string {
  const [middle, least, most] = [median, min, max].map((value) => (value * scale).toFixed(digits));
  return `${middle} ${unit} (${least} to ${most})`;
}

/** `≤ 1.05×: met` */
export function aimText(value: number, aim: number, unit: string): string {
  return `≤ ${aim}${unit}: ${value <= aim ? 'met' : 'missed'}`;
}

/** `≤ 1.05×: met`, or what can be said when the aim lies within the interval of the estimate. */
export function aimTextOf({ median, low, high }: Estimate, aim: number): string {
  const isClear = high <= aim || low > aim;
  return `≤ ${aim}×: ${median <= aim ? 'met' : 'missed'}${isClear ? '' : ', within the interval'}`;
}
