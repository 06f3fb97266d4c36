/** The memories of the repository that a command runs in. */
import { Git } from '@runlens/server/git/git';
import { memoryKeeper } from '@runlens/server/memory/memory-keeper';
import { repositoryRoot } from '../repository-path.ts';
import type { Session } from '../session.ts';

interface MemorySource extends Disposable {
  of(asker: { readonly agent: string; readonly session: string }): ReturnType<typeof memoryKeeper>;
}

export function memorySource(session: Pick<Session, 'cwd' | 'env' | 'now'>): MemorySource {
  // Who runs the command in a folder trusts it; the repository's own programs are not started all the same.
  const git = new Git({ trusted: () => true, environment: { ...session.env } });
  const root = repositoryRoot(session);
  return {
    of: (asker) => memoryKeeper({ root, git, now: session.now }, asker),
    [Symbol.dispose]: () => git.dispose(),
  };
}
