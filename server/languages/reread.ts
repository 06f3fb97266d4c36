/**
 * Functions after an edit: only the statements of the file that the edit touched are walked again, and the functions of
 * all others are those of the reading before, moved. A key stroke in a file of 2,000 functions is read in a tenth of the
 * time (`bench/lens.bench.ts`). Pure.
 */
import type { Tree } from 'web-tree-sitter';
import { moveAfter, unchangedEnds } from '../documents/carry-functions.ts';
import type { FoundFunction, ReadingBefore } from './definition.ts';

/** A part of the text, by statements of the file, and the nameless functions of the file that stand before it. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly nameless: number;
}

/**
 * The functions of `text`. `read` walks a part. Undefined where the reading before does not help: the parser lost the
 * whole file, or nameless functions of the file came or went, so that those after them have other numbers.
 */
export function rereadFunctions(
  tree: Tree,
  text: string,
  before: ReadingBefore,
  read: (part: Part) => readonly FoundFunction[],
): FoundFunction[] | undefined {
  const root = tree.rootNode;
  if (root.isError) return undefined;
  const { prefix, suffix } = unchangedEnds(before.text, text);
  // What is parsed another way counts as changed, though its text is the same.
  const from = Math.min(prefix, ...before.changed.map(({ startIndex }) => startIndex));
  const to = Math.max(text.length - suffix, ...before.changed.map(({ endIndex }) => endIndex));
  // A statement that ends where the edit begins may be another one now.
  const first = root.firstChildForIndex(Math.max(0, from - 1));
  const partFrom = Math.min(from, first?.startIndex ?? from);
  const around = root.firstChildForIndex(to);
  const after = around && around.startIndex <= to ? around.nextSibling : around;
  const partTo = after?.startIndex ?? text.length + 1;

  const shift = text.length - before.text.length;
  const head = before.functions.filter(({ startIndex }) => startIndex < partFrom);
  const tail = before.functions.filter(({ startIndex }) => startIndex >= partTo - shift);
  if (head.some(({ endIndex }) => endIndex > partFrom)) return undefined;
  const touched = before.functions.slice(head.length, before.functions.length - tail.length);
  const nameless = numberedByFile(head);
  const walked = read({ from: partFrom, to: partTo, nameless });
  if (root.hasError || before.hasError) {
    // A function that could not be read has a number, too, and is not in the lists.
    if (numberedByFile(walked) > 0 || numberedByFile(tail) > 0) return undefined;
  } else if (numberedByFile(tail) > 0 && numberedByFile(walked) !== numberedByFile(touched)) return undefined;
  const move = moveAfter(before.text, text, before.text.length - suffix, text.length - suffix);
  return [...head, ...walked, ...tail.map(move)];
}

/** How many of the functions that are in no other have a number in their name: it is the file's own count. */
function numberedByFile(functions: readonly FoundFunction[]): number {
  let end = 0;
  let count = 0;
  for (const each of functions) {
    if (each.startIndex < end) continue;
    end = each.endIndex;
    if (/\(#\d+\)/.test(each.name)) count += 1;
  }
  return count;
}
