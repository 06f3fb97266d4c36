/**
 * Lines of the editor's text in the text that runs, and back. A line is sought only within its own function (paired by
 * `mapping/match-functions.ts`), and only where its words are the same on both sides: a probe on a wrong line is worse than
 * none. Rows are zero-based. Pure.
 */
import { diffArrays } from 'diff';
import { matchFunctions } from '../mapping/match-functions.ts';
import type { MappableText } from '../mapping/matching.ts';

export interface LinedText extends MappableText {
  readonly functions: readonly (MappableText['functions'][number] & {
    readonly start: { readonly row: number; readonly column: number };
    readonly end: { readonly row: number };
  })[];
  readonly lines: readonly string[];
}

export type MappedLine =
  | { readonly kind: 'line'; readonly row: number }
  /** `row`: where the line's function starts on the other side, if that is known. */
  | { readonly kind: 'none'; readonly reason: LineRefusal; readonly row: number | undefined };

/**
 * `newFunction`: it is not on the other side. `twinFunctions`: which one it is there cannot be told. `changedLine`: its
 * words are not there. `twinLines`: they are there another number of times.
 */
export type LineRefusal = 'newFunction' | 'twinFunctions' | 'changedLine' | 'twinLines';

/** More differences than this between two functions are not followed. */
const mostDifferences = 4_000;

export const linesOf = (text: string): readonly string[] => text.split(/\r\n|\r|\n/);

export interface BothTexts {
  readonly deployed: LinedText;
  readonly editor: LinedText;
}

/** From the editor's text to the one that runs, or back. */
export function mapLine({ deployed, editor }: BothTexts, row: number, to: 'deployed' | 'editor'): MappedLine {
  const [here, there] = to === 'deployed' ? [editor, deployed] : [deployed, editor];
  const matches = matchFunctions(deployed, editor);
  const pairOf = (index: number): number | undefined => {
    if (to === 'editor') return matches.pairs.get(index)?.editor;
    for (const [at, pair] of matches.pairs) if (pair.editor === index) return at;
    return undefined;
  };
  let refusal: MappedLine | undefined;
  for (const index of functionsAround(here, row)) {
    const own = here.functions[index];
    const other = pairOf(index);
    const pair = other === undefined ? undefined : there.functions[other];
    const mapped: MappedLine =
      own && pair
        ? mapWithin(here, there, row, own, pair)
        : {
            kind: 'none',
            reason: to === 'deployed' && matches.ambiguous.has(index) ? 'twinFunctions' : 'newFunction',
            row: undefined,
          };
    if (mapped.kind === 'line') return mapped;
    refusal ??= mapped;
    // The line on which a function starts belongs to the one around it, too.
    if (own?.start.row !== row) return refusal;
  }
  const whole = (text: LinedText) => ({ start: { row: 0 }, end: { row: text.lines.length - 1 } });
  const mapped = mapWithin(here, there, row, whole(here), whole(there));
  return mapped.kind === 'line' ? mapped : (refusal ?? { ...mapped, row: undefined });
}

/** The row on which the function around a row starts on the other side. */
export function mapFunction(texts: BothTexts, row: number): MappedLine & { readonly index?: number } {
  const index = functionMeant(texts.editor, row);
  if (index === undefined) return { kind: 'none', reason: 'changedLine', row: undefined };
  const matches = matchFunctions(texts.deployed, texts.editor);
  for (const [at, pair] of matches.pairs) {
    const found = pair.editor === index ? texts.deployed.functions[at] : undefined;
    if (found) return { kind: 'line', row: found.start.row, index: at };
  }
  const reason = matches.ambiguous.has(index) ? 'twinFunctions' : 'newFunction';
  return { kind: 'none', reason, row: undefined };
}

/** The function whose statement starts the line: not a callback that begins further on in it. */
export function functionOfLine(text: LinedText, row: number): number | undefined {
  const line = text.lines[row] ?? '';
  const first = line.length - line.trimStart().length;
  return functionsAround(text, row).find((index) => {
    const start = text.functions[index]?.start;
    return start !== undefined && (start.row < row || start.column <= first);
  });
}

/** The function that a person means by a line: one of several lines that begins in it, else {@link functionOfLine}. */
export function functionMeant(text: LinedText, row: number): number | undefined {
  const around = functionsAround(text, row);
  const begins = around.findLast((index) => {
    const found = text.functions[index];
    return found?.start.row === row && found.end.row > row;
  });
  return begins ?? functionOfLine(text, row) ?? around.at(-1);
}

/** The functions whose rows have this one, the innermost first. */
function functionsAround({ functions }: LinedText, row: number): readonly number[] {
  return functions.flatMap(({ start, end }, index) => (start.row <= row && row <= end.row ? [index] : [])).reverse();
}

interface Rows {
  readonly start: { readonly row: number };
  readonly end: { readonly row: number };
}

function mapWithin(here: LinedText, there: LinedText, row: number, own: Rows, pair: Rows): MappedLine {
  const words = ({ lines }: LinedText, { start, end }: Rows) =>
    lines.slice(start.row, end.row + 1).map((line) => line.trim());
  const from = words(here, own);
  const to = words(there, pair);
  const at = row - own.start.row;
  const none = (reason: LineRefusal): MappedLine => ({ kind: 'none', reason, row: pair.start.row });
  const line = from[at];
  if (line === undefined) return none('changedLine');
  const times = (all: readonly string[]) => all.reduce((sum, each) => sum + Number(each === line), 0);
  const found = times(to);
  if (found === 0) return none('changedLine');
  if (found !== times(from)) return none('twinLines');
  let f = 0;
  let t = 0;
  for (const part of diffArrays(from, to, { maxEditLength: mostDifferences }) ?? []) {
    if (part.removed) f += part.count;
    else if (part.added) t += part.count;
    else {
      if (at >= f && at < f + part.count) return { kind: 'line', row: pair.start.row + t + at - f };
      f += part.count;
      t += part.count;
    }
    if (f > at) break;
  }
  return none('changedLine');
}
