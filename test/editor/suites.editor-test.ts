/** The suites in the extension host (test/suites), each in an editor of its own, with a story around them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../story/eventually.ts';
import { type Story, startStory } from '../story/story.ts';
import { type StoryControl, serveStoryControl } from '../story/story-control.ts';
import { buildSuites } from '../suites/build-suites.ts';
import { type StoryFacts, storyVariable } from '../suites/story.ts';
import { runExtensionSuite } from './extension-suite.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const enoughCalls = 500;
const enoughErrors = 20;

let suite: string;
let story: Story;
let control: StoryControl;

beforeAll(async () => {
  suite = await buildSuites();
  story = await startStory();
  control = await serveStoryControl(story);
  await story.startLoad();
  await story.checkOut(enoughErrors, story.staging);
  await eventually('customers are served', async () => {
    expect(await story.callsOf('pricing/price.ts', 'priceLine')).toBeGreaterThan(enoughCalls);
    expect(await story.callsOf('payments/gateway-client.ts', 'GatewayClient.charge')).toBeGreaterThan(enoughErrors);
  });
});

afterAll(async () => {
  await control?.[Symbol.asyncDispose]();
  await story?.end();
});

interface Session {
  readonly suites: readonly string[];
  readonly workspace: string;
  readonly trust?: 'trusted' | 'restricted';
  readonly facts?: Partial<StoryFacts>;
}

function runSuites({ suites, workspace, trust = 'trusted', facts }: Session): Promise<void> {
  const told: StoryFacts = {
    collectorUrl: story.collectorUrl,
    token: story.token,
    controlUrl: control.url,
    shopFolder: story.shopFolder,
    shopVersion: story.shop.version,
    ...facts,
  };
  return runExtensionSuite({
    suite,
    extensionDevelopmentPath: repository,
    workspace,
    trust,
    // Every function that was called is compared, also those on the line of another.
    settings: { 'runlens.lens.callbacks': 'all' },
    machineSettings: story.machineSettings,
    environment: { ...story.environment, RUNLENS_SUITES: suites.join(','), [storyVariable]: JSON.stringify(told) },
    timeoutSeconds: 300,
  });
}

describe('in the editor', () => {
  it('the shop is shown as the collector knows it, whatever is typed, and whether the collector is there or not', () =>
    runSuites({
      suites: ['activation', 'lenses', 'editing', 'absence', 'collector-away'],
      workspace: story.shopFolder,
    }));

  it('probes are placed in the running shop, seen there, and removed; its faults and alerts are marked', () =>
    runSuites({ suites: ['probes', 'findings', 'events'], workspace: story.shopFolder }));

  it('a workspace that is not trusted is shown, and nothing of it is run or believed', async () => {
    await mkdir(join(story.shopFolder, '.vscode'), { recursive: true });
    const settings = { 'runlens.collector.url': 'http://127.0.0.1:9', 'runlens.home': '/nowhere' };
    await writeFile(join(story.shopFolder, '.vscode', 'settings.json'), JSON.stringify(settings));
    await runSuites({ suites: ['restricted'], workspace: story.shopFolder, trust: 'restricted' });
  });

  it('two folders of one window are shown each as its own service', async () => {
    const billing = await story.startService({
      name: 'billing',
      environment: 'development',
      version: '7',
      entry: 'main.js',
      files: billingFiles,
    });
    const workspace = join(story.folder, 'both.code-workspace');
    await writeFile(workspace, JSON.stringify({ folders: [{ path: story.shopFolder }, { path: billing.folder }] }));
    await runSuites({ suites: ['two-folders'], workspace, facts: { billingFolder: billing.folder } });
  });
});

/** A service whose file and functions have the names of the shop's. */
const billingFiles = {
  'package.json': JSON.stringify({ name: 'billing', type: 'module' }),
  'pricing/price.ts': `export function priceLine(cents) {
  return cents * 2;
}

export function formatCents(cents) {
  return \`\${cents / 100} EUR\`;
}
`,
  'main.js': `import { createServer } from 'node:http';
import { priceLine } from './pricing/price.ts';

const server = createServer((request, response) => response.end(String(priceLine(100))));
for (let n = 0; n < 33; n += 1) priceLine(n);
server.listen(0, '127.0.0.1', () => console.log(\`billing ready at http://127.0.0.1:\${server.address().port}\`));
process.once('SIGTERM', () => server.close());
`,
};
