import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ServerConfiguration } from '@runlens/protocol/lsp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LspClient, until } from '../testing/lsp-client.ts';
import { aFile, aProfile, aResponse, aVersion, gitBlob } from '../testing/profiles.ts';
import { SmallCollector } from '../testing/small-collector.ts';
import { Git } from './git.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlens-git-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('git, asked in a repository of somebody else', () => {
  const git = () => new Git({ trusted: () => true, environment: process.env });
  const run = (root: string, ...words: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], { encoding: 'utf8' });

  function repository(): { readonly root: string; readonly blob: string } {
    const root = join(folder, 'shop');
    execFileSync('git', ['init', '-q', root]);
    writeFileSync(join(root, 'cart.js'), 'one\n');
    run(root, 'add', '.');
    run(root, 'commit', '-qm', 'one');
    return { root, blob: run(root, 'rev-parse', 'HEAD:cart.js').trim() };
  }

  it('gives an object as it is stored, also when the repository says it is replaced or converted', async () => {
    const { root, blob } = repository();
    writeFileSync(join(root, 'other'), 'two\n');
    run(root, 'replace', blob, run(root, 'hash-object', '-w', 'other').trim());
    writeFileSync(join(root, '.gitattributes'), '* diff=evil filter=evil\n');
    const ran = join(folder, 'ran');
    for (const key of ['diff.evil.textconv', 'filter.evil.smudge', 'core.pager']) {
      run(root, 'config', key, `touch ${ran}; cat`);
    }
    expect(await git().object(root, blob)).toBe('one\n');
    expect(await git().object(root, 'HEAD:cart.js')).toBe('one\n');
    expect(existsSync(ran)).toBe(false);
  });

  it('an object that is missing is not fetched, whatever transport the repository names', async () => {
    const { root } = repository();
    const ran = join(folder, 'ran');
    run(root, 'config', 'remote.origin.url', `ext::touch ${ran}`);
    run(root, 'config', 'remote.origin.promisor', 'true');
    run(root, 'config', 'extensions.partialClone', 'origin');
    run(root, 'config', 'core.repositoryFormatVersion', '1');
    run(root, 'config', 'protocol.ext.allow', 'always');
    expect(await git().object(root, 'ab'.repeat(20))).toBeUndefined();
    expect(existsSync(ran)).toBe(false);
  });

  it('asks the repository of the folder, not one that the environment points to', async () => {
    const { root, blob } = repository();
    const environment = { ...process.env, GIT_DIR: join(folder, 'nowhere') };
    expect(await new Git({ trusted: () => true, environment }).object(root, blob)).toBe('one\n');
  });

  it('no more processes at once than the limit, and all are answered', async () => {
    const { root, blob } = repository();
    const shared = git();
    const texts = await Promise.all(Array.from({ length: 12 }, () => shared.object(root, blob)));
    expect(texts).toEqual(Array(12).fill('one\n'));
  });
});

describe.skipIf(process.platform === 'win32')('a workspace that is not trusted', () => {
  const collector = new SmallCollector();
  const before = 'export function add(item) {\n  return item.price;\n}\n';
  const text = `// moved\n${before}`;
  let ran: string;
  let uri: string;
  let client: LspClient | undefined;

  async function start(given: Partial<ServerConfiguration>): Promise<LspClient> {
    client = await LspClient.start({
      folders: [join(folder, 'shop')],
      configuration: { collectorUrl: collector.url, token: collector.token, ...given },
      environment: { PATH: join(folder, 'bin') },
    });
    await client.open(uri, text);
    return client;
  }

  beforeEach(async () => {
    ran = join(folder, 'ran');
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin', 'git'), `#!/bin/sh\n: > '${ran}'\nexit 1\n`);
    chmodSync(join(folder, 'bin', 'git'), 0o755);
    mkdirSync(join(folder, 'shop', '.git'), { recursive: true });
    writeFileSync(join(folder, 'shop', 'cart.js'), text);
    uri = pathToFileURL(join(folder, 'shop', 'cart.js')).href;
    const blob = gitBlob(before);
    collector.profiles['cart.js'] = aResponse(
      [aProfile({ function: 'add', file: 'cart.js', versions: [aVersion({ line: 1, blob, revision: 'v42' })] })],
      [aFile({ blob, revision: 'v42' })],
    );
    await collector.start();
  });
  afterEach(async () => {
    await client?.stop();
    await collector.stop();
  });

  it('starts no git, and shows by name what it can', async () => {
    const server = await start({ trusted: false });
    const { functions } = await server.functions(uri);
    expect(functions.map(({ name, state }) => [name, state.kind, 'mapping' in state && state.mapping])).toEqual([
      ['add', 'measured', 'byName'],
    ]);
    expect(existsSync(ran)).toBe(false);
  });

  it('asks git as soon as it is trusted', async () => {
    const server = await start({ trusted: false });
    await server.functions(uri);
    await server.configure({ collectorUrl: collector.url, token: collector.token, trusted: true });
    await until(() => existsSync(ran), 'git was started');
  });
});
