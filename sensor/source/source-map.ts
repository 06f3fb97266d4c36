import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf } from '../log.ts';

/** A source map as it was found; `url` is what its sources are relative to. */
export interface FoundSourceMap {
  readonly kind: 'found';
  readonly map: RawSourceMap;
  readonly url: string;
}

export type SourceMapLookup =
  | FoundSourceMap
  /** The text names no map. */
  | { readonly kind: 'none' }
  /** It names one that cannot be used. */
  | { readonly kind: 'broken'; readonly problem: string };

/** A map with its mappings still encoded, or an index map; checked for its shape only. */
export interface RawSourceMap {
  readonly version: 3;
  readonly sources?: readonly (string | null)[];
  readonly sourcesContent?: readonly (string | null)[];
  readonly sourceRoot?: string;
  readonly names?: readonly string[];
  readonly mappings?: string;
  readonly sections?: readonly { readonly offset: { line: number; column: number }; readonly map: RawSourceMap }[];
}

/** Where the comment starts, and the URL in it. */
export interface SourceMapComment {
  readonly offset: number;
  readonly end: number;
  readonly url: string;
}

const shortText = 1 << 18;
const mostMapBytes = 256 * 1024 * 1024;

/** The last source map comment of a text, as the specification has it (ECMA-426, "Linking generated code"). */
export function sourceMapComment(text: string): SourceMapComment | undefined {
  // To look forwards is ten times as quick where there is none, as in most modules.
  if (text.length < shortText && !text.includes('sourceMappingURL=')) return undefined;
  // Looked for backwards: in a bundle of megabytes the comment is at the very end.
  for (let at = text.length; at > 0; ) {
    at = text.lastIndexOf('sourceMappingURL=', at - 1);
    if (at < 0) return undefined;
    const opening = text.slice(Math.max(0, at - 4), at);
    if (!/(?:\/\/|\/\*)[#@][ \t]$/.test(opening)) continue;
    const url = /^[^\s'"`*]+/.exec(text.slice(at + 'sourceMappingURL='.length))?.[0];
    const after = text.slice(at + 'sourceMappingURL='.length + (url?.length ?? 0));
    // A comment in the middle is one of a bundled file, or a string.
    if (url === undefined || !/^\s*(?:\*\/)?\s*(?:\/\/[^\n]*\s*)*$/.test(after.slice(0, 2048))) return undefined;
    const offset = at - opening.length + opening.search(/\/[/*][#@][ \t]$/);
    return { offset, end: at + 'sourceMappingURL='.length + url.length, url };
  }
  return undefined;
}

/** Finds the map of a text that was loaded from `path`, and reads it. Never throws. */
export function sourceMapOf(path: string, text: string): SourceMapLookup {
  const comment = sourceMapComment(text);
  if (!comment) return { kind: 'none' };
  try {
    return readSourceMap(path, comment.url);
  } catch (error) {
    return { kind: 'broken', problem: messageOf(error) };
  }
}

/**
 * The bytes of the map that a comment of a text from `path` names; nothing when it is in the text itself or cannot be
 * read. For those who only want to know whether it is the same as before, which needs no parsing. Never throws.
 */
export function sourceMapBytes(path: string, { url }: SourceMapComment): Uint8Array | undefined {
  try {
    const file = sourceMapFile(path, url);
    return file === undefined ? undefined : readFileSync(file);
  } catch {
    return undefined;
  }
}

/** The path of a map that is a file of this machine. */
function sourceMapFile(path: string, url: string): string | undefined {
  if (url.startsWith('file:')) return fileURLToPath(url);
  if (/^[a-z][a-z+.-]+:/i.test(url)) return undefined;
  return resolve(dirname(path), decodeURIComponent(url));
}

function readSourceMap(path: string, url: string): SourceMapLookup {
  const base = pathToFileURL(path).href;
  if (url.startsWith('data:')) return { kind: 'found', map: parseMap(decodeDataUrl(url)), url: base };
  const file = sourceMapFile(path, url);
  if (file === undefined) return { kind: 'broken', problem: 'its address is not of this machine' };
  const bytes = readFileSync(file);
  if (bytes.byteLength > mostMapBytes) throw new Error('it is too large');
  return { kind: 'found', map: parseMap(bytes.toString('utf8')), url: pathToFileURL(file).href };
}

function decodeDataUrl(url: string): string {
  const at = url.indexOf(',');
  const payload = url.slice(at + 1);
  return /;base64$/i.test(url.slice(0, at))
    ? Buffer.from(payload, 'base64').toString('utf8')
    : decodeURIComponent(payload);
}

/** Checks what the tracing relies on; throws an `Error` that says what is wrong. */
function parseMap(text: string): RawSourceMap {
  // `)]}'` guards a map against being run as a script.
  const map: unknown = JSON.parse(text.replace(/^\)\]\}'[^\n]*\n/, ''));
  if (typeof map !== 'object' || map === null) throw new Error('it is no JSON object');
  if (Reflect.get(map, 'version') !== 3) throw new Error('it is not of version 3');
  const sections: unknown = Reflect.get(map, 'sections');
  const isIndex = Array.isArray(sections);
  const isPlain = typeof Reflect.get(map, 'mappings') === 'string' && Array.isArray(Reflect.get(map, 'sources'));
  if (!isIndex && !isPlain) throw new Error('it has no sources or no mappings');
  // Checked above as far as is relied on; the decoder throws on the rest.
  return map as RawSourceMap;
}

/** The URLs of all sources of a map, those of its sections included. */
export function sourceUrls({ map, url }: FoundSourceMap): readonly string[] {
  const urls: string[] = [];
  const add = (one: RawSourceMap): void => {
    for (const source of one.sources ?? []) if (source !== null) urls.push(resolveSource(source, one.sourceRoot, url));
    for (const section of one.sections ?? []) add(section.map);
  };
  add(map);
  return urls;
}

/** A source's URL: relative to its root, and that to the map. */
export function resolveSource(source: string, sourceRoot: string | undefined, mapUrl: string): string {
  const prefix = sourceRoot ? `${sourceRoot.replace(/\/+$/, '')}/` : '';
  try {
    return new URL(prefix + source, mapUrl).href;
  } catch {
    return prefix + source;
  }
}
