/** A Redis of a test's own, from Debian's packages, which keeps nothing on disk. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { ensureSystemPackages } from '../../../scripts/system-packages.mjs';
import { freePort, untilItListens } from './ports.ts';

const server = '/usr/bin/redis-server';

export class Redis implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  static async start(): Promise<Redis> {
    if (!existsSync(server)) ensureSystemPackages(['redis-server'], console.log);
    const port = await freePort();
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = spawn(server, [...settings, '--dir', tmpdir()], { stdio: 'ignore' });
    await untilItListens(port, child);
    return new Redis(port, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}
