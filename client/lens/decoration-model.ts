/** Which marks a document's functions get: text at the end of lines, heat in the gutter and the overview ruler. */
import type { DocumentFunction, LensPosition } from '@runlens/protocol/lsp';

export type Heat = 1 | 2 | 3 | 4;
export const heats = [1, 2, 3, 4] as const satisfies readonly Heat[];

export interface EndOfLineText {
  /** Zero-based. */
  readonly line: number;
  readonly text: string;
}

export interface DecorationModel {
  readonly endOfLine: readonly EndOfLineText[];
  /** Lines (zero-based) by heat. */
  readonly heat: Readonly<Record<Heat, readonly number[]>>;
}

export const nothing: DecorationModel = { endOfLine: [], heat: { 1: [], 2: [], 3: [], 4: [] } };

/** A line is not made longer than this many characters of lens text. */
const textLimit = 160;
const between = '   │   ';

export function decorationModel(
  functions: readonly DocumentFunction[],
  lens: { readonly enabled: boolean; readonly position: LensPosition },
): DecorationModel {
  const texts = new Map<number, string>();
  const hottest = new Map<number, Heat>();
  for (const one of functions) {
    const { line } = one.selectionRange.start;
    if (lens.enabled && lens.position === 'endOfLine' && one.label !== '') {
      const before = texts.get(line);
      texts.set(line, before === undefined ? one.label : `${before}${between}${one.label}`);
    }
    const heat = one.heat ?? 0;
    if (heat !== 0 && heat > (hottest.get(line) ?? 0)) hottest.set(line, heat);
  }
  const byHeat = (heat: Heat): number[] => [...hottest].filter(([, is]) => is === heat).map(([line]) => line);
  return {
    endOfLine: [...texts].map(([line, text]) => ({ line, text: shortened(text) })),
    heat: { 1: byHeat(1), 2: byHeat(2), 3: byHeat(3), 4: byHeat(4) },
  };
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= textLimit ? text : `${characters.slice(0, textLimit - 1).join('')}…`;
}

/** The line (zero-based) of the next or previous function of at least this heat, around the end; undefined: none. */
export function hotLine(model: DecorationModel, from: number, direction: 1 | -1, least: Heat): number | undefined {
  const lines = heats
    .filter((heat) => heat >= least)
    .flatMap((heat) => model.heat[heat])
    .sort((a, b) => a - b);
  if (direction === 1) return lines.find((line) => line > from) ?? lines[0];
  return lines.findLast((line) => line < from) ?? lines.at(-1);
}
