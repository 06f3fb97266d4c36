import type { ParsedComment } from './parse.ts';

const ignoreComment = /^[\s*]*runlens-ignore(?:-file)?\b/;

/**
 * Tells whether a function that starts at an offset is to be left alone, with all that is in it: a comment
 * `runlens-ignore` ends on its line or the line before, ahead of it; or the file has a comment `runlens-ignore-file`.
 * For functions whose text goes to another realm.
 */
export function ignoredRanges(
  source: string,
  comments: readonly ParsedComment[],
): (start: number) => string | undefined {
  const pragmas = comments.filter(({ text }) => ignoreComment.test(text));
  if (pragmas.length === 0) return () => undefined;
  if (pragmas.some(({ text }) => text.includes('runlens-ignore-file'))) {
    return () => 'a comment runlens-ignore-file is in its file';
  }
  const linesBetween = (end: number, start: number) => source.slice(end, start).split(/\r\n|\n|\r/).length - 1;
  return (start) =>
    pragmas.some(({ end }) => end <= start && linesBetween(end, start) <= 1)
      ? 'a comment runlens-ignore stands before it'
      : undefined;
}
