/** Paths as the collector knows them: relative to the repository's root, with `/`. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { environmentVariables } from '@runlens/protocol/environment';
import { exitCodes } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import type { Session } from './session.ts';

export interface CodeTarget {
  readonly file: string;
  readonly function: string | undefined;
}

/**
 * Splits `FILE[:FUNCTION]`. A function's name may hold a colon and a path may, too (Windows drives): the first split
 * whose left side is a file wins, else the first colon that is not a drive's.
 */
export function parseTarget(text: string, cwd: string): CodeTarget {
  const isFile = (path: string): boolean => statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isFile() ?? false;
  if (isFile(text)) return { file: text, function: undefined };
  const colons = [...text.matchAll(/:/g)]
    .map(({ index }) => index)
    .filter((index) => index > 0 && !(index === 1 && /^[A-Za-z]:[\\/]/.test(text)));
  const at = colons.slice(0, 20).find((index) => isFile(text.slice(0, index))) ?? colons[0];
  if (at === undefined) return { file: text, function: undefined };
  return { file: text.slice(0, at), function: text.slice(at + 1) || undefined };
}

/**
 * The path of a file, given relative to the working directory, relative to the root of its repository (`RUNLENS_ROOT`,
 * else the folder with `.git` above it, else that with `package.json`, else the working directory). The file need not exist: it may be deployed and
 * gone here. Links are followed, as Node does in the service. Throws a {@link CliFailure} for a path outside the root.
 */
export function repositoryPath(file: string, { cwd, env }: Pick<Session, 'cwd' | 'env'>): string {
  const absolute = realPath(resolve(cwd, file));
  const set = env[environmentVariables.root];
  const root = realPath(set ? resolve(cwd, set) : defaultRoot(dirname(absolute), cwd));
  const path = relative(root, absolute);
  if (path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) {
    throw new CliFailure(
      exitCodes.usage,
      `${file} is not a file in the repository at ${root}; name a file in it, or set ${environmentVariables.root} to its root.`,
    );
  }
  return path.split(sep).join('/');
}

/** The root of the repository that the working directory is in, as {@link repositoryPath} finds it. */
export function repositoryRoot({ cwd, env }: Pick<Session, 'cwd' | 'env'>): string {
  const set = env[environmentVariables.root];
  return realPath(set ? resolve(cwd, set) : defaultRoot(realPath(cwd), cwd));
}

function defaultRoot(folder: string, cwd: string): string {
  // `.git` is a folder in a clone, a file in a worktree or a submodule.
  return folderAbove(folder, '.git') ?? folderAbove(folder, 'package.json') ?? cwd;
}

function folderAbove(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const parent = dirname(at);
    // As the sensor: the home folder and the top of the disk hold much more than one repository.
    if (at === homedir() || parent === at) return undefined;
    if (existsSync(join(at, name))) return at;
  }
}

/** Resolves links in the part of the path that exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), relative(parent, path));
  }
}
