import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startOwnedProcess } from './owned-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'runlens-owned-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
};

it('once stopped, a process has gone with all that it started, also what takes a while to end', async () => {
  // Giving 400 MB back takes the system some milliseconds, in which the process is still there.
  const child = `
    process.on('SIGTERM', () => {});
    globalThis.kept = Array.from({ length: 4 }, () => Buffer.alloc(100 * 1024 * 1024, 1));
    console.log('started ' + process.pid);
    setInterval(() => {}, 1_000);`;
  const leader = `
    require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' });
    setInterval(() => {}, 1_000);`;
  const owned = await startOwnedProcess({
    command: process.execPath,
    args: ['-e', leader],
    workingFolder: folder,
    environment: process.env,
    logFile: join(folder, 'log'),
  });
  const [, processId] = await owned.waitForOutput(/started (\d+)/, 20_000);
  await owned.stop(200);
  expect([isAlive(owned.pid), isAlive(Number(processId))]).toEqual([false, false]);
});
