/** npm, with the Node of the tools, for what tests bring into the cache folder. */
import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

export const installTimeoutMilliseconds = 15 * 60_000;

/** Runs no script of a package. Throws with the last lines of what npm says when it fails. */
export function runNpm(
  nodeBinary: string,
  workingFolder: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const all = [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  return new Promise((resolve, reject) => {
    execFile(
      process.platform === 'win32' ? 'npm.cmd' : 'npm',
      all,
      {
        cwd: workingFolder,
        env: { ...process.env, PATH: `${dirname(nodeBinary)}${delimiter}${process.env.PATH ?? ''}` },
        timeout: installTimeoutMilliseconds,
        maxBuffer: 64 * 1024 * 1024,
        shell: process.platform === 'win32',
        ...(signal === undefined ? {} : { signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve();
        const tail = `${stdout}${stderr}`.trim().split('\n').slice(-15).join('\n');
        reject(new Error(`npm ${all.join(' ')} failed in ${workingFolder}: ${error.message}\n${tail}`));
      },
    );
  });
}
