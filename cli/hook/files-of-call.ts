import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { repositoryPath } from '../repository-path.ts';
import type { Session } from '../session.ts';
import type { HookCall } from './hook-call.ts';

/** Of the paths that a tool's input names those that are files of the repository, as the collector knows them. */
export function filesOfCall({ cwd, paths }: Pick<HookCall, 'cwd' | 'paths'>, env: Session['env']): readonly string[] {
  const files = new Set<string>();
  for (const path of paths) {
    const absolute = resolve(cwd, path.replace(/^~(?=[\\/])/, homedir()));
    try {
      if (!statSync(absolute, { throwIfNoEntry: false })?.isFile()) continue;
      files.add(repositoryPath(absolute, { cwd, env }));
    } catch {
      // Outside of the repository, or not to be read: it concerns nobody.
    }
  }
  return [...files];
}
