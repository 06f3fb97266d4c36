/**
 * A walk over a syntax tree in source order, by cursor: two or three calls into WebAssembly a node, no object for most
 * nodes, and nothing at all for those within a statement whose text cannot hold a function. That is what makes a file of
 * 2,000 functions (250,000 nodes) take 30 ms and not 100 (`bench/lens.bench.ts`).
 * The walk keeps its own stack, so deeply nested text cannot overflow the call stack.
 */
import type { Language, Node, Tree } from 'web-tree-sitter';

export interface WalkPlan {
  /** Node types that hold no function: not descended into. */
  readonly skip: readonly string[];
  /** Node types whose node a rule may ask for while inside of it. */
  readonly keep: readonly string[];
  /** Node types that are reported; kept as well. */
  readonly visit: readonly string[];
  /** What the text of every reported node has in it: what has none of it is not descended into. Global flag. */
  readonly mark: RegExp;
}

export interface Frame {
  readonly type: string;
  /** The field of its parent that this node is in. */
  readonly field: string | null;
  /** Of kept and visited types only. */
  readonly node: Node | null;
  /** This node or one around it is a region that the parser could not read. */
  readonly inError: boolean;
  left: boolean;
}

/** The path from the root to the node visited, which is last. */
export type Path = readonly Frame[];

const roleOf = { plain: 0, skip: 1, keep: 2, visit: 3 } as const;
const compiled = new WeakMap<WalkPlan, WeakMap<Language, Uint8Array>>();

function compile(plan: WalkPlan, language: Language): Uint8Array {
  const byLanguage = compiled.get(plan) ?? new WeakMap<Language, Uint8Array>();
  compiled.set(plan, byLanguage);
  const known = byLanguage.get(language);
  if (known) return known;
  const roles = new Uint8Array(language.nodeTypeCount);
  const skip = new Set(plan.skip);
  const keep = new Set(plan.keep);
  const visit = new Set(plan.visit);
  for (let id = 0; id < language.nodeTypeCount; id += 1) {
    const type = language.nodeTypeForId(id);
    // Keywords have types too: `class` is a node in JavaScript and a keyword. Leaves are never descended into anyway.
    if (type === null) continue;
    if (visit.has(type) && language.nodeTypeIsNamed(id)) roles[id] = roleOf.visit;
    else if (keep.has(type) && language.nodeTypeIsNamed(id)) roles[id] = roleOf.keep;
    else if (skip.has(type) || !language.nodeTypeIsNamed(id)) roles[id] = roleOf.skip;
  }
  byLanguage.set(language, roles);
  return roles;
}

/**
 * Walks the tree. `enter` is called for each node of a visited type, with the path to it; where it returned true,
 * `leave` is called when the walk has left that node. With a `part`, only the statements of the file (the root's children)
 * that start within it.
 */
export function walkTree(
  tree: Tree,
  text: string,
  plan: WalkPlan,
  enter: (path: Path) => boolean,
  leave: () => void,
  part: { readonly from: number; readonly to: number } = { from: 0, to: text.length + 1 },
): void {
  const marks = marksOf(text, plan.mark, part);
  const roles = compile(plan, tree.language);
  const types = tree.language.types;
  const cursor = tree.walk();
  const stack: Frame[] = [];
  try {
    let descending = true;
    for (;;) {
      if (descending && (stack.length !== 1 || (cursor.startIndex >= part.from && cursor.startIndex < part.to))) {
        const id = cursor.nodeTypeId;
        const role = roles[id] ?? roleOf.plain;
        if (role !== roleOf.skip) {
          const frame: Frame = {
            type: types[id] ?? cursor.nodeType,
            field: role === roleOf.plain && stack.length === 0 ? null : cursor.currentFieldName,
            node: role === roleOf.keep || role === roleOf.visit ? cursor.currentNode : null,
            inError: (stack.at(-1)?.inError ?? false) || types[id] === undefined,
            left: false,
          };
          stack.push(frame);
          if (role === roleOf.visit) frame.left = enter(stack);
          if (hasMark(marks, cursor.startIndex, cursor.endIndex) && cursor.gotoFirstChild()) continue;
          stack.pop();
          if (frame.left) leave();
        }
      }
      if (cursor.gotoNextSibling()) {
        descending = true;
        continue;
      }
      if (!cursor.gotoParent()) return;
      descending = false;
      if (stack.pop()?.left) leave();
    }
  } finally {
    cursor.delete();
  }
}

/** Where the marks of a part end, ascending. */
function marksOf(text: string, mark: RegExp, part: { readonly from: number; readonly to: number }): Int32Array {
  const marks: number[] = [];
  // `test` makes no object a match, as `matchAll` does.
  mark.lastIndex = part.from;
  while (mark.test(text) && mark.lastIndex <= part.to) marks.push(mark.lastIndex - 1);
  return Int32Array.from(marks);
}

/** By bisection. */
function hasMark(marks: Int32Array, start: number, end: number): boolean {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low < marks.length && (marks[low] ?? 0) < end;
}
