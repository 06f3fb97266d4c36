/** The agent tools as the editor's language models reach them: through the language server. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Collector, startCollector } from '@runlens/collector';
import type { ProbeStatus } from '@runlens/protocol';
import { type AgentToolAnswer, lsp } from '@runlens/protocol/lsp';
import { blobId } from '@runlens/server/documents/blob';
import { LspClient, until } from '@runlens/server/testing/lsp-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tell } from './service-telemetry.ts';

const text = 'export function price() {\n  return 1;\n}\n';

let folder: string;
let collector: Collector;
let client: LspClient;
const ask = (tool: string, input: object = {}): Promise<AgentToolAnswer> =>
  client.request(lsp.agentTool, { tool, input });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-agent-'));
  writeFileSync(join(folder, 'price.ts'), text);
  collector = await startCollector({ port: 0, home: join(folder, 'home'), logLevel: 'error' });
  client = await LspClient.start({
    folders: [folder],
    configuration: {},
    environment: { RUNLENS_HOME: join(folder, 'home') },
  });
});
afterEach(async () => {
  await client.stop();
  await collector.close();
  rmSync(folder, { recursive: true, force: true });
});

const connected = (): Promise<void> =>
  until(async () => (await client.request(lsp.getStatus, null)).collector.kind === 'connected', 'connected');

it('a language model is told what production says, and why where it says nothing', async () => {
  await connected();
  expect(await ask('runlens_service_status')).toMatchObject({
    kind: 'answer',
    text: expect.stringContaining('No service has reported'),
  });
  await tell(collector.url, {
    service: 'shop',
    environment: 'production',
    version: 'v1',
    functions: [{ name: 'price', file: 'price.ts', line: 1, calls: 40, seconds: 0.02 }],
  });
  expect(await ask('runlens_function_profile', { file: 'price.ts', function: 'price' })).toMatchObject({
    kind: 'answer',
    text: expect.stringContaining('«data from production'),
  });
  expect(await ask('runlens_nothing')).toMatchObject({ kind: 'failed' });
  expect(await ask('runlens_function_profile', { file: '/etc/passwd', function: 'price' })).toMatchObject({
    kind: 'failed',
    message: expect.stringContaining('relative to the root'),
  });
});

it('the functions of an answer are told with it, and where they are in the working copy', async () => {
  await connected();
  await tell(collector.url, {
    service: 'shop',
    environment: 'production',
    version: 'v1',
    functions: [
      { name: 'price', file: 'price.ts', line: 9, calls: 40, seconds: 0.02 },
      { name: 'gone', file: 'gone.ts', line: 1, calls: 4, seconds: 0.02 },
    ],
  });
  const answer = await ask('runlens_hot_functions', { by: 'calls' });
  const functions = answer.kind === 'answer' ? answer.functions : [];
  expect(functions).toMatchObject([
    { file: 'price.ts', function: 'price' },
    { file: 'gone.ts', function: 'gone' },
  ]);
  const locations = await client.request(lsp.locateFunctions, { functions });
  expect(locations).toEqual([
    {
      uri: pathToFileURL(join(folder, 'price.ts')).href,
      range: { start: { line: 0, character: 16 }, end: { line: 0, character: 21 } },
    },
    null,
  ]);
  expect(
    await client.request(lsp.locateFunctions, { functions: [{ file: '../../etc/passwd', function: 'x', line: 1 }] }),
  ).toEqual([null]);
});

const git = (...words: string[]): unknown =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...words], { cwd: folder });

it('a change is reviewed in the working copy, with the calls a minute of what runs', async () => {
  git('init', '--quiet', '--initial-branch=main');
  git('add', 'price.ts');
  git('commit', '--quiet', '-m', 'first');
  await connected();
  await tell(collector.url, {
    service: 'shop',
    environment: 'production',
    version: 'v1',
    functions: [{ name: 'price', file: 'price.ts', line: 1, calls: 4_000, seconds: 0.02 }],
  });
  writeFileSync(
    join(folder, 'price.ts'),
    "import { query } from 'pg';\nexport async function price() {\n  await query('SELECT a FROM b');\n  return 1;\n}\n",
  );
  const answer = await client.request(lsp.reviewChange, {});
  expect(answer).toMatchObject({ kind: 'review', withoutFacts: null, functions: [{ function: 'price' }] });
  const [price] = answer.kind === 'review' ? answer.functions : [];
  expect(price?.numbers).toMatch(/\/min/);
  expect(price?.location?.range.start.line).toBe(1);
  expect(await client.request(lsp.reviewChange, { base: 'nowhere' })).toMatchObject({ kind: 'failed' });
});

it('without git, and in Restricted Mode, it is said why no change can be reviewed', async () => {
  await connected();
  expect(await client.request(lsp.reviewChange, {})).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/git|repository/),
  });
  await client.stop();
  client = await LspClient.start({
    folders: [folder],
    configuration: { trusted: false },
    environment: { RUNLENS_HOME: join(folder, 'home') },
  });
  expect(await client.request(lsp.reviewChange, {})).toMatchObject({
    kind: 'failed',
    message: expect.stringContaining('Restricted Mode'),
  });
  await connected();
  expect(await ask('runlens_review_change')).toMatchObject({
    kind: 'answer',
    text: expect.stringContaining('Restricted Mode'),
  });
});

it('its probe is an agent’s, is bound to the text in the workspace, and goes with the editor', async () => {
  await connected();
  const probes = async (): Promise<ProbeStatus[]> => {
    const answer = await fetch(`${collector.url}/api/v1/probes?ended=true`, {
      headers: { authorization: `Bearer ${collector.token}` },
    });
    return Object(await answer.json()).probes;
  };
  expect(
    await ask('runlens_place_probe', { kind: 'counter', file: 'price.ts', line: 2, service: 'shop', reason: 'why' }),
  ).toMatchObject({ kind: 'answer', text: expect.stringContaining('waits for a person') });
  expect(await probes()).toMatchObject([
    {
      state: 'proposed',
      probe: {
        owner: { kind: 'agent', name: expect.stringContaining('VS Code') },
        request: { place: { blob: blobId(text) } },
      },
    },
  ]);
  await client.stop();
  expect(await probes()).toMatchObject([{ state: 'removed' }]);
});
