import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentVariables, homeFiles } from '@runlens/protocol';
import { exitCodes } from '../exit-codes.ts';
import type { Check } from './check.ts';

/** Bits that let others than the owner in; Windows has no such bits, and keeps others out of the profile folder itself. */
const othersMask = process.platform === 'win32' ? 0 : 0o077;

const modeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mode }) => mode & 0o777,
    () => undefined,
  );

export const homeCheck: Check = {
  name: 'home folder',
  async run({ home }) {
    const mode = await modeOf(home);
    if (mode === undefined) {
      return {
        status: 'warning',
        finding: `${home} is not there yet`,
        remedy: `Start "runlens collector" once, or set ${environmentVariables.home} to the folder that its collector uses.`,
      };
    }
    if ((mode & othersMask) === 0) return { status: 'ok', finding: `${home} is open to you only` };
    return {
      status: 'warning',
      finding: `${home} is open to others of this machine (mode ${mode.toString(8)})`,
      remedy: `chmod 700 "${home}"`,
    };
  },
};

export const tokenCheck: Check = {
  name: 'token',
  async run({ home, location, session }) {
    const path = join(home, homeFiles.token);
    const mode = await modeOf(path);
    if (mode !== undefined && (mode & othersMask) !== 0) {
      return {
        status: 'failed',
        finding: `${path} can be read by others of this machine (mode ${mode.toString(8)})`,
        remedy: `Stop the collector, delete the file and start the collector again: it makes a new token.`,
        exitCode: exitCodes.failure,
      };
    }
    if (session.env[environmentVariables.token]) return { status: 'ok', finding: `from ${environmentVariables.token}` };
    if (mode !== undefined) {
      return location.token === undefined
        ? { status: 'ok', finding: `${path} is yours only; it is not sent to ${location.url}` }
        : { status: 'ok', finding: `${path} is yours only` };
    }
    return {
      status: 'warning',
      finding: `there is none at ${path}`,
      remedy: `Start "runlens collector" once, which makes it, or set ${environmentVariables.token}.`,
    };
  },
};
