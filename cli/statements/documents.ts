/** The documents of a repository that carry marked statements. */
import { execFile } from 'node:child_process';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FoundStatement, statementsIn } from '@runlens/agent/statements/statement-text';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';

const deadlineMilliseconds = 30_000;
const mostFiles = 500;
const largestBytes = 1_000_000;

export interface StatedDocument {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly statements: readonly FoundStatement[];
}

/** Those that git knows or would know. `only`: these paths, and what is below them. Throws a {@link CliFailure} where git cannot tell. */
export async function statedDocuments(
  root: string,
  only: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<readonly StatedDocument[]> {
  const documents: StatedDocument[] = [];
  for (const path of (await markedFiles(root, only, environment)).slice(0, mostFiles)) {
    const at = join(root, path);
    const found = await lstat(at).catch(() => undefined);
    // What a link leads to is looked at where it lies.
    if (!found?.isFile() || found.size > largestBytes) continue;
    const text = await readFile(at, 'utf8');
    const statements = statementsIn(path, text);
    if (statements.length > 0) documents.push({ path, text, statements });
  }
  return documents;
}

async function markedFiles(root: string, only: readonly string[], env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const words = [
    '-C',
    root,
    'grep',
    '-l',
    '-z',
    '-I',
    '--untracked',
    '--full-name',
    '-E',
    '-e',
    '<!-- *runlens:|@runlens ',
  ];
  const options = { timeout: deadlineMilliseconds, maxBuffer: 4_000_000, windowsHide: true, env };
  return await new Promise((resolve, reject) => {
    execFile('git', [...words, '--', ...only], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.split('\0').filter((path) => path !== ''));
      // Nothing matches.
      if (error.code === 1 && stderr === '') return resolve([]);
      const said = stderr.trim().split('\n')[0] ?? error.message;
      reject(
        new CliFailure(exitCodes.failure, `git cannot tell which documents have statements: ${said.slice(0, 300)}`),
      );
    });
  });
}
