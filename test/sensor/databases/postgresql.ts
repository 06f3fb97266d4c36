/** A PostgreSQL of a test's own, from Debian's packages, which writes each statement that it runs into its log. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSystemPackages } from '../../../scripts/system-packages.mjs';
import { freePort, untilItListens } from './ports.ts';

const versions = '/usr/lib/postgresql';

export class Postgresql implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()));
    this.url = `postgresql://runlens@127.0.0.1:${port}/postgres`;
  }

  static async start(): Promise<Postgresql> {
    const binaries = installed();
    const folder = await mkdtemp(join(tmpdir(), 'runlens-postgresql-'));
    // It refuses to run as root.
    const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
    if (user.uid !== undefined) await chown(folder, user.uid, user.gid);
    const data = join(folder, 'data');
    const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
    execFileSync(join(binaries, 'initdb'), ['-D', data, '-U', 'runlens', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
      ...options,
      stdio: 'ignore',
      timeout: 60_000,
    });
    const port = await freePort();
    const settings = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      logging_collector: 'on',
      log_directory: folder,
      log_filename: 'statements.log',
      log_statement: 'all',
      log_line_prefix: '',
      log_destination: 'stderr',
    };
    const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(join(binaries, 'postgres'), ['-D', data, ...given], { ...options, stdio: 'ignore' });
    const started = new Postgresql(folder, port, child);
    await untilItListens(port, child);
    return started;
  }

  /** Everything that was asked, in order, as the server writes it: with placeholders, and lines joined. */
  async statements(): Promise<readonly string[]> {
    const text = await readFile(join(this.#folder, 'statements.log'), 'utf8');
    const entries = text.split(/^(?=[A-Z]+: {2})/m);
    return entries.flatMap((entry) => {
      const [, statement] = /^LOG: {2}(?:statement|execute [^:]*): (.*)$/s.exec(entry.trimEnd()) ?? [];
      return statement === undefined ? [] : [statement.replaceAll('\n', ' ')];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its fast way to end, which waits for no client.
    this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(timer);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function installed(): string {
  const newest = () =>
    existsSync(versions)
      ? readdirSync(versions)
          .map((version) => join(versions, version, 'bin'))
          .filter((folder) => existsSync(join(folder, 'initdb')))
          .sort()
          .at(-1)
      : undefined;
  if (newest() === undefined) ensureSystemPackages(['postgresql'], console.log);
  const folder = newest();
  if (folder === undefined) throw new Error(`there is no initdb below ${versions}: install PostgreSQL`);
  return folder;
}

const idOf = (option: string): number => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
