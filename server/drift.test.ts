import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lsp } from '@runlens/protocol/lsp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LspClient, until } from './testing/lsp-client.ts';
import { aFile, aProfile, aResponse, aVersion, earlier, gitBlob, someServices } from './testing/profiles.ts';
import { SmallCollector } from './testing/small-collector.ts';

const add = 'export function add(item) {\n  return item.price * item.count;\n}\n';
const changed = add.replace('item.count', 'Math.max(0, item.count)');

describe('a text that moved on since the deploy', () => {
  const collector = new SmallCollector();
  let folder: string;
  let client: LspClient | undefined;

  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=Ann *b*', '-c', 'user.email=a@b', ...words], {
      encoding: 'utf8',
    }).trim();
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const commit = (message: string): string => {
    git('add', '-A');
    git('commit', '-qm', message);
    return git('rev-parse', 'HEAD');
  };
  const uriOf = (path: string): string => pathToFileURL(join(folder, path)).href;
  /** The service runs `add` out of this file of a revision. */
  const deploy = (file: string, revision: string, text: string): void => {
    const of = { blob: gitBlob(text), revision };
    collector.profiles[file] = aResponse([aProfile({ function: 'add', file, versions: [aVersion(of)] })], [aFile(of)]);
    const services = someServices('shop');
    for (const version of services.services.flatMap(({ environments }) => environments[0]?.versions ?? [])) {
      version.revision = revision;
    }
    collector.services = services;
  };
  const open = async (path: string, text: string): Promise<LspClient> => {
    client = await LspClient.start({
      folders: [folder],
      configuration: { collectorUrl: collector.url, token: collector.token },
    });
    await client.open(uriOf(path), text);
    return client;
  };
  const hover = async (path: string): Promise<string> =>
    JSON.stringify((await client?.hover(uriOf(path), { line: 0, character: 17 }))?.contents);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runlens-drift-'));
    git('init', '-q');
    collector.profiles = {};
    await collector.start();
  });
  afterEach(async () => {
    await client?.stop();
    client = undefined;
    await collector.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('a file that was renamed has the numbers of the path it had, and its deployed function leads to where it is', async () => {
    write('src/cart.js', add);
    deploy('src/cart.js', commit('cart'), add);
    mkdirSync(join(folder, 'src/checkout'));
    git('mv', 'src/cart.js', 'src/checkout/basket.js');
    const text = `// Of the checkout.\n${add}`;
    write('src/checkout/basket.js', text);
    commit('basket');
    const server = await open('src/checkout/basket.js', text);
    const { functions } = await server.functions(uriOf('src/checkout/basket.js'));
    expect(functions[0]?.state).toMatchObject({ kind: 'measured', mapping: 'moved' });
    const named = { file: 'src/cart.js', function: 'add', line: 1 };
    const [location] = await server.request(lsp.locateFunctions, { functions: [named] });
    expect(location).toMatchObject({ uri: uriOf('src/checkout/basket.js'), range: { start: { line: 1 } } });
  });

  it('a rename that is only staged counts too, another file of the same name elsewhere does not', async () => {
    write('src/cart.js', add);
    deploy('src/cart.js', commit('cart'), add);
    mkdirSync(join(folder, 'other'));
    git('mv', 'src/cart.js', 'other/basket.js');
    const server = await open('other/basket.js', add);
    expect((await server.functions(uriOf('other/basket.js'))).functions[0]?.state.kind).toBe('measured');
    await server.open(uriOf('other/cart.js'), add);
    expect((await server.functions(uriOf('other/cart.js'))).functions[0]?.state.kind).toBe('notMeasured');
  });

  it('a file that was moved without git knowing has no numbers', async () => {
    write('src/cart.js', add);
    deploy('src/cart.js', commit('cart'), add);
    renameSync(join(folder, 'src/cart.js'), join(folder, 'src/basket.js'));
    const server = await open('src/basket.js', add);
    expect((await server.functions(uriOf('src/basket.js'))).functions[0]?.state.kind).toBe('notMeasured');
  });

  it('the hover tells which commits changed a function since the deploy, and what is not committed', async () => {
    write('src/cart.js', add);
    commit('before the deploy');
    const deployed = git('rev-parse', 'HEAD');
    deploy('src/cart.js', deployed, add);
    write('src/cart.js', `${add}\nexport const other = () => 1;\n`);
    commit('elsewhere in the file');
    write('src/cart.js', `${changed}\nexport const other = () => 1;\n`);
    const last = commit('No [negative](command:x) counts');
    const text = `${changed}\nexport const other = () => 1;\n`;
    const server = await open('src/cart.js', text);
    expect((await server.lensTexts(uriOf('src/cart.js')))[0]).toMatch(/^1: changed since v42 · before: 100\/min/);
    let told = '';
    // A slow git is not waited for.
    await until(async () => {
      told = await hover('src/cart.js');
      return told.includes(last.slice(0, 7));
    }, 'git told the commits');
    expect(told).toContain('changed since v42');
    expect(told).toContain('Ann &#42;b&#42;: No &#91;negative&#93;&#40;command&#58;x&#41; counts');
    expect(told).not.toMatch(/elsewhere in the file|before the deploy|not committed/);

    await server.change(uriOf('src/cart.js'), 2, text.replace('item.price', 'item.cost'));
    await until(async () => /not committed.*No &#91;negative/.test(await hover('src/cart.js')), 'it is not committed');
  });

  it('each side of a diff has the numbers of its own version, and one that did not run says so', async () => {
    write('src/cart.js', add);
    const v41 = commit('cart');
    write('src/cart.js', changed);
    const v42 = commit('no negative counts');
    const unseen = changed.replace('price', 'cost');
    write('src/cart.js', unseen);
    const v43 = commit('cost');
    const versions = [
      aVersion({ version: 'v42', calls: 1_500, blob: gitBlob(changed), revision: v42 }),
      // This one's sensor told no content: its commit tells.
      aVersion({ version: 'v41', calls: 600, revision: v41.slice(0, 12), lastSeen: earlier }),
    ];
    collector.profiles['src/cart.js'] = aResponse(
      [aProfile({ function: 'add', file: 'src/cart.js', versions })],
      [
        aFile({ version: 'v42', blob: gitBlob(changed), revision: v42 }),
        aFile({ version: 'v41', revision: v41.slice(0, 12) }),
      ],
    );
    const path = join(folder, 'src/cart.js');
    const side = (ref: string) =>
      `${pathToFileURL(path).href.replace('file:', 'git:').replace('git:///', 'git:/')}?${encodeURIComponent(JSON.stringify({ path, ref }))}`;
    const server = await open('src/cart.js', unseen);
    await server.open(side(v41), add);
    await server.open(side('HEAD~1'), changed);
    await server.open(side('~'), changed);
    await server.open(side(v43), unseen);
    const first = async (uri: string) => (await server.lensTexts(uri))[0];
    expect(await first(uriOf('src/cart.js'))).toMatch(/^1: changed since v42/);
    expect(await first(side(v41))).toMatch(/^1: .*production v41$/);
    expect(await first(side('HEAD~1'))).toMatch(/^1: .*production v42$/);
    expect(await first(side('~'))).toMatch(/^1: .*production v42$/);
    expect(await first(side(v43))).toBe(
      `1: Runlens: not measured here: no version that ran in the last 15m is of ${v43.slice(0, 7)} · Why?`,
    );
    const calls = async (uri: string) => {
      const [one] = (await server.functions(uri)).functions;
      return one?.state.kind === 'measured' ? one.state.profile.calls : one?.state.kind;
    };
    expect([await calls(side(v41)), await calls(side(v42))]).toEqual([600, undefined]);
    for (const wrong of ['git:/a.js', 'git:/a.js?%7B', `git:/a.js?${encodeURIComponent('{"path":1,"ref":"HEAD"}')}`]) {
      await server.open(wrong, add);
      expect((await server.functions(wrong)).functions).toEqual([]);
    }
  });

  it('a revision that this repository does not have, or that reads as an option, tells nothing and breaks nothing', async () => {
    write('src/cart.js', changed);
    commit('cart');
    for (const revision of ['ab'.repeat(20), '--output=/tmp/x', 'HEAD~1..HEAD']) {
      deploy('src/cart.js', revision, add);
      const server = await open('src/cart.js', changed);
      expect((await server.functions(uriOf('src/cart.js'))).functions[0]?.state.kind).toBe('measured');
      await server.open(uriOf('src/other.js'), add);
      expect((await server.functions(uriOf('src/other.js'))).functions[0]?.state.kind).toBe('notMeasured');
      await server.stop();
    }
  });
});
