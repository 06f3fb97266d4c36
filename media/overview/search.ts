/** Functions by a part of their name or of their file's path. */
import type { TreeNode } from './function-tree.ts';
import type { Slices } from './slices.ts';

/** Words, in any order and case, each of which has to be in `path name`. */
export async function foundFunctions(root: TreeNode, words: string, slices: Slices): Promise<readonly TreeNode[]> {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found: TreeNode[] = [];
  const waiting = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.kind === 'function') {
      const text = `${node.path} ${node.name}`.toLowerCase();
      if (wanted.every((word) => text.includes(word))) found.push(node);
    } else for (const child of node.children) waiting.push(child);
    if (slices.due) await slices.pause();
  }
  return found;
}
