import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exitCodes } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import type { PlannedFile } from './plan-init.ts';

/** Throws where a file is not as it was shown, or cannot be written; those before it are written. */
export function carryOut(root: string, files: readonly PlannedFile[]): void {
  for (const { path, change } of files) {
    if (change.kind !== 'write' && change.kind !== 'delete') continue;
    const at = join(root, path);
    if (readOrNothing(at) !== change.before) {
      throw new CliFailure(exitCodes.failure, `${path} was changed meanwhile, and is left as it is: run this again.`);
    }
    try {
      if (change.kind === 'delete') {
        rmSync(at);
        removeEmptyFolder(dirname(at));
      } else write(at, change.after);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CliFailure(
        exitCodes.failure,
        `${path} could not be written (${why}): see to its rights, and run this again.`,
      );
    }
  }
}

/** In one step: whoever reads it meanwhile has the old text or the new one. */
function write(at: string, text: string): void {
  mkdirSync(dirname(at), { recursive: true });
  const partial = `${at}.${process.pid}.partial`;
  writeFileSync(partial, text);
  renameSync(partial, at);
}

function removeEmptyFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It holds more.
  }
}

function readOrNothing(at: string): string | undefined {
  try {
    return readFileSync(at, 'utf8');
  } catch {
    return undefined;
  }
}
