/** Runs a tool of the workspace to its end, its output passed on. Throws when it fails. */
import { spawn } from 'node:child_process';
import { root } from './toolchain.mjs';

export function exec(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: 'inherit', shell: process.platform === 'win32' });
    child.on('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${[command, ...args].join(' ')} ended with ${code === null ? signal : `code ${code}`}`));
    });
  });
}
