import { FlattenMap, traceSegment } from '@jridgewell/trace-mapping';
import type { PlannedFunction } from '../transform/transform.ts';
import { asInput } from './map-input.ts';
import { type FoundSourceMap, resolveSource, sourceUrls } from './source-map.ts';

/**
 * Which functions of a bundle come from sources that are not first-party: their places in `functions`. Nothing when
 * the map names no such source, which is found out without decoding it.
 */
export function thirdPartyFunctions(
  found: FoundSourceMap,
  functions: readonly PlannedFunction[],
  isFirstPartySource: (url: string) => boolean,
): ReadonlySet<number> {
  const none = new Set<number>();
  if (sourceUrls(found).every(isFirstPartySource)) return none;
  try {
    const map = new FlattenMap(asInput(found), found.url);
    const isThirdParty = map.resolvedSources.map(
      (source, index) => !isFirstPartySource(resolveSource(source ?? map.sources[index] ?? '', undefined, found.url)),
    );
    const leaveOut = new Set<number>();
    functions.forEach(({ line, column }, index) => {
      const source = traceSegment(map, line - 1, column)?.[1];
      if (source !== undefined && isThirdParty[source]) leaveOut.add(index);
    });
    return leaveOut;
  } catch {
    // A map that cannot be decoded is told of when the identities are looked for.
    return none;
  }
}
