/** The repository that a command runs in, as a source of changes. */
import { Git } from '@runlens/server/git/git';
import { type ChangedFiles, changedFiles } from '@runlens/server/review/changed-files';
import { changeReader } from '@runlens/server/review/read-change';
import { repositoryRoot } from '../repository-path.ts';
import type { Session } from '../session.ts';

export type ChangeSource = ReturnType<typeof changeReader> & AsyncDisposable & { readonly changedFiles: ChangedFiles };

/** What was read is given back when the scope ends. */
export function changeSource(session: Pick<Session, 'cwd' | 'env'>): ChangeSource {
  // Who runs the command in a folder trusts it; the repository's own programs are not started all the same.
  const git = new Git({ trusted: () => true, environment: { ...session.env } });
  const root = repositoryRoot(session);
  const reader = changeReader({ root, git });
  return {
    ...reader,
    changedFiles: changedFiles(root, git, Date.now),
    async [Symbol.asyncDispose]() {
      await reader.dispose();
      git.dispose();
    },
  };
}
