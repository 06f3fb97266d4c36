// One installer at a time in a folder that several checkouts share: a lock file that holds its owner's process id.
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMilliseconds = 500;

export interface LockOptions {
  readonly timeoutMilliseconds: number;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: (ownerProcessId: number) => void;
}

/**
 * Runs the work while holding the lock; waits while another process that is alive holds it. A lock whose owner has
 * died is taken over. Throws when the lock cannot be had in time.
 */
export async function withLock<T>(lockFile: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(lockFile), { recursive: true });
  const deadline = Date.now() + options.timeoutMilliseconds;
  let told = false;
  while (!(await take(lockFile))) {
    options.signal?.throwIfAborted();
    const owner = Number(await readFile(lockFile, 'utf8').catch(() => '0'));
    if (owner > 0 && !isAlive(owner)) {
      await rm(lockFile, { force: true });
      continue;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `process ${owner} still holds ${lockFile}; stop it, or remove the file if it does something else`,
      );
    }
    if (!told && owner > 0) options.onWait?.(owner);
    told = true;
    await sleep(pollMilliseconds, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
  try {
    return await work();
  } finally {
    await rm(lockFile, { force: true });
  }
}

async function take(lockFile: string): Promise<boolean> {
  try {
    const file = await open(lockFile, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and someone else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
