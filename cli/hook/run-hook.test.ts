import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { contextRequestSchema } from '@runlens/protocol/api/context';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort, temporaryFolder } from '../testing.ts';
import { runHook } from './run-hook.ts';

const folder = temporaryFolder();
const root = realpathSync(folder.path);
interface Asked {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}
let asked: Asked[] = [];
let answer: { status: number; body: string };
const collector = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => (text += chunk));
  request.on('end', () => {
    asked.push({ headers: request.headers, body: text === '' ? request.method : JSON.parse(text) });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
});
let url: string;

beforeAll(async () => {
  execFileSync('git', ['init', '-q', root]);
  mkdirSync(join(root, 'pricing'));
  writeFileSync(join(root, 'pricing', 'price.ts'), 'export {};\n');
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const address = collector.address();
  if (typeof address !== 'object' || !address) throw new Error('it does not listen');
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(() => {
  collector.closeAllConnections();
  collector.close();
  folder[Symbol.dispose]();
});
beforeEach(() => {
  asked = [];
  answer = { status: 200, body: JSON.stringify({ text: 'the gateway fails' }) };
});

/** What a test waits for, however slow its machine is. */
const patient = { input: 30_000, git: 30_000, collector: 30_000 };

async function hook(event: string, input: object | string, env: Record<string, string> = {}, limits = patient) {
  let [stdout, stderr] = ['', ''];
  const session = {
    env: { PATH: process.env.PATH, RUNLENS_COLLECTOR_URL: url, RUNLENS_TOKEN: 'secret', ...env },
    ...{ cwd: '/', now: Date.now, exitCode: 0 },
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const text =
    typeof input === 'string'
      ? input
      : JSON.stringify({ session_id: 's-1', transcript_path: '/t', cwd: root, ...input });
  await runHook(event, Readable.from([text]), session, limits);
  return { stdout, stderr, exitCode: session.exitCode };
}

test('what is new is printed as the host takes it, and what the tool touches is told', async () => {
  const told = await hook('PreToolUse', { tool_input: { file_path: join(root, 'pricing/price.ts') } });
  expect(told).toEqual({
    stdout: `${JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', additionalContext: 'the gateway fails' } })}\n`,
    ...{ stderr: '', exitCode: 0 },
  });
  expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer secret', 'runlens-session': 's-1' });
  expect(contextRequestSchema.parse(asked[0]?.body)).toMatchObject({
    ...{ via: 'hook PreToolUse', mark: true, joins: false },
    interest: { files: ['pricing/price.ts'] },
  });
});

test('at a prompt the files are told that the working copy has changed', async () => {
  await hook('UserPromptSubmit', { prompt: 'why?' });
  const { interest } = contextRequestSchema.parse(asked[0]?.body);
  expect(interest).toEqual({ files: [], changed: [] });
  execFileSync('git', ['-C', root, 'add', 'pricing/price.ts']);
  await hook('UserPromptSubmit', { prompt: 'why?' });
  expect(contextRequestSchema.parse(asked[1]?.body).interest).toEqual({ files: [], changed: ['pricing/price.ts'] });
});

test('files outside of the repository, and words that are none, are not told', async () => {
  await hook('PreToolUse', { tool_input: { command: 'cat /etc/hosts.allow nothing.ts ../x.ts pricing/price.ts' } });
  expect(Object(asked[0]?.body).interest.files).toEqual(['pricing/price.ts']);
});

test('where nothing is new, nothing is printed', async () => {
  answer.body = JSON.stringify({ text: '' });
  expect(await hook('UserPromptSubmit', {})).toEqual({ stdout: '', stderr: '', exitCode: 0 });
});

test('the end of the session is told, and nothing is asked', async () => {
  expect((await hook('SessionEnd', {})).stdout).toBe('');
  expect(asked).toMatchObject([{ body: 'DELETE', headers: { 'runlens-session': 's-1' } }]);
});

test('where the host would drop it, nothing is marked as told', async () => {
  const told = await hook('BeforeTool', { tool_input: { file_path: 'pricing/price.ts' } });
  expect(told.stdout).toBe('');
  expect(asked[0]?.body).toMatchObject({ mark: false, interest: { files: ['pricing/price.ts'] } });
});

describe('nothing stands in the way of the agent', () => {
  const quiet = { stdout: '', exitCode: 0 };
  test('a collector that is away is no word worth', async () => {
    const away = `http://127.0.0.1:${await freePort()}`;
    expect(await hook('UserPromptSubmit', {}, { RUNLENS_COLLECTOR_URL: away })).toEqual({ ...quiet, stderr: '' });
  });
  test('one that hangs is not waited for', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = Object(silent.address());
    const env = { RUNLENS_COLLECTOR_URL: `http://127.0.0.1:${port}` };
    expect(await hook('UserPromptSubmit', {}, env, { ...patient, collector: 50 })).toMatchObject(quiet);
    silent.closeAllConnections();
    silent.close();
  });
  test.each([
    [401, '{}', 'answers 401'],
    [404, 'no such path', 'answers 404'],
    [200, 'no json', 'no Runlens collector'],
    [200, '{"text":7}', 'no Runlens collector'],
  ])('an answer of %d %s is told on standard error only', async (status, body, said) => {
    answer = { status, body };
    const told = await hook('UserPromptSubmit', {});
    expect(told).toMatchObject(quiet);
    expect(told.stderr).toContain(said);
  });
  test.each(['', 'no json', '{}', '{"session_id":"s","cwd":"/"}'])('nor does bad input: %j', async (input) => {
    const told = await hook('Stop', input);
    expect(told).toMatchObject(quiet);
    expect(told.stderr).toMatch(/^runlens hook: .+; nothing was added\.\n$/);
    expect(asked).toEqual([]);
  });
  test('nor an address that cannot be used', async () => {
    expect(await hook('UserPromptSubmit', {}, { RUNLENS_COLLECTOR_URL: 'nonsense' })).toMatchObject(quiet);
  });
});
