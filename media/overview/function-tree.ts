/** The functions of a service by folder and file, with sums. */
import type { OverviewResponse } from '@runlens/protocol/api/overview';
import type { Slices } from './slices.ts';

interface Sums {
  /** Estimated seconds; of a folder the sum of its functions, in which a caller's holds its callees'. */
  seconds: number;
  calls: number;
  errors: number;
}
export type Measure = 'seconds' | 'calls';

export interface TreeNode extends Sums {
  readonly kind: 'folder' | 'file' | 'function';
  /** Of a folder that holds only one other: both, `src/pricing`. */
  name: string;
  /** Of a function: of its file. */
  readonly path: string;
  /** Of a function, in the deployed text; else 0. */
  readonly line: number;
  parent: TreeNode | undefined;
  children: TreeNode[];
  /** Functions in it, also those that were not called. */
  functions: number;
  /** By which the children are sorted now. */
  sorted: Measure | undefined;
}

const node = (
  kind: TreeNode['kind'],
  name: string,
  path: string,
  line: number,
  parent: TreeNode | undefined,
): TreeNode => ({
  ...{ kind, name, path, line, parent },
  ...{ children: [], functions: 0, sorted: undefined, seconds: 0, calls: 0, errors: 0 },
});

/** The root is a folder without a name. */
export async function functionTree({ files, functions }: OverviewResponse, slices: Slices): Promise<TreeNode> {
  const root = node('folder', '', '', 0, undefined);
  const folders = new Map<string, TreeNode>([['', root]]);
  const fileNodes: TreeNode[] = [];
  for (const path of files) {
    const file = node('file', path.slice(path.lastIndexOf('/') + 1), path, 0, folderOf(path, folders, root));
    file.parent?.children.push(file);
    fileNodes.push(file);
    if (slices.due) await slices.pause();
  }
  for (const [i, name] of functions.name.entries()) {
    const file = fileNodes[functions.file[i] ?? -1];
    if (file === undefined) continue;
    const leaf = node('function', name, file.path, functions.line[i] ?? 0, file);
    leaf.seconds = functions.seconds[i] ?? 0;
    leaf.calls = functions.calls[i] ?? 0;
    leaf.errors = functions.errors[i] ?? 0;
    leaf.functions = 1;
    file.children.push(leaf);
    for (let above: TreeNode | undefined = file; above; above = above.parent) {
      above.seconds += leaf.seconds;
      above.calls += leaf.calls;
      above.errors += leaf.errors;
      above.functions += 1;
    }
    if (slices.due) await slices.pause();
  }
  return shortened(root);
}

function folderOf(path: string, folders: Map<string, TreeNode>, root: TreeNode): TreeNode {
  const end = path.lastIndexOf('/');
  if (end < 0) return root;
  const folder = path.slice(0, end);
  const known = folders.get(folder);
  if (known) return known;
  const parent = folderOf(folder, folders, root);
  const made = node('folder', folder.slice(folder.lastIndexOf('/') + 1), folder, 0, parent);
  parent.children.push(made);
  folders.set(folder, made);
  return made;
}

/** Folders that hold nothing but one folder are one. */
function shortened(folder: TreeNode): TreeNode {
  folder.children = folder.children.map((child) => {
    if (child.kind !== 'folder') return child;
    let last = child;
    let name = child.name;
    for (let only = last.children; only.length === 1 && only[0]?.kind === 'folder'; only = last.children) {
      last = only[0];
      name += `/${last.name}`;
    }
    last.name = name;
    last.parent = folder;
    return shortened(last);
  });
  return folder;
}

/** The children, most first. */
export function sortedChildren(of: TreeNode, measure: Measure): readonly TreeNode[] {
  if (of.sorted !== measure) {
    of.children.sort((one, other) => other[measure] - one[measure] || (one.name < other.name ? -1 : 1));
    of.sorted = measure;
  }
  return of.children;
}

/** The node of a path that was kept: the nearest that is still there. */
export function nodeAt(root: TreeNode, path: readonly string[]): TreeNode {
  let at = root;
  for (const name of path) {
    const next = at.children.find((child) => child.name === name && child.kind !== 'function');
    if (!next) return at;
    at = next;
  }
  return at;
}

/** Names from the root down to a node. */
export function pathTo(at: TreeNode): readonly string[] {
  return at.parent ? [...pathTo(at.parent), at.name] : [];
}
