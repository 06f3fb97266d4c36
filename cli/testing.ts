/** Runs the command line inside the test's own process, and a collector's HTTP interface with given answers. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from './program.ts';
import type { Session } from './session.ts';

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly isTTY?: boolean;
  readonly now?: number;
}

/** Runs one command line; its environment is only what is given. */
export async function cli(args: readonly string[], surroundings: Surroundings = {}): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  const { cwd = process.cwd(), env = {}, isTTY = false, now = Date.now() } = surroundings;
  const session: Session = {
    env,
    cwd,
    stdout: { isTTY, write: (text) => (stdout += text) },
    stderr: { isTTY, write: (text) => (stderr += text) },
    now: () => now,
    exitCode: 0,
  };
  await runCli(args, session);
  return { exitCode: session.exitCode, stdout, stderr };
}

/** A folder that is gone when the scope ends. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'runlens cli '));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface AnsweringServer {
  readonly url: string;
  readonly requests: IncomingMessage[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Answers every request on a free port of loopback as told, and keeps what was asked. */
export async function answering(answer: (path: string) => Answer): Promise<AnsweringServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const { status = 200, headers = {}, body = {} } = answer(new URL(request.url ?? '/', 'http://localhost').pathname);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a listening server has an address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port of loopback on which nothing listened a moment ago. */
export async function freePort(): Promise<number> {
  await using server = await answering(() => ({}));
  return Number(new URL(server.url).port);
}
