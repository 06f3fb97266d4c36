import { lineStarts } from '../naming/line-starts.ts';
import type { PlannedFunction } from '../transform/transform.ts';
import type { SourceFunction } from './source-text.ts';
import type { SourceTracer } from './source-tracer.ts';

/** What a source map says about one function of the built text. */
export interface Evidence {
  /** The function of the source in whose head (name, parameters) the head of this one was written. */
  readonly head: SourceFunction | undefined;
  /** The one in which most of its own statements were written, and which share of them. */
  readonly body: { readonly function: SourceFunction; readonly share: number } | undefined;
  /** Where its head was written, when the source's text cannot be had. */
  readonly place: { readonly file: string; readonly line: number } | undefined;
}

export interface Fit {
  /** Mappings that were followed into a source's text. */
  followed: number;
  /** Those that point to a place that the text has not. */
  outside: number;
  /**
   * Names in mappings, by source, and whether any of its mappings leads to where it stands. Not each must: of an enum,
   * esbuild maps `Kind2["Fixed"]` to `Fixed` by the name `Kind`.
   */
  readonly names: Map<string, boolean>;
}

/** The key in `Fit.names`. */
export const nameKey = (file: string, name: string): string => `${file}\0${name}`;

const mostHeadMappings = 16;
const mostBodyMappings = 24;

/**
 * Gathers the evidence for each function, by the mappings of its own text: what lies in a function inside it is that
 * one's evidence. `functions` in source order, as the transform gives them.
 */
export function gatherEvidence(
  text: string,
  functions: readonly PlannedFunction[],
  tracer: SourceTracer,
  fit: Fit,
): readonly Evidence[] {
  const starts = lineStarts(text);
  return functions.map((own, index) => {
    const heads = new Map<SourceFunction, number>();
    const bodies = new Map<SourceFunction | undefined, number>();
    let place: Evidence['place'];
    let headMappings = 0;
    let bodyMappings = 0;
    let inner = index + 1;

    let line = own.line - 1;
    let at = firstAtOrAfter(tracer.lineSegments(line), own.column);
    while (bodyMappings < mostBodyMappings) {
      const segment = tracer.lineSegments(line)[at];
      at += 1;
      if (!segment) {
        line += 1;
        at = 0;
        if ((starts[line] ?? Number.POSITIVE_INFINITY) >= own.end) break;
        continue;
      }
      const offset = (starts[line] ?? 0) + segment[0];
      if (offset >= own.end) break;
      while ((functions[inner]?.end ?? Number.POSITIVE_INFINITY) <= offset) inner += 1;
      const nested = functions[inner];
      if (nested && nested.start <= offset) continue;
      const isHead = offset < own.bodyStart;
      if (isHead && headMappings >= mostHeadMappings) continue;
      const traced = tracer.trace(segment);
      if (traced.kind === 'outside') fit.outside += 1;
      if (traced.kind === 'noText' && isHead) place ??= { file: traced.file, line: traced.line };
      if (traced.kind === 'outside' || traced.kind === 'text') fit.followed += 1;
      if (isHead) headMappings += 1;
      else bodyMappings += 1;
      if (traced.kind !== 'text') {
        if (!isHead) add(bodies, undefined);
        continue;
      }
      const name = tracer.nameOf(segment);
      // Bundlers also map what they made up (`cart_exports`, getters of exports) to the start of a file: that says nothing.
      if (name !== undefined && traced.offset > 0 && traced.source.mentions(name)) {
        const key = nameKey(traced.source.file, name);
        fit.names.set(key, fit.names.get(key) === true || traced.source.text.startsWith(name, traced.offset));
      }
      const found = traced.source.functionAt(traced.offset);
      if (!isHead) add(bodies, found);
      else if (found && traced.offset < found.bodyStart) add(heads, found);
    }
    return { head: most(heads)?.[0], body: shareOf(bodies), place };
  });
}

function firstAtOrAfter(segments: readonly (readonly number[])[], column: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.[0] ?? 0) < column) low = middle + 1;
    else high = middle;
  }
  return low;
}

function add<T>(counts: Map<T, number>, key: T): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function most<T>(counts: ReadonlyMap<T, number>): readonly [T, number] | undefined {
  return [...counts].reduce<readonly [T, number] | undefined>(
    (best, entry) => (best === undefined || entry[1] > best[1] ? entry : best),
    undefined,
  );
}

function shareOf(counts: ReadonlyMap<SourceFunction | undefined, number>): Evidence['body'] {
  const best = most(counts);
  if (!best?.[0]) return undefined;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return { function: best[0], share: best[1] / total };
}
