import { encode } from '@jridgewell/sourcemap-codec';
import { decodedMap, FlattenMap } from '@jridgewell/trace-mapping';
import type { Shift } from '../transform/transform.ts';
import { asInput } from './map-input.ts';
import { resolveSource, sourceMapComment, sourceMapOf } from './source-map.ts';
import { lineStarts } from './source-text.ts';

type Segment = Parameters<typeof encode>[0][number][number];

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
    const map = decodedMap(flat);
    const shifted = {
      version: 3,
      // Absolute: the map may have lain in another folder than the code.
      sources: flat.resolvedSources.map((source, index) =>
        resolveSource(source ?? flat.sources[index] ?? '', undefined, found.url),
      ),
      ...(map.sourcesContent ? { sourcesContent: map.sourcesContent } : {}),
      names: map.names,
      mappings: encode(shiftMappings(map.mappings, text, insertions)),
    };
    const url = `data:application/json;base64,${Buffer.from(JSON.stringify(shifted), 'utf8').toString('base64')}`;
    return code.slice(0, comment.end - comment.url.length) + url + code.slice(comment.end);
  } catch {
    // What cannot be decoded is left to whoever reads it; the sensor tells of it when it looks for the identities.
    return code;
  }
}

/** Mappings of a text as they are after insertions into it, none of which has a line end. */
export function shiftMappings(
  mappings: readonly (readonly Readonly<Segment>[])[],
  text: string,
  insertions: readonly Shift[],
): Segment[][] {
  const starts = lineStarts(text);
  let next = 0;
  return mappings.map((segments, line) => {
    const start = starts[line] ?? text.length;
    const end = starts[line + 1] ?? Number.POSITIVE_INFINITY;
    while ((insertions[next]?.offset ?? Number.POSITIVE_INFINITY) < start) next += 1;
    let moved = 0;
    return segments.map((segment) => {
      for (;;) {
        const insertion = insertions[next];
        if (!insertion || insertion.offset >= end || insertion.offset - start > segment[0]) break;
        moved += insertion.length;
        next += 1;
      }
      const copy: Segment = [...segment];
      copy[0] += moved;
      return copy;
    });
  });
}
