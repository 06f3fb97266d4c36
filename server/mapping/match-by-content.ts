/** Functions that were renamed or moved, found by what they do. */
import type { Matching } from './matching.ts';

/** A shorter content than this (fingerprint length) is found in too many functions to tell which one it is. */
const shortestTellingContent = 60;
const shortestTellingOfSameName = 25;
/**
 * Pairs what has no pair yet by content that is found once on each side and is long enough; not as long where the last name
 * is the same too (`Cart.add` was `add`). The deployed ones that it paired.
 */
export function matchByContent(
  matching: Matching,
  ofDeployed: readonly number[],
  ofEditor: readonly number[],
): number[] {
  const left = ofDeployed.filter((d) => !matching.pairs.has(d));
  const right = ofEditor.filter((e) => matching.isFree(e));
  if (left.length === 0 || right.length === 0) return [];
  const found: number[] = [];
  for (const { print, d, e } of equalOnEachSide(matching, left, right)) {
    const [one, other] = [d[0] ?? -1, e[0] ?? -1];
    if (d.length > 1 || e.length > 1) continue;
    if (print.length < (matching.sameLastName(one, other) ? shortestTellingOfSameName : shortestTellingContent))
      continue;
    matching.pair(one, other, true);
    found.push(one);
  }
  return found;
}

/** Fingerprints that are on both sides, and which functions have them. */
export function equalOnEachSide(
  { deployed, editor }: Matching,
  left: readonly number[],
  right: readonly number[],
): readonly { readonly print: string; readonly d: readonly number[]; readonly e: readonly number[] }[] {
  const prints = new Map<string, { readonly d: number[]; readonly e: number[] }>();
  for (const d of left) {
    const print = deployed.fingerprint(d);
    const known = prints.get(print);
    if (known) known.d.push(d);
    else prints.set(print, { d: [d], e: [] });
  }
  for (const e of right) prints.get(editor.fingerprint(e))?.e.push(e);
  return [...prints].flatMap(([print, both]) => (both.e.length > 0 ? [{ print, ...both }] : []));
}
