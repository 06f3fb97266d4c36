/** The agent tools as the editor's language models reach them: through the language server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
