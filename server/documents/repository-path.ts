/** Where a document is within its repository: the name by which services know its file. */
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { LRUCache } from 'lru-cache';

export interface RepositoryPath {
  /** The repository's root folder, or the workspace folder where there is none. */
  readonly root: string;
  /** Relative to the root, with `/`, as in the workspace. */
  readonly path: string;
  readonly isRepository: boolean;
}

/** Finds the repository of files, and remembers it for a while. */
export class RepositoryPaths {
  readonly #roots = new LRUCache<string, { readonly root: string | undefined }>({ max: 2_000, ttl: 60_000 });

  /** Undefined when the file is in no repository and no workspace folder. */
  async of(file: string, workspaceFolders: readonly string[]): Promise<RepositoryPath | undefined> {
    const root = await this.#repositoryRoot(dirname(file));
    if (root !== undefined) return { root, path: inside(root, file) ?? '', isRepository: true };
    const folder = workspaceFolders
      .filter((candidate) => inside(candidate, file) !== undefined)
      .sort((a, b) => b.length - a.length)[0];
    return folder === undefined ? undefined : { root: folder, path: inside(folder, file) ?? '', isRepository: false };
  }

  /** The repository's root for a folder, if it is in one. */
  async rootOf(folder: string): Promise<string | undefined> {
    return this.#repositoryRoot(folder);
  }

  async #repositoryRoot(folder: string): Promise<string | undefined> {
    const visited: string[] = [];
    let current = folder;
    let root: string | undefined;
    for (;;) {
      const known = this.#roots.get(current);
      if (known) {
        root = known.root;
        break;
      }
      visited.push(current);
      // A folder in a clone, a file in a worktree or a submodule.
      if (await exists(join(current, '.git'))) {
        root = current;
        break;
      }
      const parent = dirname(current);
      if (parent === current) break;
      current = parent;
    }
    for (const each of visited) this.#roots.set(each, { root });
    return root;
  }
}

/** The path of a file relative to a folder, with `/`; undefined when it is not in it. */
export function inside(folder: string, file: string): string | undefined {
  const path = relative(folder, file);
  if (path === '' || path.startsWith('..') || isAbsolute(path)) return undefined;
  return sep === '/' ? path : path.split(sep).join('/');
}

export interface PathMapping {
  readonly workspace: string;
  readonly deployed: string;
}

/** The name by which services know a file: the longest mapping that fits replaces its start. */
export function deployedPath(path: string, mappings: readonly PathMapping[]): string {
  const mapping = longest(mappings, ({ workspace }) => path.startsWith(workspace), 'workspace');
  return mapping ? mapping.deployed + path.slice(mapping.workspace.length) : path;
}

/** The inverse of {@link deployedPath}. */
export function workspacePath(path: string, mappings: readonly PathMapping[]): string {
  const mapping = longest(mappings, ({ deployed }) => path.startsWith(deployed), 'deployed');
  return mapping ? mapping.workspace + path.slice(mapping.deployed.length) : path;
}

function longest(
  mappings: readonly PathMapping[],
  fits: (mapping: PathMapping) => boolean,
  side: keyof PathMapping,
): PathMapping | undefined {
  return mappings.filter(fits).sort((a, b) => b[side].length - a[side].length)[0];
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
