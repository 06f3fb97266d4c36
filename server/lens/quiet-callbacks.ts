/**
 * Which functions get no lens, because they are callbacks that only repeat what the function around them says. A lens for
 * each `(line) => priceLine(line)` splits the body that it stands in; the hover and the gutter still have its numbers.
 */

import type { Heat } from '@runlens/protocol/heat';
import type { LensCallbacks } from '@runlens/protocol/lsp';

export interface LensCandidate {
  /** The qualified name; a function without a name of its own ends with its number, as `add.map(#1)`. */
  readonly name: string;
  /** Lines of the function, zero-based: where its lens stands, and where it ends. */
  readonly startLine: number;
  readonly endLine: number;
  readonly heat: Heat | null;
  /** It failed in the window, or fails in another environment. */
  readonly fails: boolean;
}

/** As hot as this, a callback is where the time goes: it is shown wherever it stands. */
const leastHotHeat = 3;

const isNameless = ({ name }: LensCandidate): boolean => /\(#\d+\)$/.test(name);

/**
 * The indexes of the functions without a lens. `none`: all that have no name. `multiline`: of those, the ones on a single
 * line, and the ones that start where another function starts that has a lens; but never one that is hot or fails.
 */
export function quietCallbacks(functions: readonly LensCandidate[], callbacks: LensCallbacks): ReadonlySet<number> {
  const quiet = new Set<number>();
  if (callbacks === 'all') return quiet;
  const taken = new Set<number>();
  for (const each of functions) if (!isNameless(each)) taken.add(each.startLine);
  functions.forEach((each, index) => {
    if (!isNameless(each)) return;
    const telling = callbacks !== 'none' && (each.fails || (each.heat ?? 0) >= leastHotHeat);
    const ownLines = callbacks !== 'none' && each.endLine > each.startLine && !taken.has(each.startLine);
    if (telling || ownLines) taken.add(each.startLine);
    else quiet.add(index);
  });
  return quiet;
}
