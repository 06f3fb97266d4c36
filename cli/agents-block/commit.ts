/** Commits of a few files, by the person's own git: with their name, their hooks and their signature. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const deadlineMilliseconds = 120_000;
const mostOutput = 1_000_000;

export interface FileContent {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export class GitFailure extends Error {
  override readonly name = 'GitFailure';
}

interface Run {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Throws a {@link GitFailure} with what git said. */
async function git(
  root: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  { input, env }: Run = {},
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      ['-C', root, ...words],
      {
        timeout: deadlineMilliseconds,
        maxBuffer: mostOutput,
        windowsHide: true,
        env: { ...environment, GIT_TERMINAL_PROMPT: '0', ...env },
      },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout.trim());
        const said = stderr.trim().split('\n').slice(0, 3).join(' ') || error.message;
        reject(new GitFailure(`git ${words[0]} failed: ${said.slice(0, 400)}`));
      },
    );
    child.stdin?.on('error', () => undefined); // git may end before it has read all
    child.stdin?.end(input ?? '');
  });
}

/** On the branch that is checked out: the files as they are on disk, and nothing else, whatever is staged. Its id. */
export async function commitFiles(
  root: string,
  paths: readonly string[],
  message: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  await git(root, ['add', '--intent-to-add', '--', ...paths], environment);
  await git(root, ['commit', '--quiet', '--only', '--file=-', '--', ...paths], environment, { input: message });
  return await git(root, ['rev-parse', 'HEAD'], environment);
}

/**
 * On another branch, which begins at HEAD where there is none, without touching the files on disk or what is staged. Its
 * id. The hooks of a commit do not run: nothing is checked out that they could look at.
 */
export async function commitOnBranch(
  root: string,
  branch: string,
  files: readonly FileContent[],
  message: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  await git(root, ['check-ref-format', '--branch', branch], environment);
  const folder = await mkdtemp(join(tmpdir(), 'runlens-commit-'));
  const env = { GIT_INDEX_FILE: join(folder, 'index') };
  try {
    const tip = await git(root, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`], environment).catch(
      () => undefined,
    );
    const parent = tip ?? (await git(root, ['rev-parse', 'HEAD'], environment));
    await git(root, ['read-tree', parent], environment, { env });
    for (const { path, text } of files) {
      const blob = await git(root, ['hash-object', '-w', '--stdin', '--path', path], environment, { input: text });
      await git(root, ['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], environment, { env });
    }
    const tree = await git(root, ['write-tree'], environment, { env });
    const id = await git(root, ['commit-tree', tree, '-p', parent, '-F', '-'], environment, { input: message });
    // Only from where it was: somebody may have committed meanwhile.
    await git(root, ['update-ref', `refs/heads/${branch}`, id, tip ?? '0'.repeat(40)], environment);
    return id;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The text of a file at the tip of a branch, or at HEAD where there is no such branch; undefined: it is not there. */
export async function committedText(
  root: string,
  branch: string | undefined,
  path: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const show = async (revision: string): Promise<string | undefined> =>
    await new Promise((resolve) => {
      const words = ['-C', root, 'cat-file', 'blob', `${revision}:${path}`];
      const options = { timeout: deadlineMilliseconds, maxBuffer: mostOutput, windowsHide: true, env: environment };
      execFile('git', words, options, (error, stdout) => resolve(error ? undefined : stdout));
    });
  if (branch === undefined) return await show('HEAD');
  const known = await git(root, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`], environment).catch(
    () => undefined,
  );
  return await show(known ?? 'HEAD');
}
