import type { ParsedComment } from './parse.ts';

/** What stands in a twin instead of a part of the source. */
export const flattened = {
  /** White space with a line end, and comments: a space. */
  space: 0,
  /** A line end in a template literal: its escape. */
  escape: 1,
  /** Nothing is left out: the semicolon that the parser inserted. */
  semicolon: 2,
} as const;
export const flattenedTexts: readonly string[] = [' ', '\\n', ';'];

export interface Flattening {
  readonly offset: number;
  readonly length: number;
  /** Of `flattened`. */
  readonly kind: number;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * What makes one line of a source: white space over lines and comments become a space, line ends in `templates` their
 * escapes, and semicolons are put at `semicolons`. The line ends in `kept` ranges stay: what has them cannot be flattened.
 * All given in ascending order.
 */
export function flattenings(
  source: string,
  comments: readonly ParsedComment[],
  templates: readonly Range[],
  kept: readonly Range[],
  semicolons: readonly number[],
): readonly Flattening[] {
  const literals = [...templates, ...kept].sort((a, b) => a.start - b.start);
  const spaces: { start: number; end: number }[] = [];
  const add = (start: number, end: number): void => {
    const last = spaces.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else spaces.push({ start, end });
  };
  let comment = 0;
  let literal = 0;
  for (const { index, 0: run } of source.matchAll(/\s*[\n\r\u2028\u2029]\s*/g)) {
    for (let next = comments[comment]; next && next.start <= index; next = comments[comment]) {
      add(next.start, next.end);
      comment += 1;
    }
    while ((literals[literal]?.end ?? Number.POSITIVE_INFINITY) <= index) literal += 1;
    if ((literals[literal]?.start ?? Number.POSITIVE_INFINITY) < index + run.length) continue;
    add(index, index + run.length);
  }
  for (const { start, end } of comments.slice(comment)) add(start, end);

  const found: Flattening[] = [
    ...spaces.map(({ start, end }) => ({ offset: start, length: end - start, kind: flattened.space })),
    ...templates.flatMap(({ start, end }) =>
      [...source.slice(start, end).matchAll(/\r\n|\n|\r/g)].map(({ index, 0: lineEnd }) => ({
        offset: start + index,
        length: lineEnd.length,
        kind: flattened.escape,
      })),
    ),
    ...semicolons.map((offset) => ({ offset, length: 0, kind: flattened.semicolon })),
  ];
  // A semicolon stands before the space at the same offset.
  return found.sort((a, b) => a.offset - b.offset || a.length - b.length);
}

const trivia =
  /^(?:\s+|\/\/[^\n\r\u2028\u2029]*(?=[\n\r\u2028\u2029]|$)|\/\*(?:[^*]|\*(?!\/))*\*\/|(?:<!--|-->)[^\n\r\u2028\u2029]*(?=[\n\r\u2028\u2029]|$))*$/;

/** Whether a part of a source, left out, changes nothing but its lines: white space, comments, a line end. */
export function isTrivia(part: string): boolean {
  return trivia.test(part);
}
