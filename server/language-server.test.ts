import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClientOptions, LspClient, until } from './testing/lsp-client.ts';
import { aFile, aProfile, aResponse, aVersion, gitBlob } from './testing/profiles.ts';
import { SmallCollector } from './testing/small-collector.ts';

const cart = `export function add(item) {
  return item.price * item.count + 1;
}

export function remove(item) {
  return item.count - 1;
}
`;

describe('the language server, over stdio', () => {
  const collector = new SmallCollector();
  let folder: string;
  let client: LspClient | undefined;

  const write = (path: string, text: string): string => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    return pathToFileURL(join(folder, path)).href;
  };
  const start = async (options: Pick<ClientOptions, 'server'> = {}) => {
    client = await LspClient.start({
      folders: [folder],
      configuration: { collectorUrl: collector.url, token: collector.token },
      ...options,
    });
    return client;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runlens-server-'));
    execFileSync('git', ['init', '-q', folder]);
    collector.profiles = {};
    collector.override = {};
    collector.asked.length = 0;
    await collector.start();
  });
  afterEach(async () => {
    await client?.stop();
    client = undefined;
    await collector.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows above each function how it runs', async () => {
    const uri = write('src/cart.js', cart);
    const blob = gitBlob(cart);
    collector.profiles['src/cart.js'] = aResponse(
      [
        aProfile({ function: 'add', versions: [aVersion({ line: 1, errors: 6, blob })] }),
        aProfile({ function: 'remove', versions: [aVersion({ line: 5, calls: 0, blob })] }),
      ],
      [aFile({ blob })],
    );
    const server = await start({ server: fileURLToPath(new URL('./main.ts', import.meta.url)) });
    await server.open(uri, cart);
    expect(await server.lensTexts(uri)).toEqual([
      '1: ▲ 100/min · p50 3 ms · p99 3 ms · 0.4 % errors · production v42',
      expect.stringMatching(/^5: not called in the last 15m · measured since .* · production v42 · Why\?$/),
    ]);
    const { functions } = await server.functions(uri);
    expect(functions.map(({ name, state }) => [name, state.kind])).toEqual([
      ['add', 'measured'],
      ['remove', 'notCalled'],
    ]);
    const hover = await server.hover(uri, { line: 0, character: 17 });
    expect(JSON.stringify(hover?.contents)).toContain('p99');
    expect(await server.hover(uri, { line: 1, character: 5 })).toBeNull();
    expect(collector.asked).toEqual(['src/cart.js']);
    expect(server.stderr).toBe('');
  });

  it('moves the numbers with their function while the user types', async () => {
    const uri = write('src/cart.js', cart);
    const blob = gitBlob(cart);
    collector.profiles['src/cart.js'] = aResponse(
      [aProfile({ function: 'add', versions: [aVersion({ line: 1, blob })] })],
      [aFile({ blob })],
    );
    const server = await start();
    await server.open(uri, cart);
    await server.codeLenses(uri);
    const top = { line: 0, character: 0 };
    await server.change(uri, 2, '// one\n// two\n', { start: top, end: top });
    expect(await server.lensTexts(uri)).toContainEqual(expect.stringMatching(/^3: ▲ 100\/min/));
    await server.change(uri, 3, 'export function add2', {
      start: { line: 2, character: 0 },
      end: { line: 2, character: 19 },
    });
    // Renamed, with a body that is its own: still the same function.
    expect((await server.functions(uri)).functions.map(({ name, state }) => [name, state.kind])).toEqual([
      ['add2', 'measured'],
      ['remove', 'notMeasured'],
    ]);
    await server.change(uri, 4, '7', { start: { line: 3, character: 9 }, end: { line: 3, character: 19 } });
    expect((await server.functions(uri)).functions[0]?.state.kind).toBe('notMeasured');
  });

  it('asks again when the stream says so, and tells the client', async () => {
    const uri = write('src/cart.js', cart);
    const blob = gitBlob(cart);
    const withCalls = (calls: number) =>
      aResponse([aProfile({ function: 'add', versions: [aVersion({ calls, blob })] })], [aFile({ blob })]);
    collector.profiles['src/cart.js'] = withCalls(150);
    const server = await start();
    await server.open(uri, cart);
    await server.notify({ method: 'runlens/visibleDocuments' }, { uris: [uri] });
    expect((await server.lensTexts(uri))[0]).toMatch(/10\/min/);
    await until(() => collector.streams === 1, 'the stream is open');
    collector.profiles['src/cart.js'] = withCalls(3_000);
    collector.event([{ service: 'shop', environment: 'production', version: 'v42', files: ['src/cart.js'] }]);
    await until(() => server.refreshes > 0, 'a refresh was asked for');
    expect(server.changes).toEqual([[uri]]);
    expect((await server.lensTexts(uri))[0]).toMatch(/200\/min/);
  });
});
