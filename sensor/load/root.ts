import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, parse, resolve, sep } from 'node:path';
import { folderWith, repositoryRoot } from '../source/repository.ts';
import { isInNodeModules } from './first-party.ts';

/**
 * The folder that file paths are relative to: what was configured, else the top of the repository around the program
 * (or around the working directory when the program is a tool of `node_modules`), else, where there is no repository
 * as in most images, the working directory if the program lies in it, else the folder of the nearest `package.json`.
 */
export function findRoot(configured: string | undefined, workingFolder: string, program: string | undefined): string {
  if (configured !== undefined) return resolve(workingFolder, configured);
  const found = program === undefined ? undefined : folderOfProgram(resolve(workingFolder, program));
  const start = found === undefined || isInNodeModules(`${found}${sep}`) ? workingFolder : found;
  const repository = repositoryRoot(start);
  if (repository !== undefined && !isTooWide(repository)) return repository;
  const within = start === workingFolder || start.startsWith(workingFolder + sep);
  if (within && !isTooWide(workingFolder)) return workingFolder;
  return folderWith('package.json', start) ?? start;
}

/** `/` and the home folder hold much more than one service, also where somebody made them a repository. */
function isTooWide(folder: string): boolean {
  return folder === parse(folder).root || folder === homedir();
}

/** The real folder of a program; `node app` may mean app.js as well as the package in the folder app. */
export function folderOfProgram(program: string): string | undefined {
  for (const candidate of [program, `${program}.js`]) {
    try {
      const real = realpathSync(candidate);
      return statSync(real).isDirectory() ? real : dirname(real);
    } catch {
      // The next one.
    }
  }
  return undefined;
}
