import type { ParsedComment } from './parse.ts';

/** What stands in a twin instead of a part of the source. */
export const flattened = {
  /** White space with a line end, and comments: a space. */
  space: 0,
  /** A line end in a template literal: its escape. */
  escape: 1,
  /** Nothing is left out: the semicolon that the parser inserted. */
  semicolon: 2,
  /** A line end in a tagged template: an escape that no such template has otherwise, which is a line end again for the tag. */
  lineFeed: 3,
  /** A line end after a backslash, in a string or a template without a tag: both are nothing. */
  nothing: 4,
} as const;
export const lineFeedEscape = '\\u000a';
export const flattenedTexts: readonly string[] = [' ', '\\n', ';', lineFeedEscape, ''];

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

/** A part of a literal, with what its line ends become: an escape, or nothing after a backslash. */
export interface LiteralRange extends Range {
  readonly lineEnd: typeof flattened.escape | typeof flattened.lineFeed;
}

/**
 * What makes one line of a source: white space over lines and comments become a space, line ends in `literals` their
 * escapes, and semicolons are put at `semicolons`. The line ends in `kept` ranges stay: what has them cannot be flattened.
 * All given in ascending order.
 */
export function flattenings(
  source: string,
  comments: readonly ParsedComment[],
  literals: readonly LiteralRange[],
  kept: readonly Range[],
  semicolons: readonly number[],
): readonly Flattening[] {
  const untouched = [...literals, ...kept].sort((a, b) => a.start - b.start);
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
    while ((untouched[literal]?.end ?? Number.POSITIVE_INFINITY) <= index) literal += 1;
    if ((untouched[literal]?.start ?? Number.POSITIVE_INFINITY) < index + run.length) continue;
    add(index, index + run.length);
  }
  for (const { start, end } of comments.slice(comment)) add(start, end);

  const found: Flattening[] = [
    ...spaces.map(({ start, end }) => ({ offset: start, length: end - start, kind: flattened.space })),
    ...literals.flatMap((literal) => lineEndsIn(source, literal)),
    ...semicolons.map((offset) => ({ offset, length: 0, kind: flattened.semicolon })),
  ];
  // A semicolon stands before the space at the same offset.
  return found.sort((a, b) => a.offset - b.offset || a.length - b.length);
}

/** A character after a backslash, or a line end. */
const escapes = /\\(?:\r\n|[\s\S])|\r\n|\n|\r/g;
const continuation = /^\\(?:\r\n|[\n\r\u2028\u2029])$/;

function lineEndsIn(source: string, { start, end, lineEnd }: LiteralRange): readonly Flattening[] {
  const found: Flattening[] = [];
  for (const { index, 0: part } of source.slice(start, end).matchAll(escapes)) {
    const at = { offset: start + index, length: part.length };
    if (!part.startsWith('\\')) found.push({ ...at, kind: lineEnd });
    else if (continuation.test(part)) found.push({ ...at, kind: flattened.nothing });
  }
  return found;
}

/** Whether a part of a source can be left out for a kind of flattening without a change of more than its lines. */
export const canBeFlattened = (part: string, kind: number): boolean =>
  kind === flattened.nothing ? continuation.test(part) : isTrivia(part);

/** Tab, line feed, carriage return, space. */
const blanks: ReadonlySet<number> = new Set([9, 10, 13, 32]);
const trivia =
  /^(?:\s+|\/\/[^\n\r\u2028\u2029]*(?=[\n\r\u2028\u2029]|$)|\/\*(?:[^*]|\*(?!\/))*\*\/|(?:<!--|-->)[^\n\r\u2028\u2029]*(?=[\n\r\u2028\u2029]|$))*$/;

/** Whether a part of a source, left out, changes nothing but its lines: white space, comments, a line end. */
function isTrivia(part: string): boolean {
  // Nearly always a line's end and the next one's indent.
  let at = 0;
  while (at < part.length && blanks.has(part.charCodeAt(at))) at += 1;
  if (at === part.length) return true;
  return trivia.test(part);
}
