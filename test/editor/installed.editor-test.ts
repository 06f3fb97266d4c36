/** The first five minutes: the extension as it is installed, on a machine where nothing of Runlens runs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../story/eventually.ts';
import { freePort } from '../story/free-port.ts';
import { repositoryOf } from '../story/repository.ts';
import { type Editor, startEditor } from './editor.ts';
import { picture } from './picture.ts';

const vsix = fileURLToPath(new URL('../../runlens.vsix', import.meta.url));
const shownSeconds = 90;

const files = {
  'package.json': JSON.stringify({ name: 'greeter', scripts: { start: 'node app.js', test: 'node --test' } }, null, 2),
  'app.js': `const { greet } = require('./greet.js');

const names = ['Ada', 'Grace', 'Edsger'];
setInterval(() => names.forEach((name) => greet(name)), 100);
console.log(\`greeter runs as process \${process.pid}\`);
`,
  'greet.js': `function greet(name) {
  if (name === '') throw new Error('nobody');
  return join('Hello', name);
}

function join(...words) {
  return words.join(', ');
}

function farewell(name) {
  return join('Goodbye', name);
}

module.exports = { greet, farewell };
`,
};

let folder: string;
let home: string;
let workspace: string;
let port: number;
let editor: Editor;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runlens-first-'));
  home = join(folder, 'home');
  workspace = join(folder, 'greeter');
  await repositoryOf(workspace, files);
  port = await freePort();
  editor = await startEditor({
    name: 'installed',
    workspace,
    extensions: [{ vsix }],
    settings: { 'editor.lightbulb.enabled': 'off' },
    machineSettings: { 'runlens.collector.port': port },
    // What the test runner sets is not what a developer has.
    environment: { RUNLENS_HOME: home, NODE_ENV: undefined, npm_config_loglevel: 'error' },
  });
});

afterAll(async () => {
  await editor?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

const lens = (text: string | RegExp): Locator => editor.page.locator('.codelens-decoration a', { hasText: text });
const status = (text: RegExp): Locator => editor.page.locator('.statusbar-item', { hasText: text });

async function see(locator: Locator): Promise<void> {
  await locator.first().waitFor({ timeout: shownSeconds * 1_000 });
}

const collectorAddress = async () => JSON.parse(await readFile(join(home, 'collector.json'), 'utf8'));

describe('the extension as it is installed, where no collector runs', () => {
  it('starts its own, on this machine only, and says that no service reports yet', async () => {
    await editor.openFile(join(workspace, 'greet.js'), 1);
    await see(status(/no service yet/));
    const { url, pid } = await collectorAddress();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(
      await editor.evaluate((vscode) => vscode.extensions.getExtension('runlens.runlens')?.exports.collectorPid()),
    ).toBe(pid);
    await see(lens(/not measured here: no service has reported/));
  });

  it('shows in the empty view what to do first', async () => {
    await editor.runCommand('runlens.hotFunctions.focus');
    await see(editor.page.getByText('no service has reported yet'));
    await see(editor.page.getByRole('button', { name: 'Run with Sensor' }));
    await picture(editor, 'first-start');
  });

  it('has a walkthrough of five steps, of which the first is done', async () => {
    await editor.runCommand('workbench.action.closeSidebar');
    await editor.runFromPalette('Runlens: First Five Minutes');
    const steps = editor.page.locator('.getting-started-step [role="checkbox"]');
    await see(steps);
    await eventually('the first of five steps is done', async () => {
      const done = await steps.evaluateAll((all) => all.map((step) => step.getAttribute('aria-checked')));
      expect(done).toEqual(['true', 'false', 'false', 'false', expect.any(String)]);
    });
    await picture(editor, 'walkthrough');
    await editor.runCommand('workbench.action.closeActiveEditor');
  });

  it('measures a package script within seconds of "Run with Sensor"', async () => {
    await editor.openFile(join(workspace, 'greet.js'), 1);
    await editor.runFromPalette('Runlens: Run with Sensor');
    const row = editor.page.locator('.quick-input-widget [role="option"]', { hasText: 'node app.js' });
    await see(row);
    await row.click();
    await see(lens(/\/min · p50/));
    await see(lens(/not called in the last 15m/));
    await see(status(/greeter/));
    await picture(editor, 'run-with-sensor');
  });

  it('takes its collector, and the service that it runs, with it when it closes', async () => {
    const { pid } = await collectorAddress();
    const service = Number(await servicePid());
    expect(isAlive(pid) && isAlive(service)).toBe(true);
    await editor.close();
    await eventually('both have ended', () => {
      expect({ collector: isAlive(pid), service: isAlive(service) }).toEqual({ collector: false, service: false });
    });
  });
});

/** What the service wrote into the terminal. */
function servicePid(): Promise<string> {
  return eventually('the service tells its process', async () => {
    const rows = await editor.page.locator('.xterm-rows').first().textContent();
    const [, pid] = /greeter runs as process (\d+)/.exec(rows ?? '') ?? [];
    if (pid === undefined) throw new Error(`the terminal shows ${rows}`);
    return pid;
  });
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
