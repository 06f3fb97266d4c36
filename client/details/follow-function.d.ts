/** Finds a function again after its document was edited. */
import type { DocumentFunction } from '@runlens/protocol/lsp';
/** The function of this name that starts nearest to the line (zero-based) where it was; undefined: it is gone. */
export declare function followFunction(
  functions: readonly DocumentFunction[],
  name: string,
  line: number,
): DocumentFunction | undefined;
//# sourceMappingURL=follow-function.d.ts.map
