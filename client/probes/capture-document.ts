/** A capture as a text: to read, to search, and to hold beside another. Pure. */
import type { Capture, CapturedFrame, CapturedValue } from '@runlens/protocol';
import { formatSeconds } from '@runlens/protocol/format';
import { childrenOf, flatten, sectionsOf, valueText } from './capture-values.ts';
import { oneLine } from './shown-text.ts';

const mostLines = 20_000;
const mostCompared = 50_000;

/** What is of this one capture only (its instant, instance, cost) stands at the end, so that two differ above it by values. */
export function captureDocument(capture: Capture): string {
  const lines: string[] = [`${capture.function}  ${capture.file}:${capture.line}`];
  if (capture.entry !== undefined) lines.push(`for ${oneLine(capture.entry)}`);
  if (capture.message !== undefined) lines.push('', oneLine(capture.message, 2_000));
  for (const { title, values } of sectionsOf(capture)) {
    lines.push('', title);
    for (const { name, value } of values) write(lines, name, value, 1);
  }
  if (capture.stack && capture.stack.length > 0)
    lines.push('', 'Stack', ...capture.stack.map((frame) => `  ${frameText(frame)}`));
  lines.push(
    '',
    'About this capture',
    `  ${capture.at} · ${oneLine(capture.service)} ${oneLine(capture.environment)} ${oneLine(capture.version)}`,
  );
  lines.push(
    `  instance ${oneLine(capture.instance)} · ${capture.id} · took ${formatSeconds(capture.cost / 1000)} of the service’s thread`,
  );
  if (capture.duration !== undefined) lines.push(`  ${formatSeconds(capture.duration)} since the function’s entry`);
  if (capture.traceId !== undefined)
    lines.push(`  trace ${oneLine(capture.traceId)} span ${oneLine(capture.spanId ?? '')}`);
  if (capture.redacted > 0) lines.push(`  ${capture.redacted} values are redacted`);
  if (capture.cut.length > 0) lines.push(`  not whole: ${capture.cut.join(', ')}`);
  return `${lines.join('\n')}\n`;
}

export function frameText({ function: name, file, line, column }: CapturedFrame): string {
  const place =
    file === undefined
      ? '(not of this repository)'
      : `${file}:${line ?? '?'}${column === undefined ? '' : `:${column}`}`;
  return oneLine(`${name}  ${place}`, 300);
}

function write(lines: string[], name: string, value: CapturedValue, depth: number): void {
  if (lines.length >= mostLines) return;
  const children = childrenOf(value);
  const text = children.length === 0 ? valueText(value) : valueText(value, 0);
  lines.push(`${'  '.repeat(depth)}${oneLine(name, 120)}: ${text}`);
  for (const child of children) write(lines, child.name, child.value, depth + 1);
}

export interface Difference {
  readonly path: string;
  /** Undefined: it is not there. */
  readonly left: string | undefined;
  readonly right: string | undefined;
}

/** The values in which two captures differ, in the order of the first; what only the second has follows. */
export function differences(left: Capture, right: Capture): readonly Difference[] {
  const before = new Map(flatten(left, mostCompared).map(({ path, text }) => [path, text]));
  const after = new Map(flatten(right, mostCompared).map(({ path, text }) => [path, text]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((path) => ({ path, left: before.get(path), right: after.get(path) }))
    .filter((each) => each.left !== each.right);
}
