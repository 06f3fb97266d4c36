/** Where a probe of the command line is to stand: `FILE:LINE` of the working tree, as the sensor understands it. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { blobId } from '@runlens/server/documents/blob';
import { exitCodes } from './exit-codes.ts';
import { CliFailure } from './failure.ts';
import { repositoryPath } from './repository-path.ts';
import type { Session } from './session.ts';

export interface PlaceOfProbe {
  readonly file: string;
  readonly line: number;
  /** Git's id of the text that the line was read in; a service that runs another text refuses it. */
  readonly blob?: string;
}

const largestFile = 32 * 1024 * 1024;

/** `anyVersion`: the line is of the deployed text, and the working tree's is not looked at. */
export function placeOf(target: string, anyVersion: boolean, session: Session): PlaceOfProbe {
  const match = /^(?<file>.+):(?<line>\d{1,8})$/.exec(target);
  const { file, line } = match?.groups ?? {};
  if (file === undefined || line === undefined || Number(line) === 0) {
    throw new CliFailure(
      exitCodes.usage,
      `${target} is no place in code: give a file and a line, such as src/orders.ts:42.`,
    );
  }
  const path = repositoryPath(file, session);
  if (anyVersion) return { file: path, line: Number(line) };
  const text = textOf(resolve(session.cwd, file));
  if (text === undefined) {
    throw new CliFailure(
      exitCodes.usage,
      `${file} is not here to be read: name a file of the working tree, or give a line of the deployed text with --any-version.`,
    );
  }
  const lines = text.split('\n').length;
  if (Number(line) > lines)
    throw new CliFailure(exitCodes.usage, `${file} has ${lines} lines, and none of number ${line}.`);
  return { file: path, line: Number(line), blob: blobId(text) };
}

function textOf(path: string): string | undefined {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined || size > largestFile) return undefined;
  return readFileSync(path, 'utf8');
}
