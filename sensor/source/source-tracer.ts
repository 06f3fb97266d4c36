import { existsSync, readFileSync } from 'node:fs';
import { decodedMappings, FlattenMap, type TraceMap, traceSegment } from '@jridgewell/trace-mapping';
import { rootedPath } from '../load/first-party.ts';
import type { IdentityOptions } from './identity.ts';
import { asInput } from './map-input.ts';
import { type FoundSourceMap, resolveSource, sourceMapOf } from './source-map.ts';
import { sourcePath } from './source-paths.ts';
import { SourceText } from './source-text.ts';

/** A place in a source as written. */
export type Traced =
  | { readonly kind: 'text'; readonly source: SourceText; readonly offset: number }
  /** The source's text is nowhere to be had; line is 1-based. */
  | { readonly kind: 'noText'; readonly file: string; readonly line: number }
  /** Made by a tool, or not first-party. */
  | { readonly kind: 'foreign' }
  /** The map and the source do not belong together. */
  | { readonly kind: 'outside' };

/** Generated line and column (0-based), and the mapping's four further numbers where it has them. */
type Segment = Readonly<ReturnType<typeof decodedMappings>[number][number]>;

interface MappedSource {
  readonly text: SourceText | undefined;
  readonly file: string | undefined;
  /** The source is itself built from something, and says from what. */
  readonly further: SourceTracer | undefined;
}

/** A bundle of compiled files of a language that compiles to TypeScript is three deep. */
const mostMaps = 5;

/** Follows the mappings of one built text to the sources as written, through the maps of those sources in turn. */
export class SourceTracer {
  readonly #map: TraceMap;
  readonly #found: FoundSourceMap;
  readonly #options: IdentityOptions;
  readonly #depth: number;
  readonly #sources: (MappedSource | undefined)[] = [];

  /** Throws when the map cannot be decoded. */
  constructor(found: FoundSourceMap, options: IdentityOptions, depth = 1) {
    this.#found = found;
    this.#options = options;
    this.#depth = depth;
    this.#map = new FlattenMap(asInput(found), found.url);
    decodedMappings(this.#map);
  }

  /** The mappings of a generated line (0-based), by ascending column. */
  lineSegments(line: number): readonly Segment[] {
    return decodedMappings(this.#map)[line] ?? [];
  }

  /** The original name that a mapping carries. */
  nameOf(segment: Segment): string | undefined {
    return segment.length === 5 ? this.#map.names[segment[4]] : undefined;
  }

  /** Where a place of the built text (both 0-based) comes from. */
  traceAt(line: number, column: number): Traced {
    const segment = traceSegment(this.#map, line, column);
    return segment ? this.trace(segment) : { kind: 'foreign' };
  }

  trace(segment: Segment): Traced {
    if (segment.length === 1) return { kind: 'foreign' };
    const [, index, line, column] = segment;
    const source = this.#source(index);
    if (source.file === undefined) return { kind: 'foreign' };
    if (source.further) {
      const next = traceSegment(source.further.#map, line, column);
      return next ? source.further.trace(next) : { kind: 'foreign' };
    }
    if (!source.text) return { kind: 'noText', file: source.file, line: line + 1 };
    const offset = source.text.offsetAt(line, column);
    return offset === undefined ? { kind: 'outside' } : { kind: 'text', source: source.text, offset };
  }

  /** Every first-party source whose text is at hand. */
  texts(): readonly SourceText[] {
    return this.#map.sources.flatMap((_, index) => {
      const { text, further } = this.#source(index);
      return further ? further.texts() : text ? [text] : [];
    });
  }

  #source(index: number): MappedSource {
    const known = this.#sources[index];
    if (known) return known;
    const found = this.#find(index);
    this.#sources[index] = found;
    return found;
  }

  #find(index: number): MappedSource {
    const { root, isFirstParty } = this.#options;
    const nothing = { text: undefined, file: undefined, further: undefined };
    const name = this.#map.resolvedSources[index] ?? this.#map.sources[index];
    if (!name) return nothing;
    const path = sourcePath(resolveSource(name, undefined, this.#found.url), root);
    if (path === undefined || !isFirstParty(path)) return nothing;
    const text = this.#map.sourcesContent?.[index] ?? readText(path);
    const file = rootedPath(root, path);
    if (text === undefined) return { ...nothing, file };
    const further = this.#depth < mostMaps ? this.#further(path, text) : undefined;
    return { text: new SourceText(file, text), file, further };
  }

  #further(path: string, text: string): SourceTracer | undefined {
    const found = sourceMapOf(path, text);
    if (found.kind !== 'found') return undefined;
    try {
      return new SourceTracer(found, this.#options, this.#depth + 1);
    } catch {
      return undefined;
    }
  }
}

function readText(path: string): string | undefined {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
