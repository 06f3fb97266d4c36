/** A user's machine for one agent client: a home folder, a PATH with the client and `runlens`, and no network. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { AgentClient } from './agent-clients.ts';

/** Far more than any needs: a client that hangs is to end with what it has said. */
const commandMilliseconds = 300_000;
const mostOutput = 8_000;

export interface ClientSessionOptions {
  readonly client: AgentClient;
  /** The client's program. */
  readonly program: string;
  /** The launcher of the command line. */
  readonly runlens: string;
  /** The collector's home folder: `~/.runlens` of this user. */
  readonly runlensHome: string;
  /** The scripted provider. */
  readonly provider: string;
}

export class ClientSession implements AsyncDisposable {
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #client: AgentClient;

  private constructor(folder: string, environment: Readonly<Record<string, string>>, client: AgentClient) {
    this.#folder = folder;
    this.#environment = environment;
    this.#client = client;
  }

  static async start(options: ClientSessionOptions): Promise<ClientSession> {
    const { client, program, runlens, runlensHome, provider } = options;
    const folder = await mkdtemp(join(tmpdir(), 'runlens-agent-'));
    const home = join(folder, 'home');
    const bin = join(folder, 'bin');
    const work = join(folder, 'work');
    await Promise.all([mkdir(home), mkdir(bin), mkdir(work)]);
    await symlink(runlensHome, join(home, '.runlens'));
    for (const [path, text] of Object.entries(client.settings?.({ home, work, provider }) ?? {})) {
      await mkdir(dirname(join(home, path)), { recursive: true });
      await writeFile(join(home, path), text);
    }
    const ofNode = (script: string): string => (/\.m?js$/.test(script) ? `"${process.execPath}" ` : '');
    const shell = async (name: string, line: string): Promise<void> => {
      await writeFile(join(bin, name), `#!/bin/sh\n${line}\n`);
      await chmod(join(bin, name), 0o755);
    };
    await shell(client.command, `exec ${ofNode(program)}"${program}" "$@"`);
    // What it tells the client is kept.
    await shell('runlens', `${ofNode(runlens)}"${runlens}" "$@" | tee -a "${join(folder, 'runlens.out')}"`);
    const environment = {
      HOME: home,
      PATH: [bin, dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
      TMPDIR: tmpdir(),
      LANG: 'C.UTF-8',
      // A machine that is busy is no reason to miss what a hook says.
      RUNLENS_HOOK_TIMEOUT: '8s',
      ...client.environment({ home, work, provider }),
    };
    return new ClientSession(folder, environment, client);
  }

  /** Runs what a user would type. Throws with what it wrote unless it ends well. */
  async type(line: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
    return this.#run('/bin/sh', ['-c', line], more);
  }

  /** The client's answer to one question, from its start to its end. */
  ask(question: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
    return this.#run(this.#client.command, this.#client.arguments(question), more);
  }

  /** What `runlens` has written to its standard output. */
  toldByRunlens(): Promise<string> {
    return readFile(join(this.#folder, 'runlens.out'), 'utf8').catch(() => '');
  }

  async #run(command: string, args: readonly string[], more: Readonly<Record<string, string>>): Promise<string> {
    // A process group of its own: what a client leaves behind ends with it. Some wait for the end of their standard input.
    const child = spawn(command, args, {
      cwd: join(this.#folder, 'work'),
      env: { ...this.#environment, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-mostOutput);
      });
    }
    const endGroup = () => {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Nobody is left in it.
      }
    };
    const timer = setTimeout(endGroup, commandMilliseconds);
    try {
      const [code, signal] = await once(child, 'exit');
      const text = stripVTControlCharacters(output);
      if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}:\n${text}`);
      return text;
    } finally {
      clearTimeout(timer);
      endGroup();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
