import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ServerConfiguration } from '@runlens/protocol/lsp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LspClient } from './testing/lsp-client.ts';
import { aFile, aProfile, aResponse, aVersion, gitBlob } from './testing/profiles.ts';
import { SmallCollector } from './testing/small-collector.ts';

const text = 'export function add(item) {\n  return item.price;\n}\n';
const collector = new SmallCollector();
let folder: string;
let uri: string;
let client: LspClient;

const lens = async (given: Partial<ServerConfiguration['lens']>): Promise<readonly string[]> => {
  await client.configure({
    collectorUrl: collector.url,
    token: collector.token,
    lens: { enabled: true, position: 'above', showAbsent: true, ...given },
  });
  return client.lensTexts(uri);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-lens-settings-'));
  writeFileSync(join(folder, 'cart.js'), text);
  uri = pathToFileURL(join(folder, 'cart.js')).href;
  const blob = gitBlob(text);
  const of = (environment: string, calls: number, version: string) =>
    aProfile({ function: 'add', file: 'cart.js', environment, versions: [aVersion({ calls, blob, version })] });
  collector.profiles['cart.js'] = aResponse(
    [of('production', 1_500, 'v42'), of('staging', 150, 'v43')],
    ['production', 'staging'].map((environment) => aFile({ environment, blob })),
  );
  await collector.start();
  client = await LspClient.start({
    folders: [folder],
    configuration: { collectorUrl: collector.url, token: collector.token },
  });
  await client.open(uri, text);
});
afterAll(async () => {
  await client.stop();
  await collector.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('the text of lenses follows the settings at once', async () => {
  expect(await lens({})).toEqual(['1: ▲ 100/min · p50 3 ms · p99 3 ms · production v42']);
  expect(await lens({ style: 'compact' })).toEqual(['1: ▲ 100/min · 3 ms · production']);
  expect(await lens({ template: '{calls} calls' })).toEqual(['1: ▲ 1.5k calls · production']);
  expect(await lens({ style: 'compact', template: '{bad}' })).toEqual(['1: ▲ 100/min · 3 ms · production']);
});

it('two environments stand side by side; one that the service does not have is left out', async () => {
  expect(await lens({ style: 'compact', beside: 'staging' })).toEqual([
    '1: ▲ 100/min · 3 ms · production ┃ 10/min · 3 ms · staging',
  ]);
  expect(await lens({ style: 'compact', beside: 'production' })).toEqual(['1: ▲ 100/min · 3 ms · production']);
  expect(await lens({ style: 'compact', beside: 'qa' })).toEqual(['1: ▲ 100/min · 3 ms · production']);
});

it('a language that is switched off, and too few calls, leave no lens, and the hover tells all the same', async () => {
  expect(await lens({ offIn: ['javascript'] })).toEqual([]);
  expect(await lens({ offIn: ['python'] })).toHaveLength(1);
  expect(await lens({ minimumCalls: 1_501 })).toEqual([]);
  const hover = await client.hover(uri, { line: 0, character: 17 });
  expect(JSON.stringify(hover?.contents)).toContain('**1.5k** calls');
  expect(await lens({ minimumCalls: 1_500 })).toHaveLength(1);
});
