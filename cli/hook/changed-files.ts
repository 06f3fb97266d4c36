import { execFile } from 'node:child_process';

const mostFiles = 100;

/** What differs from the last commit, without files that git does not know, as production does not know them either; relative to the root; undefined: git does not say, or not in time. */
export async function changedFiles(
  root: string,
  env: NodeJS.ProcessEnv,
  timeoutMilliseconds: number,
): Promise<readonly string[] | undefined> {
  return await new Promise((resolve) => {
    execFile(
      'git',
      // No lock is taken: an agent's own git may be at work.
      ['--no-optional-locks', '-C', root, 'status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=no'],
      {
        timeout: timeoutMilliseconds,
        maxBuffer: 1_000_000,
        windowsHide: true,
        env: { ...env, GIT_TERMINAL_PROMPT: '0' },
      },
      (error, stdout) => {
        if (error) return resolve(undefined);
        const files = stdout.split('\0').flatMap((line) => (line.length > 3 ? [line.slice(3)] : []));
        resolve(files.slice(0, mostFiles));
      },
    );
  });
}
