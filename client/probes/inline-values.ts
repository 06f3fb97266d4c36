/** Values of a capture at the end of the lines in which their variables stand, as a debugger shows them. Pure. */
import type { Capture } from '@runlens/protocol';
import { valueText } from './capture-values.ts';
import { oneLine } from './shown-text.ts';

export interface InlineValue {
  /** Zero-based. */
  readonly line: number;
  readonly text: string;
}

const longestText = 160;
const mostLines = 300;

/** `lines`: the text's; `from`: the first line of the function; `to`: the line of the probe. */
export function inlineValues(
  capture: Capture,
  lines: readonly string[],
  { from, to }: { readonly from: number; readonly to: number },
): readonly InlineValue[] {
  const { values } = capture;
  const named = new Map([...(values?.closure ?? []), ...(values?.arguments ?? []), ...(values?.locals ?? [])]);
  const shown: InlineValue[] = [];
  for (let line = Math.max(from, to - mostLines); line <= to; line += 1) {
    const words = new Set(wordsOf(lines[line] ?? ''));
    const texts = [...named].flatMap(([name, value]) =>
      words.has(name) ? [`${oneLine(name, 40)} = ${valueText(value)}`] : [],
    );
    if (texts.length > 0) shown.push({ line, text: oneLine(texts.join(', '), longestText) });
  }
  return shown;
}

/** Names in a line that are no property of something, nor within a string or a comment. */
function wordsOf(line: string): readonly string[] {
  const code = line.replace(/(['"])(?:\\.|(?!\1).)*\1|\/\/.*$|\/\*.*?\*\//g, ' ');
  return [...code.matchAll(/(?<![\w$.])(?:\.\.\.)?([A-Za-z_$][\w$]*)/g)].flatMap(([, word]) => word ?? []);
}
