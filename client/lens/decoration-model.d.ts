/** Which marks a document's functions get: text at the end of lines, heat in the gutter and the overview ruler. */
import type { DocumentFunction, LensPosition } from '@runlens/protocol/lsp';
export type Heat = 1 | 2 | 3 | 4;
export declare const heats: readonly [1, 2, 3, 4];
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
export declare const nothing: DecorationModel;
export declare function decorationModel(
  functions: readonly DocumentFunction[],
  lens: {
    readonly enabled: boolean;
    readonly position: LensPosition;
  },
): DecorationModel;
/** The line (zero-based) of the next or previous function of at least this heat, around the end; undefined: none. */
export declare function hotLine(
  model: DecorationModel,
  from: number,
  direction: 1 | -1,
  least: Heat,
): number | undefined;
//# sourceMappingURL=decoration-model.d.ts.map
