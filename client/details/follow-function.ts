/** Finds a function again after its document was edited. */
import type { DocumentFunction } from '@runlens/protocol/lsp';

/** The function of this name that starts nearest to the line (zero-based) where it was; undefined: it is gone. */
export function followFunction(
  functions: readonly DocumentFunction[],
  name: string,
  line: number,
): DocumentFunction | undefined {
  const distance = (one: DocumentFunction): number => Math.abs(one.selectionRange.start.line - line);
  return functions
    .filter((one) => one.name === name)
    .reduce<DocumentFunction | undefined>(
      (nearest, one) => (!nearest || distance(one) < distance(nearest) ? one : nearest),
      undefined,
    );
}
