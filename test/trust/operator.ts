/** What an operator does: the command line, and the API of a collector with a token. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, run } from '../cli/command.ts';

const main = process.env.RUNLENS_TEST_CLI ?? fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export const runlens = (home: string, ...args: readonly string[]): Promise<Ended> =>
  run(process.execPath, ['--conditions=runlens-source', '--no-warnings', main, ...args], {
    env: { RUNLENS_HOME: home },
  });

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: each test says which answer it expects
  readonly body: any;
}

export const tokenOf = (home: string): string => readFileSync(join(home, 'token'), 'utf8').trim();

export async function ask(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

export const snapshotAt = (line: number) => ({
  kind: 'snapshot',
  place: { file: 'src/pay.ts', line },
  target: { service: 'shop' },
});
