import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type LensPosition, lsp } from '@runlens/protocol/lsp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LspClient, until } from './testing/lsp-client.ts';
import { aFile, aProfile, aResponse, aVersion, gitBlob } from './testing/profiles.ts';
import { SmallCollector } from './testing/small-collector.ts';

const text = 'export function add(item) {\n  return item.price;\n}\n';
const blob = gitBlob(text);

describe('lenses are asked for again', () => {
  let collector: SmallCollector;
  let folder: string;
  let uri: string;
  let client: LspClient;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runlens-refresh-'));
    const file = join(folder, 'src/cart.js');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    uri = pathToFileURL(file).href;
    collector = new SmallCollector();
    collector.profiles['src/cart.js'] = aResponse(
      [aProfile({ function: 'add', versions: [aVersion({ calls: 1_500, blob })] })],
      [aFile({ blob })],
    );
    await collector.start();
    client = await LspClient.start({
      folders: [folder],
      configuration: { collectorUrl: collector.url, token: collector.token },
    });
    await client.open(uri, text);
  });
  afterEach(async () => {
    await client.stop();
    await collector.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const place = (position: LensPosition): Promise<void> =>
    client.notify(lsp.configurationChanged, {
      collectorUrl: collector.url,
      token: collector.token,
      selection: { window: '15m' },
      lens: { enabled: true, position, showAbsent: true },
      pathMappings: [],
    });

  it('when they move to another place, though they say the same', async () => {
    expect(await client.lensTexts(uri)).toHaveLength(1);
    for (const position of ['none', 'above', 'endOfLine', 'above'] satisfies LensPosition[]) {
      const { refreshes } = client;
      await place(position);
      await until(() => client.refreshes > refreshes, `a refresh for ${position}`);
      expect(await client.lensTexts(uri)).toHaveLength(position === 'above' ? 1 : 0);
    }
  });

  it('when the collector is looked for again in the middle of an answer', async () => {
    collector.delayMilliseconds = 400;
    const first = client.lensTexts(uri);
    await until(() => collector.asked.length > 0, 'a question');
    await client.request(lsp.reconnect, null);
    await first;
    await until(async () => (await client.lensTexts(uri)).some((lens) => lens.includes('100/min')), 'numbers');
  });
});
