/** A MariaDB of a test's own, from Debian's packages, which writes each statement that it runs into its log. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ensureSystemPackages } from '../../../scripts/system-packages.mjs';
import { freePort, untilItListens } from './ports.ts';

const server = '/usr/sbin/mariadbd';

export class Mariadb implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()));
    this.url = `mysql://runlens@127.0.0.1:${port}/test`;
  }

  /** `rights`: statements, each on a line, that make roles with rights of their own; without it anybody may do anything. */
  static async start({ rights }: { readonly rights?: string } = {}): Promise<Mariadb> {
    if (!existsSync(server)) ensureSystemPackages(['mariadb-server'], console.log);
    const folder = await mkdtemp(join(tmpdir(), 'runlens-mariadb-'));
    await chmod(folder, 0o700);
    const data = join(folder, 'data');
    const user = `--user=${userInfo().username}`;
    execFileSync('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, user], {
      stdio: 'ignore',
      timeout: 60_000,
    });
    const port = await freePort();
    const begin = join(folder, 'rights.sql');
    if (rights !== undefined) await writeFile(begin, rights);
    const child = spawn(
      server,
      [
        '--no-defaults',
        user,
        `--datadir=${data}`,
        `--socket=${join(folder, 'socket')}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        rights === undefined ? '--skip-grant-tables' : `--init-file=${begin}`,
        '--innodb-flush-log-at-trx-commit=0',
        '--general-log=1',
        `--general-log-file=${join(folder, 'statements.log')}`,
      ],
      { stdio: 'ignore' },
    );
    const started = new Mariadb(folder, port, child);
    await untilItListens(port, child);
    return started;
  }

  /** Everything that was asked, in order: queries, and runs of prepared statements with their values. */
  async statements(): Promise<readonly string[]> {
    const text = await readFile(join(this.#folder, 'statements.log'), 'utf8');
    return [...text.matchAll(/^(?:\d{6} [ \d:]+)?\t+ *\d+ (?:Query|Execute)\t(.*)$/gm)].map(([, asked = '']) => asked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(timer);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
