import { decode, encode, type SourceMapMappings } from '@jridgewell/sourcemap-codec';
import type { Shift } from './transform.ts';

/** The part of a source map (revision 3) that moves when text is inserted into the generated code. */
export interface MapWithMappings {
  readonly mappings: string;
}

/**
 * A map of a text, made to fit that text with what the sensor inserted: columns move, lines do not. What was inserted
 * at an offset belongs to what stood before it. `source` is the text before the insertions.
 */
export function shiftSourceMap<T extends MapWithMappings>(map: T, insertions: readonly Shift[], source: string): T {
  if (insertions.length === 0) return map;
  const starts = lineStarts(source);
  let next = 0;
  const mappings: SourceMapMappings = decode(map.mappings).map((segments, line) => {
    const start = starts[line];
    if (start === undefined) return segments;
    while (next < insertions.length && (insertions[next]?.offset ?? 0) < start) next += 1;
    let at = next;
    let shift = 0;
    return segments.map((segment) => {
      const [column, ...rest] = segment;
      for (
        let insertion = insertions[at];
        insertion && insertion.offset <= start + column;
        insertion = insertions[at]
      ) {
        shift += insertion.length;
        at += 1;
      }
      // A segment keeps its length; only its first number, the column, is another.
      return [column + shift, ...rest] as typeof segment;
    });
  });
  return { ...map, mappings: encode(mappings) };
}

/** Offsets of the lines as source maps count them: LF, CR LF and CR end one. */
function lineStarts(source: string): readonly number[] {
  const starts = [0];
  for (const { index, 0: end } of source.matchAll(/\r\n|\n|\r/g)) starts.push(index + end.length);
  return starts;
}
