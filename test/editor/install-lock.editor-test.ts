import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './install-lock.ts';

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runlens-lock-'));
  lock = join(folder, 'install.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const patient = { timeoutMilliseconds: 20_000 };

describe('the lock of an install', () => {
  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(lock, patient, work)));
    expect(most).toBe(1);
  });

  it('is given back when the work fails', async () => {
    const failing = withLock(lock, patient, () => Promise.reject(new Error('no network')));
    await expect(failing).rejects.toThrow('no network');
    expect(existsSync(lock)).toBe(false);
  });

  it('is taken over from an owner that has died', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(lock, String(pid));
    expect(await withLock(lock, patient, async () => 'installed')).toBe('installed');
  });

  it('says who holds it when it cannot be had', async () => {
    writeFileSync(lock, String(process.pid));
    const waiting = withLock(lock, { timeoutMilliseconds: 0 }, async () => 'installed');
    await expect(waiting).rejects.toThrow(`process ${process.pid} still holds ${lock}`);
  });

  it('is waited for no longer when the caller gives up', async () => {
    writeFileSync(lock, String(process.pid));
    const stop = new AbortController();
    const waiting = withLock(lock, { ...patient, signal: stop.signal, onWait: () => stop.abort() }, async () => 'no');
    await expect(waiting).rejects.toThrow(/abort/i);
  });
});
