/** Which functions the commits of this workspace's user changed between two deployed revisions. */
import type { Git } from '../git/git.ts';
import { changeReader } from '../review/read-change.ts';

export interface ChangedByUser {
  readonly file: string;
  readonly function: string;
  readonly line: number;
}

/**
 * In files that commits of the user (`user.email` of the repository) touched, the functions that differ between both revisions.
 * Empty: there are none, or git does not know the revisions here.
 */
export async function ownFunctions(
  git: Git,
  root: string,
  base: string,
  head: string,
  signal: AbortSignal,
): Promise<readonly ChangedByUser[]> {
  const [from, to, email] = await Promise.all([git.commit(root, base), git.commit(root, head), git.userEmail(root)]);
  if (from === undefined || to === undefined || email === undefined) return [];
  const files = await git.filesOfAuthor(root, email, from, to);
  if (files === undefined || files.size === 0) return [];
  const reader = changeReader({ root, git });
  try {
    const change = await reader.read({ base: from, head: to }, signal);
    if (change.kind === 'failed') return [];
    return change.functions.flatMap(({ file, function: name, line, change: how }) =>
      files.has(file) && how !== 'removed' ? [{ file, function: name, line }] : [],
    );
  } finally {
    await reader.dispose();
  }
}
