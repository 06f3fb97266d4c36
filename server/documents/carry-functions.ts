/**
 * Functions while the text cannot be read whole. A brace that is not closed yet makes a parser lose what follows, though
 * nothing there was touched; what it read before the error is still true for the text outside the edit. Pure.
 */
import type { Point } from 'web-tree-sitter';
import type { FoundFunction } from '../languages/definition.ts';

export interface ReadText {
  readonly text: string;
  readonly functions: readonly FoundFunction[];
}

export interface Carried {
  readonly found: FoundFunction;
  /** Which reading it is of: the last without an error, or the one of the text as it is. */
  readonly from: 'before' | 'now';
  /** Its index in that reading. */
  readonly index: number;
}

/**
 * The functions of `now`, a text with syntax errors: outside of what was changed since `before`, a text without, those
 * of `before`, moved; within, what could be read.
 */
export function carryFunctions(before: ReadText, now: ReadText): readonly Carried[] {
  const { prefix, suffix } = unchangedEnds(before.text, now.text);
  const oldEnd = before.text.length - suffix;
  const newEnd = now.text.length - suffix;
  const move = moveAfter(before.text, now.text, oldEnd, newEnd);
  const carried: Carried[] = [];
  before.functions.forEach((found, index) => {
    if (found.endIndex <= prefix) carried.push({ found, from: 'before', index });
    else if (found.startIndex >= oldEnd) carried.push({ found: move(found), from: 'before', index });
  });
  now.functions.forEach((found, index) => {
    const touched = found.startIndex < newEnd + 1 && found.endIndex > prefix - 1;
    const outside = found.endIndex <= prefix || found.startIndex >= newEnd;
    if (touched && !outside) carried.push({ found, from: 'now', index });
  });
  return carried.sort((a, b) => a.found.startIndex - b.found.startIndex || b.found.endIndex - a.found.endIndex);
}

const block = 4_096;

/** How many UTF-16 units are the same at the start and, beyond those, at the end. */
export function unchangedEnds(before: string, now: string): { readonly prefix: number; readonly suffix: number } {
  const most = Math.min(before.length, now.length);
  // By blocks first: comparing strings is quicker than comparing their units.
  let prefix = 0;
  while (prefix + block <= most && before.slice(prefix, prefix + block) === now.slice(prefix, prefix + block)) {
    prefix += block;
  }
  while (prefix < most && before.charCodeAt(prefix) === now.charCodeAt(prefix)) prefix += 1;
  let suffix = 0;
  while (
    suffix + block <= most - prefix &&
    before.slice(before.length - suffix - block, before.length - suffix) ===
      now.slice(now.length - suffix - block, now.length - suffix)
  ) {
    suffix += block;
  }
  while (
    suffix < most - prefix &&
    before.charCodeAt(before.length - 1 - suffix) === now.charCodeAt(now.length - 1 - suffix)
  ) {
    suffix += 1;
  }
  return { prefix, suffix };
}

/** Moves functions that stand after an edit, which ended at `oldEnd` in the text before and ends at `newEnd` now. */
export function moveAfter(
  before: string,
  now: string,
  oldEnd: number,
  newEnd: number,
): (found: FoundFunction) => FoundFunction {
  const from = placeOf(before, oldEnd);
  const to = placeOf(now, newEnd);
  const rows = to.row - from.row;
  const columns = to.column - from.column;
  const point = ({ row, column }: Point): Point => ({
    row: row + rows,
    column: row === from.row ? column + columns : column,
  });
  return (found) => ({
    ...found,
    line: found.line + rows,
    start: point(found.start),
    end: point(found.end),
    startIndex: found.startIndex + newEnd - oldEnd,
    endIndex: found.endIndex + newEnd - oldEnd,
    selectionStart: point(found.selectionStart),
    selectionEnd: point(found.selectionEnd),
    // A header may start before the function, within the edit.
    headerStart: found.headerStart.row < from.row ? point(found.start) : point(found.headerStart),
    headerEnd: point(found.headerEnd),
  });
}

function placeOf(text: string, index: number): Point {
  let row = 0;
  let start = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) {
    row += 1;
    start = at + 1;
  }
  return { row, column: index - start };
}
