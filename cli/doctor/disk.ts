import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitCodes } from '../exit-codes.ts';
import type { Check } from './check.ts';

/** The store refuses new data rather than break when the disk is full; this leaves time to do something before. */
const fewBytes = 1024 ** 3;
const noBytes = 64 * 1024 ** 2;

export const diskCheck: Check = {
  name: 'disk',
  async run({ home }) {
    const free = await freeBytes(home);
    if (free === undefined) return { status: 'skipped', finding: 'the free space cannot be told here' };
    const finding = `${(free / 1024 ** 3).toFixed(1)} GB free for ${home}`;
    if (free >= fewBytes) return { status: 'ok', finding };
    const remedy = 'Free some space, or start the collector with --data on another disk.';
    if (free >= noBytes) return { status: 'warning', finding, remedy };
    return { status: 'failed', finding, remedy, exitCode: exitCodes.failure };
  },
};

/** Of the nearest folder that exists. */
async function freeBytes(folder: string): Promise<number | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch {
      if (dirname(at) === at) return undefined;
    }
  }
}
