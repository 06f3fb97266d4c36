import { encodedMap, FlattenMap } from '@jridgewell/trace-mapping';
import { shiftSourceMap } from '../transform/shift-source-map.ts';
import type { Shift } from '../transform/transform.ts';
import { asInput } from './map-input.ts';
import { resolveSource, sourceMapComment, sourceMapOf } from './source-map.ts';

/**
 * The code with a map that fits it: its own one with columns moved by the insertions, put inline in the place of the old
 * comment. The code itself when it has no map that can be read. `text` is what the code was before the insertions.
 */
export function withShiftedMap(path: string, text: string, code: string, insertions: readonly Shift[]): string {
  const comment = sourceMapComment(code);
  const found = comment && sourceMapOf(path, text);
  if (!comment || found?.kind !== 'found') return code;
  try {
    const flat = new FlattenMap(asInput(found), found.url);
    const map = shiftSourceMap(encodedMap(flat), insertions, text);
    const shifted = {
      version: 3,
      // Absolute: the map may have lain in another folder than the code.
      sources: flat.resolvedSources.map((source, index) =>
        resolveSource(source ?? flat.sources[index] ?? '', undefined, found.url),
      ),
      ...(map.sourcesContent ? { sourcesContent: map.sourcesContent } : {}),
      names: map.names,
      mappings: map.mappings,
    };
    const url = `data:application/json;base64,${Buffer.from(JSON.stringify(shifted), 'utf8').toString('base64')}`;
    return code.slice(0, comment.end - comment.url.length) + url + code.slice(comment.end);
  } catch {
    // What cannot be decoded is left to whoever reads it; the sensor tells of it when it looks for the identities.
    return code;
  }
}
