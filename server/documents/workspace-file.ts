/** Finds in the workspace a file that a service names. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryPaths } from './repository-path.ts';

/** The repositories of the workspace's folders, then the folders themselves. */
export async function workspaceRoots(
  paths: RepositoryPaths,
  workspaceFolders: readonly string[],
): Promise<readonly string[]> {
  const roots = await Promise.all(workspaceFolders.map(async (folder) => (await paths.rootOf(folder)) ?? folder));
  return [...new Set([...roots, ...workspaceFolders])];
}

/** The file under the first root that has it; hostile paths cannot leave the root. */
export async function findFile(roots: readonly string[], path: string): Promise<string | undefined> {
  if (path === '' || path.startsWith('/') || /(^|[/\\])\.\.([/\\]|$)/.test(path) || path.includes('\0'))
    return undefined;
  for (const root of roots) {
    const file = join(root, path);
    try {
      await access(file);
      return file;
    } catch {
      // Not in this one.
    }
  }
  return undefined;
}
