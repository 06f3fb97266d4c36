import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Collector, startCollector } from '@runlens/collector';
import { LspClient, until } from '@runlens/server/testing/lsp-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tell } from './service-telemetry.ts';

const file = 'src/cart.ts';
const deployed = `export class Cart {
  add(item: Item): number {
    return item.price * item.count;
  }
  remove(item: Item): number {
    return item.count - 1;
  }
}
export const total = (cart: Cart): number => cart.lines.reduce((sum, line) => sum + line.price, 0);
`;

describe('the lens, by a real collector', () => {
  let folder: string;
  let collector: Collector;
  let client: LspClient;
  let uri: string;
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words])
      .toString()
      .trim();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runlens-lens-'));
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, file), deployed);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'one');
    uri = pathToFileURL(join(folder, file)).href;
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

  const functions = (times = 1) => [
    { name: 'Cart.add', file, line: 2, calls: 1_000 * times, errors: 20, seconds: 0.004 },
    { name: 'Cart.remove', file, line: 5, calls: 0 },
    { name: 'total', file, line: 9, calls: 500, seconds: 0.5 },
    { name: 'total.reduce(#1)', file, line: 9, calls: 5, seconds: 0.000_02 },
  ];
  const states = async () =>
    (await client.functions(uri)).functions.map(({ name, state }) =>
      state.kind === 'measured' ? `${name} ${state.mapping} ${state.profile.calls}` : `${name} ${state.kind}`,
    );

  it('finds the collector by its home and shows what the service did, by the committed text', async () => {
    const blobs = { [file]: git('hash-object', file) };
    await tell(collector.url, {
      service: 'shop',
      environment: 'production',
      version: 'v42',
      functions: functions(),
      blobs,
    });
    await client.open(uri, deployed, 'typescript');
    expect(await client.lensTexts(uri)).toEqual([
      expect.stringMatching(/^2: .*\/min · p50 4(\.\d)? ms · p99 4(\.\d)? ms · 2 % errors · production v42$/),
      expect.stringMatching(/^5: not called in the last 15m/),
      // The callback on the same line has none of its own.
      expect.stringMatching(/^9: ▲ .* · p50 0\.\d+ s|^9: ▲ .* p50 \d+ ms/),
    ]);
    // The text on disk and in the editor is another by now; the deployed one is in git.
    const edited = `import { Item } from './item.js';\n\n${deployed.replace('item.count - 1', 'item.count - 2')}`;
    writeFileSync(join(folder, file), edited);
    await client.change(uri, 2, edited);
    expect(await states()).toEqual([
      'Cart.add moved 1000',
      'Cart.remove changed',
      'total moved 500',
      'total.reduce(#1) moved 5',
    ]);
  });

  it('by the revision, where the sensor told no text; by name alone, where git has neither', async () => {
    await tell(collector.url, {
      service: 'shop',
      environment: 'production',
      version: 'v42',
      revision: git('rev-parse', 'HEAD'),
      functions: functions(),
    });
    const edited = `// a line\n${deployed}`;
    writeFileSync(join(folder, file), edited);
    await client.open(uri, edited, 'typescript');
    expect((await states())[0]).toBe('Cart.add moved 1000');

    await tell(collector.url, {
      service: 'billing',
      environment: 'production',
      version: 'v1',
      revision: 'f'.repeat(40),
      functions: functions(2),
    });
    await client.notify(
      { method: 'runlens/configurationChanged' },
      {
        selection: { window: '15m', service: 'billing' },
        lens: { enabled: true, position: 'above', showAbsent: true },
        pathMappings: [],
      },
    );
    await until(async () => (await states())[0] === 'Cart.add byName 2000', 'matched by name');
  });

  it('two versions in the window: the one whose text is the editor’s counts', async () => {
    const old = deployed.replace('item.price * item.count', 'item.price');
    writeFileSync(join(folder, file), old);
    const oldBlob = git('hash-object', '-w', file);
    writeFileSync(join(folder, file), deployed);
    const blobs = { [file]: git('hash-object', file) };
    const at = Date.now();
    const shop = { service: 'shop', environment: 'production' };
    await tell(
      collector.url,
      { ...shop, version: 'v41', functions: functions(3), blobs: { [file]: oldBlob } },
      at - 60_000,
    );
    await tell(collector.url, { ...shop, version: 'v42', functions: functions(), blobs }, at);
    await client.open(uri, deployed, 'typescript');
    // `add` differs between the two, `total` does not.
    expect(await states()).toEqual([
      'Cart.add exact 1000',
      'Cart.remove notCalled',
      'total exact 1000',
      'total.reduce(#1) exact 10',
    ]);
    await client.change(uri, 2, old);
    expect((await states())[0]).toBe('Cart.add exact 3000');
  });

  it('moves with new numbers, and warns of another environment that fails', async () => {
    const blobs = { [file]: git('hash-object', file) };
    await tell(collector.url, {
      service: 'shop',
      environment: 'production',
      version: 'v42',
      functions: functions(),
      blobs,
    });
    await client.open(uri, deployed, 'typescript');
    await client.notify({ method: 'runlens/visibleDocuments' }, { uris: [uri] });
    expect((await states())[0]).toBe('Cart.add exact 1000');
    await until(() => client.statuses.at(-1)?.collector.kind === 'connected', 'connected');
    const failing = functions().map((each) => ({ ...each, errors: Math.floor(each.calls / 2) }));
    await tell(collector.url, { service: 'shop', environment: 'staging', version: 'v43', functions: failing, blobs });
    await tell(collector.url, {
      service: 'shop',
      environment: 'production',
      version: 'v42',
      functions: functions(),
      blobs,
    });
    await until(async () => (await states())[0] === 'Cart.add exact 2000', 'the new calls');
    const [lens] = await client.lensTexts(uri);
    expect(lens).toMatch(/ · ⚠ 50 % errors in staging$/);
    const details = await client.request<
      { uri: string; position: object },
      { environments: { environment: string }[] } | null
    >({ method: 'runlens/functionDetails' }, { uri, position: { line: 1, character: 3 } });
    expect(details?.environments.map(({ environment }) => environment)).toEqual(['production', 'staging']);
  });

  it('a function that the sensor leaves out says why', async () => {
    await tell(collector.url, {
      service: 'shop',
      environment: 'production',
      version: 'v42',
      functions: functions().filter(({ name }) => name !== 'Cart.remove'),
      blobs: { [file]: git('hash-object', file) },
      unmeasured: [{ name: 'Cart.remove', file, line: 5, reason: 'It uses direct eval.' }],
    });
    await client.open(uri, deployed, 'typescript');
    const found = (await client.functions(uri)).functions[1];
    expect(found?.state).toEqual({ kind: 'notMeasured', reason: 'skippedBySensor', message: 'It uses direct eval.' });
    const explanation = await client.explain(uri, { line: 4, character: 3 });
    expect(explanation?.body).toContain('direct eval');
  });
});
