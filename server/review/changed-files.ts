/** Which files of a working copy are not as they were committed, for who works on them: asked of git at most every ten seconds. */
import type { Git } from '../git/git.ts';
import { parseRaw } from './changed-paths.ts';

const keptMilliseconds = 10_000;
const mostFiles = 100;

/** Undefined: git cannot tell. */
export type ChangedFiles = () => Promise<readonly string[] | undefined>;

export function changedFiles(root: string, git: Git, now: () => number): ChangedFiles {
  let read: { readonly at: number; readonly files: Promise<readonly string[] | undefined> } | undefined;
  return () => {
    const at = now();
    if (read === undefined || at - read.at >= keptMilliseconds || at < read.at)
      read = { at, files: readFrom(root, git).catch(() => undefined) };
    return read.files;
  };
}

async function readFrom(root: string, git: Git): Promise<readonly string[] | undefined> {
  const [raw, untracked] = await Promise.all([git.rawDifferences(root, 'HEAD', undefined), git.untracked(root)]);
  if (raw === undefined) return undefined;
  const paths = parseRaw(raw).flatMap(({ before, after }) => after ?? before ?? []);
  const added = (untracked ?? '').split('\0').filter((path) => path !== '');
  return [...new Set([...paths, ...added])].slice(0, mostFiles);
}
