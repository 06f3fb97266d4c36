import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ServerConfiguration } from '@runlens/protocol/lsp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Git } from '../git/git.ts';
import { GitCommits } from '../git/git-side.ts';
import { MovedFiles } from '../git/moved-files.ts';
import { RemoteUrls } from '../git/remote-urls.ts';
import { DeployedTexts } from '../mapping/deployed-texts.ts';
import { SeenTexts } from '../mapping/seen-texts.ts';
import { CollectorConnection } from '../profiles/collector-connection.ts';
import { ProfileStore } from '../profiles/profile-store.ts';
import { until } from '../testing/lsp-client.ts';
import { aFile, aProfile, aResponse, aVersion, gitBlob } from '../testing/profiles.ts';
import { SmallCollector } from '../testing/small-collector.ts';
import { DocumentViews } from './document-views.ts';
import { Parsers } from './parsed-text.ts';
import { RepositoryPaths } from './repository-path.ts';

/** For an answer that does come. */
const longestWait = 20_000;
const text = 'export function add(item) {\n  return item.price;\n}\n';
const blob = gitBlob(text);

describe('a first view', () => {
  let collector: SmallCollector;
  let folder: string;
  let uri: string;
  let configuration: ServerConfiguration;
  let connection: CollectorConnection;
  let views: DocumentViews;
  let dispose: () => Promise<void>;
  /** Each view that is put together asks once who the services are. */
  let made: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runlens-views-'));
    writeFileSync(join(folder, 'cart.js'), text);
    uri = pathToFileURL(join(folder, 'cart.js')).href;
    made = 0;
    collector = new SmallCollector();
    collector.profiles['cart.js'] = aResponse(
      [aProfile({ function: 'add', file: 'cart.js', versions: [aVersion({ calls: 1_500, blob })] })],
      [aFile({ blob })],
    );
    await collector.start();
    configuration = {
      collectorUrl: collector.url,
      token: collector.token,
      selection: { window: '15m' },
      lens: { enabled: true, position: 'above', showAbsent: true },
      pathMappings: [],
    };
    class CountedConnection extends CollectorConnection {
      override get services() {
        made += 1;
        return super.services;
      }
    }
    const environment = { RUNLENS_HOME: join(folder, 'home') };
    connection = new CountedConnection(configuration, environment, {
      onChange: () => undefined,
      onReset: () => undefined,
      onProfiles: () => undefined,
      onProbe: () => undefined,
      onCapture: () => undefined,
      onFindings: () => undefined,
      onEvents: () => undefined,
      log: () => undefined,
    });
    const store = new ProfileStore({
      client: () => connection.client,
      onChange: (key) => views.invalidate(views.urisOf([key])),
      onUnauthorized: () => undefined,
      onUnreachable: () => undefined,
    });
    const parsers = new Parsers();
    const seen = new SeenTexts(undefined);
    const git = new Git({ trusted: () => false, environment });
    const deployed = new DeployedTexts(parsers, seen, git);
    views = new DocumentViews({
      parsers,
      paths: new RepositoryPaths(),
      store,
      connection,
      deployed,
      seen,
      remotes: new RemoteUrls(git),
      moved: new MovedFiles(git, () => []),
      git,
      commits: new GitCommits(git),
      configuration: () => configuration,
      workspaceFolders: () => [folder],
      onLateText: () => undefined,
    });
    dispose = async () => {
      await connection.dispose();
      store.dispose();
      views.dispose();
      git.dispose();
      deployed.dispose();
      parsers.dispose();
    };
    connection.start();
    await connection.settled();
    made = 0;
    views.open(uri, 'javascript', 1, text);
  });
  afterEach(async () => {
    await dispose();
    await collector.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is put together once, though the answer that it waited for changed the document', async () => {
    const view = await views.view(uri, longestWait);
    expect(view?.functions.functions[0]?.label).toContain('100/min');
    expect(made).toBe(1);
    expect(await views.view(uri, longestWait)).toBe(view);
    expect(made).toBe(1);
  });

  it('is of the window that was picked while the answer for another was on its way', async () => {
    collector.delayMilliseconds = 300;
    const asked = views.view(uri, longestWait);
    await until(() => collector.asked.length === 1, 'the question');
    configuration = { ...configuration, selection: { window: '1h' } };
    views.invalidate([uri]);
    await asked;
    expect(collector.asked).toHaveLength(2);
    await views.view(uri, longestWait);
    expect(collector.asked).toHaveLength(2);
  });

  it('is made anew for what changes after it', async () => {
    const view = await views.view(uri, longestWait);
    views.invalidate([uri]);
    expect(await views.view(uri, longestWait)).not.toBe(view);
    expect(made).toBe(2);
  });
});
