import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const shopFolder = resolve(import.meta.dirname, '..');
const timeoutMilliseconds = 60_000;

/** A program of the shop in a process of its own, as it runs for real. */
export class Service {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  output = '';

  /** `file` is relative to the shop's folder. What the test's own environment says of ports does not reach it. */
  constructor(file: string, environment: NodeJS.ProcessEnv = {}, argv: readonly string[] = []) {
    this.#child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', resolve(shopFolder, file), ...argv],
      {
        cwd: shopFolder,
        env: { PATH: process.env.PATH, SHOP_PORT: '0', GATEWAY_PORT: '0', ...environment },
        // By the IPC channel a service notices that the tests are gone, so that a test that fails leaves none behind.
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    this.#exit = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  /** The URL of the line `NAME ready at URL`; throws with all output when that does not come. */
  async url(name: string): Promise<string> {
    const ready = new RegExp(`^${name} ready at (\\S+)$`, 'm');
    await until(`${name} is ready`, async () => ready.test(this.output) || this.#child.exitCode !== null).catch(
      () => {},
    );
    const url = ready.exec(this.output)?.[1];
    if (url === undefined) throw new Error(`${name} did not get ready; its output:\n${this.output}`);
    return url;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The exit code once the process has ended by itself or by `kill`; null when a signal ended it. */
  async exitCode(): Promise<number | null> {
    await this.#exit;
    return this.#child.exitCode;
  }

  async stop(): Promise<number | null> {
    this.kill('SIGTERM');
    return this.exitCode();
  }
}

/** Asks until the answer is yes; throws after a minute. */
export async function until(what: string, answer: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + timeoutMilliseconds;
  while (!(await answer())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMilliseconds / 1000} s in vain: ${what}`);
    await new Promise((wake) => setTimeout(wake, 25));
  }
}

/** Whether nobody listens at the URL any more. */
export async function isGone(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(timeoutMilliseconds) }).then(
    () => false,
    () => true,
  );
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export async function get(url: string): Promise<Answer> {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

export async function post(url: string, body: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
