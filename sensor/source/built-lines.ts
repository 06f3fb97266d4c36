import { readFileSync } from 'node:fs';
import { lineStarts } from '../naming/line-starts.ts';
import type { IdentityOptions } from './identity.ts';
import { sourceMapOf } from './source-map.ts';
import { lineIndex } from './source-text.ts';
import { SourceTracer } from './source-tracer.ts';

/** A built text, as it was when it was loaded. */
export interface BuiltText {
  readonly path: string;
  /** Of the text that was loaded, in UTF-16 units. */
  readonly length: number;
}

interface Opened {
  readonly tracer: SourceTracer;
  readonly starts: readonly number[];
}

/** Maps that are kept open: those of a large bundle take tens of megabytes. */
const mostOpened = 2;

/**
 * Which line of a source as written a place in a built text comes from. The text and its map are read from disk again when
 * they are first asked for, which few programs need; what only ever was in memory cannot be told.
 */
export class BuiltLines {
  readonly #options: IdentityOptions;
  readonly #opened = new Map<string, Opened | undefined>();

  constructor(options: IdentityOptions) {
    this.#options = options;
  }

  /** The 1-based line in `file`; undefined: not known. Never throws. */
  lineOf(built: BuiltText, offset: number, file: string): number | undefined {
    try {
      const opened = this.#open(built);
      if (!opened || offset < 0) return undefined;
      const line = lineIndex(opened.starts, offset);
      const traced = opened.tracer.traceAt(line, offset - (opened.starts[line] ?? 0));
      if (traced.kind === 'noText') return traced.file === file ? traced.line : undefined;
      return traced.kind === 'text' && traced.source.file === file ? traced.source.lineAt(traced.offset) : undefined;
    } catch {
      return undefined;
    }
  }

  #open(built: BuiltText): Opened | undefined {
    if (this.#opened.has(built.path)) return this.#opened.get(built.path);
    const [oldest] = this.#opened.keys();
    if (this.#opened.size >= mostOpened && oldest !== undefined) this.#opened.delete(oldest);
    this.#opened.set(built.path, undefined);
    const text = readFileSync(built.path, 'utf8');
    const map = text.length === built.length ? sourceMapOf(built.path, text) : undefined;
    if (map?.kind !== 'found') return undefined;
    const opened = { tracer: new SourceTracer(map, this.#options), starts: lineStarts(text) };
    this.#opened.set(built.path, opened);
    return opened;
  }
}
