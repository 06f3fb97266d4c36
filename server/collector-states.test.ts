import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lsp, whyCommand } from '@runlens/protocol/lsp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LspClient, until } from './testing/lsp-client.ts';
import { aFile, aProfile, aResponse, aVersion, gitBlob, someServices } from './testing/profiles.ts';
import { SmallCollector } from './testing/small-collector.ts';

const text = 'export function add(item) {\n  return item.price;\n}\n';
const blob = gitBlob(text);
const measured = (calls = 1_500) =>
  aResponse([aProfile({ function: 'add', versions: [aVersion({ calls, blob })] })], [aFile({ blob })]);
const start0 = { line: 0, character: 0 };

describe('what is said when nothing is known', () => {
  let collector: SmallCollector;
  let folder: string;
  let uri: string;
  const clients: LspClient[] = [];

  const start = async (
    configuration: Parameters<typeof LspClient.start>[0]['configuration'] = {},
    environment: NodeJS.ProcessEnv = {},
  ) => {
    const client = await LspClient.start({
      folders: [folder],
      configuration: { collectorUrl: collector.url, token: collector.token, ...configuration },
      environment,
    });
    clients.push(client);
    await client.open(uri, text);
    return client;
  };
  const firstLens = async (client: LspClient) => (await client.lensTexts(uri))[0];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runlens-states-'));
    const file = join(folder, 'src/cart.js');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    uri = pathToFileURL(file).href;
    collector = new SmallCollector();
    collector.profiles['src/cart.js'] = measured();
    await collector.start();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.stop()));
    await collector.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('the collector goes away and comes back: the lens stays in its place and says so', async () => {
    const client = await start();
    expect(await firstLens(client)).toMatch(/^1: ▲ 100\/min/);
    await collector.stop();
    await until(() => client.statuses.at(-1)?.collector.kind === 'away', 'the status is away');
    expect(await firstLens(client)).toMatch(/^1: 100\/min .* · collector away \(last seen .*\) · Why\?$/);
    const explanation = await client.explain(uri, start0);
    expect(explanation?.title).toBe('The collector is away');
    expect(explanation?.remedies.map(({ command }) => command)).toContain('runlens.startCollector');
    const refreshes = client.refreshes;
    await collector.start();
    await until(() => client.statuses.at(-1)?.collector.kind === 'connected', 'the status is connected');
    await until(() => client.refreshes > refreshes, 'a refresh');
    expect(await firstLens(client)).toMatch(/^1: ▲ 100\/min/);
  });

  it('a wrong token is said as such, with what to do, and a right one is taken at once', async () => {
    const client = await start({ token: 'wrong' });
    await until(() => client.statuses.at(-1)?.collector.kind === 'unauthorized', 'unauthorized');
    expect(await firstLens(client)).toMatch(/does not accept the token · Why\?$/);
    const explanation = await client.explain(uri, start0);
    expect(explanation?.body).toContain('does not accept the token');
    expect(collector.asked).toEqual([]);
    await client.notify(lsp.configurationChanged, {
      collectorUrl: collector.url,
      token: collector.token,
      selection: { window: '15m' },
      lens: { enabled: true, position: 'above', showAbsent: true },
      pathMappings: [],
    });
    await until(async () => /100\/min/.test((await firstLens(client)) ?? ''), 'numbers');
  });

  it('finds the collector of the Runlens home when it starts, with the token beside it', async () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    const client = await start({ collectorUrl: '', token: '' }, { RUNLENS_HOME: home });
    await until(() => client.statuses.at(-1)?.collector.kind === 'none', 'no collector');
    expect((await client.explain(uri, start0))?.remedies[0]?.command).toBe('runlens.startCollector');
    writeFileSync(join(home, 'token'), `${collector.token}\n`);
    writeFileSync(
      join(home, 'collector.json'),
      JSON.stringify({ url: collector.url, pid: 1, version: '0.1.0', startedAt: new Date().toISOString() }),
    );
    await until(() => client.statuses.at(-1)?.collector.kind === 'connected', 'connected');
    expect(await firstLens(client)).toMatch(/100\/min/);
  });

  it('a file that no process of its own repository has loaded is told from one of which nothing is known', async () => {
    const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
    git('init');
    git('remote', 'add', 'origin', 'git@git.example:team/shop.git');
    collector.profiles = {};
    const { services, ...rest } = someServices('shop');
    collector.services = {
      ...rest,
      services: services.map((service) => ({ ...service, repository: 'https://git.example/team/shop' })),
    };
    const client = await start();
    expect(await firstLens(client)).toMatch(
      /^1: Runlens: never loaded: by no process of shop .* in production \(first seen .*\) · Why\?$/,
    );
    expect((await client.functions(uri)).functions[0]?.state).toMatchObject({
      kind: 'notMeasured',
      reason: 'neverLoaded',
    });
    collector.services = {
      ...rest,
      services: services.map((service) => ({ ...service, repository: 'https://git.example/team/other' })),
    };
    const other = await start();
    expect(await firstLens(other)).toContain('not measured here: no measured service has loaded this file');
  });

  it('no service, a file that no service has loaded, and a service that was not chosen are told apart', async () => {
    collector.profiles = {};
    collector.services = someServices();
    const nobody = await start();
    expect(await nobody.lensTexts(uri)).toEqual([
      '1: Runlens: not measured here: no service has reported to the collector yet · Why?',
    ]);
    expect((await nobody.functions(uri)).functions[0]?.state).toMatchObject({
      kind: 'notMeasured',
      reason: 'noService',
    });
    collector.services = someServices('shop');
    const notHere = await start();
    expect(await notHere.lensTexts(uri)).toEqual([
      '1: Runlens: not measured here: no measured service has loaded this file · Why?',
    ]);
    collector.profiles['src/cart.js'] = measured();
    const other = await start({ selection: { window: '15m', service: 'billing' } });
    expect(await other.lensTexts(uri)).toEqual([
      '1: Runlens: not measured here: billing has not loaded this file; shop in production has · Why?',
    ]);
    const lenses = await other.codeLenses(uri);
    expect(lenses[0]?.command).toMatchObject({ command: whyCommand, arguments: [uri, start0] });
  });

  it('says nothing about absence when that is not wanted', async () => {
    collector.profiles = {};
    const client = await start({ lens: { enabled: true, position: 'above', showAbsent: false } });
    expect(await client.lensTexts(uri)).toEqual([]);
  });

  it.each([
    ['text that is not JSON', 'hello <html>'],
    ['JSON of another schema', '{"profiles": 5}'],
    ['nothing', ''],
  ])('an answer of %s is a plain problem, and the server goes on', async (_, body) => {
    collector.override['/api/v1/profiles'] = (_request, response) => response.writeHead(200).end(body);
    const client = await start();
    await client.codeLenses(uri);
    await until(async () => (await client.functions(uri)).notice !== undefined, 'a notice');
    expect((await client.explain(uri, start0))?.body).toContain('with something else than a Runlens collector');
  });

  it('an answer that never ends is cut off', async () => {
    const megabyte = Buffer.alloc(1024 * 1024, 'a');
    collector.override['/api/v1/profiles'] = (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(megabyte));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    const client = await start();
    await client.codeLenses(uri);
    await until(async () => (await client.functions(uri)).notice !== undefined, 'a notice');
    expect((await client.explain(uri, start0))?.body).toContain('larger than 64 MiB');
  });

  it('what was shown last is there at once at the next start, and says how old it is', async () => {
    const cacheFolder = join(folder, 'cache');
    const first = await start({ cacheFolder });
    expect(await firstLens(first)).toMatch(/100\/min/);
    await first.stop();
    collector.override['/health'] = () => undefined;
    const second = await start({ cacheFolder });
    expect(await firstLens(second)).toMatch(/^1: ▲ 100\/min .* · (just now|\d+ s ago)$/);
    expect((await second.functions(uri)).functions[0]?.state.kind).toBe('measured');
  });

  it('50 open documents make one request each, a few at a time, and an event only asks for what is seen', async () => {
    const client = await start();
    collector.delayMilliseconds = 20;
    const uris: string[] = [];
    for (let n = 0; n < 50; n += 1) {
      const file = join(folder, `src/file${n}.js`);
      writeFileSync(file, text);
      collector.profiles[`src/file${n}.js`] = measured();
      uris.push(pathToFileURL(file).href);
      await client.open(uris[n] ?? '', text);
    }
    await client.codeLenses(uri);
    expect(collector.asked).toEqual(['src/cart.js']);
    await Promise.all(uris.flatMap((each) => [client.codeLenses(each), client.functions(each)]));
    expect(collector.asked.length).toBe(51);
    expect(collector.mostAtOnce).toBeLessThanOrEqual(4);
    await client.notify(lsp.visibleDocuments, { uris: [uris[3] ?? '', uris[4] ?? ''] });
    await until(() => collector.streams === 1, 'the stream');
    collector.asked.length = 0;
    for (let n = 0; n < 50; n += 1) collector.profiles[`src/file${n}.js`] = measured(3_000);
    collector.event([{ service: 'shop', environment: 'production', version: 'v42', newVersion: true }]);
    await until(() => client.changes.flat().length >= 2, 'the two that are seen changed');
    expect(collector.asked.sort()).toEqual(['src/file3.js', 'src/file4.js']);
    // What was not seen is asked for when it comes into sight.
    await client.notify(lsp.visibleDocuments, { uris: [uris[9] ?? ''] });
    await until(() => collector.asked.includes('src/file9.js'), 'the third is asked for');
  });

  it('unchanged profiles are not sent again', async () => {
    const client = await start();
    await client.codeLenses(uri);
    await until(() => collector.streams === 1, 'the stream');
    collector.event([{ service: 'shop', environment: 'production', version: 'v42', files: ['src/cart.js'] }]);
    await until(() => collector.notModified === 1, 'a 304');
    expect(client.refreshes).toBe(0);
  });

  it('documents that are no files, or of no language, are left alone', async () => {
    const client = await start();
    await client.open('untitled:Untitled-1', text);
    await client.open('file:///x.md', '# x', 'markdown');
    expect(await client.codeLenses('untitled:Untitled-1')).toEqual([]);
    expect(await client.codeLenses('file:///x.md')).toEqual([]);
    expect(await client.functions('file:///x.md')).toEqual({ uri: 'file:///x.md', version: 0, functions: [] });
  });

  it('garbage in requests is an error for the one who asked, and nothing else', async () => {
    const client = await start();
    await expect(client.request(lsp.hot, { by: 'calls', limit: -1 })).rejects.toThrow();
    expect(await firstLens(client)).toMatch(/100\/min/);
  });

  it('hot functions lead into the workspace, and hostile paths nowhere', async () => {
    const window = measured().window;
    const of = (file: string) => aProfile({ function: 'add', file, line: 1 });
    collector.hot = {
      window,
      resolution: 'memory',
      by: 'time',
      functions: [of('src/cart.js'), of('../../../etc/passwd'), of('gone.js')],
      measuredFunctions: 3,
    };
    const client = await start();
    await until(() => client.statuses.at(-1)?.collector.kind === 'connected', 'connected');
    const { items, problem } = await client.request(lsp.hot, { by: 'time', limit: 10 });
    expect(problem).toBeNull();
    expect(items.map(({ location }) => location)).toEqual([
      { uri, range: { start: { line: 0, character: 16 }, end: { line: 0, character: 19 } } },
      null,
      null,
    ]);
  });

  it('hot functions are of one environment of each service, where none is selected: production, else the latest', async () => {
    const shop = someServices('shop').services[0];
    if (!shop) throw new Error('no service');
    const environment = (name: string, lastSeen = '2026-03-01T12:00:00.000Z') => ({ name, lastSeen, versions: [] });
    collector.services = {
      ...someServices(),
      services: [
        { ...shop, environments: [environment('staging'), environment('production', '2026-03-01T11:00:00.000Z')] },
        { ...shop, name: 'mail', environments: [environment('test', '2026-03-01T10:00:00.000Z'), environment('eu')] },
      ],
    };
    const all = [
      aProfile({ function: 'a', environment: 'staging', versions: [aVersion({ calls: 9_000 })] }),
      aProfile({ function: 'b', service: 'mail', environment: 'eu', versions: [aVersion({ calls: 4_000 })] }),
      aProfile({ function: 'c', environment: 'production' }),
      aProfile({ function: 'd', service: 'mail', environment: 'production' }),
    ];
    collector.override['/api/v1/hot'] = (request, response) => {
      const asked = new URL(request.url ?? '/', 'http://localhost').searchParams.get('environment');
      const functions = all.filter((profile) => profile.environment === asked);
      const answer = { window: measured().window, resolution: 'memory', by: 'calls', functions, measuredFunctions: 4 };
      response.writeHead(200).end(JSON.stringify(answer));
    };
    const client = await start();
    await until(() => client.statuses.at(-1)?.collector.kind === 'connected', 'connected');
    const { items } = await client.request(lsp.hot, { by: 'calls', limit: 10 });
    expect(items.map(({ profile }) => profile.function)).toEqual(['b', 'c']);
  });

  it('a callback on the line of its function has a lens for its numbers only', async () => {
    const nested = 'export function sum(all) {\n  return all.reduce((a, b) => a + b);\n}\n';
    const of = gitBlob(nested);
    const silent = (name: string, line: number) =>
      aProfile({ function: name, file: 'src/sum.js', versions: [aVersion({ calls: 0, line, blob: of })] });
    collector.profiles['src/sum.js'] = aResponse(
      [silent('sum', 1), silent('sum.reduce(#1)', 2)],
      [aFile({ blob: of })],
    );
    const other = uri.replace('cart.js', 'sum.js');
    const client = await start();
    await client.open(other, nested);
    expect(await client.lensTexts(other)).toEqual([expect.stringMatching(/^1: not called/)]);
    const { functions } = await client.functions(other);
    expect(functions.map(({ state }) => state.kind)).toEqual(['notCalled', 'notCalled']);
  });

  it('of two services with a file of the same path, the one whose text is here is shown, also while it is edited', async () => {
    const other = { service: 'mail', environment: 'production' };
    collector.services = someServices('shop', 'mail');
    collector.profiles['src/cart.js'] = aResponse(
      [
        aProfile({ ...other, function: 'add', versions: [aVersion({ calls: 90_000, blob: gitBlob('another text') })] }),
        aProfile({ function: 'add', versions: [aVersion({ calls: 1_500, blob })] }),
      ],
      [aFile({ ...other, blob: gitBlob('another text') }), aFile({ blob })],
    );
    const client = await start();
    // The other service's folder is open, too: its text is known, but not of this repository.
    const elsewhere = join(folder, '../', `${basename(folder)}-mail`, 'src/cart.js');
    mkdirSync(dirname(elsewhere), { recursive: true });
    writeFileSync(elsewhere, 'another text');
    execFileSync('git', ['init', '-q', join(dirname(elsewhere), '..')]);
    execFileSync('git', ['init', '-q', folder]);
    await client.open(pathToFileURL(elsewhere).href, 'another text');
    await client.codeLenses(pathToFileURL(elsewhere).href);
    expect(await firstLens(client)).toMatch(/^1: ▲ 100\/min/);
    await client.change(uri, 2, `// edited\n${text}`);
    expect(await firstLens(client)).toMatch(/^2: ▲ 100\/min/);
    rmSync(join(dirname(elsewhere), '..'), { recursive: true, force: true });
  });
});
