/** Puts changed files into the working tree, or commits them once the repository's own check passes with them; else nothing is changed. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { neutralise } from '@runlens/agent';
import { commitFiles, commitOnBranch, GitFailure } from './commit.ts';
import { ownCheck, runCheck } from './repository-check.ts';

/** `files`: left in the working tree. `branch`: committed there, and the files on disk stay as they are. */
export type ChangeTarget =
  | { readonly kind: 'files' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'branch'; readonly name: string };

export interface FileChange {
  /** Relative to the root, with `/`. */
  readonly file: string;
  /** On disk; undefined: it is not there. */
  readonly before: string | undefined;
  readonly after: string;
}

interface ChangeOptions {
  readonly root: string;
  readonly to: ChangeTarget;
  /** The repository's own; undefined: `npm run check`, where there is one. */
  readonly check: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** Of the commit, by the check that passed. */
  readonly message: (check: string) => string;
}

export type ChangesMade =
  /** `commit`: its id. */
  { readonly kind: 'made'; readonly commit?: string } | { readonly kind: 'refused'; readonly why: string };

export async function makeChanges(
  changes: readonly FileChange[],
  { root, to, check: given, environment, message }: ChangeOptions,
): Promise<ChangesMade> {
  const fail = (why: string): ChangesMade => ({ kind: 'refused', why });
  for (const each of changes) {
    // Somebody may have saved it while production was asked.
    const now = await readFile(join(root, each.file), 'utf8').catch(() => undefined);
    if (now !== each.before) return fail(`${each.file} was changed meanwhile: run it again`);
  }
  if (to.kind === 'files') {
    await write(root, changes);
    return { kind: 'made' };
  }
  const check = given ?? (await ownCheck(root));
  if (check === undefined) {
    return fail(
      'the repository tells of no check of its own, so nothing is committed: give --check, or leave the change in the files',
    );
  }
  await write(root, changes);
  let done = false;
  try {
    const problem = await runCheck(root, check, environment);
    if (problem !== undefined) return fail(`the repository's own check does not pass: ${neutralise(problem, 600)}`);
    const words = message(check);
    const paths = changes.map(({ file }) => file);
    const texts = changes.map(({ file, after }) => ({ path: file, text: after }));
    const commit =
      to.kind === 'commit'
        ? await commitFiles(root, paths, words, environment)
        : await commitOnBranch(root, to.name, texts, words, environment);
    done = to.kind === 'commit';
    return { kind: 'made', commit };
  } catch (error) {
    if (error instanceof GitFailure) return fail(neutralise(error.message, 500));
    throw error;
  } finally {
    if (!done) await restore(root, changes);
  }
}

async function write(root: string, changes: readonly FileChange[]): Promise<void> {
  for (const { file, after } of changes) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), after);
  }
}

/** Only what still is as it was written here. */
async function restore(root: string, changes: readonly FileChange[]): Promise<void> {
  for (const { file, before, after } of changes) {
    const path = join(root, file);
    if ((await readFile(path, 'utf8').catch(() => undefined)) !== after) continue;
    if (before === undefined) await rm(path);
    else await writeFile(path, before);
  }
}
