/** Functions by a part of their name or of their file's path. */
import type { Measure, TreeNode } from './function-tree.ts';
import type { Slices } from './slices.ts';

/** Words, in any order and case, each of which has to be in `path name`. */
export async function foundFunctions(root: TreeNode, words: string, slices: Slices): Promise<ReadonlySet<TreeNode>> {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Set<TreeNode>();
  const waiting = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.kind === 'function') {
      const text = `${node.path} ${node.name}`.toLowerCase();
      if (wanted.every((word) => text.includes(word))) found.add(node);
    } else for (const child of node.children) waiting.push(child);
    if (slices.due) await slices.pause();
  }
  return found;
}

/** The first of some by a measure, without sorting all: a letter may find every function there is. */
export function firstOf(nodes: Iterable<TreeNode>, measure: Measure, limit: number): readonly TreeNode[] {
  const first: TreeNode[] = [];
  for (const node of nodes) {
    const least = first[limit - 1];
    if (least && least[measure] >= node[measure]) continue;
    const after = first.findIndex((one) => one[measure] < node[measure]);
    first.splice(after < 0 ? first.length : after, 0, node);
    first.length = Math.min(first.length, limit);
  }
  return first;
}
