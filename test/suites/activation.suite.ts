import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../story/eventually.ts';
import { extensionId, open, runlens } from './editor.ts';
import { storyFacts } from './story.ts';

interface Contributed {
  readonly commands: readonly { readonly command: string; readonly title: string; readonly category?: string }[];
}

describe('activation', () => {
  it('comes with the first source file, and its language server runs', async () => {
    await open('pricing/price.ts');
    const extension = vscode.extensions.getExtension(extensionId);
    await eventually('the extension is active', () => assert.equal(extension?.isActive, true));
    await (await runlens()).whenReady;
  });

  it('finds the collector of this machine by its home folder, with no setting', async () => {
    const { status } = await runlens();
    await eventually('connected', () => {
      const collector = status()?.collector;
      assert.equal(collector?.kind, 'connected');
      assert.equal(collector?.kind === 'connected' && collector.url, storyFacts().collectorUrl);
    });
  });

  it('starts no collector where one runs', async () => {
    assert.equal((await runlens()).collectorPid(), undefined);
  });

  it('gives its agent tools to language models, and answers by the collector', async () => {
    const names = vscode.lm.tools.map(({ name }) => name);
    for (const name of ['runlens_function_profile', 'runlens_errors', 'runlens_place_probe']) {
      assert.ok(names.includes(name), `${name} is not among ${names.join(' ')}`);
    }
    const { content } = await vscode.lm.invokeTool('runlens_service_status', {
      input: {},
      toolInvocationToken: undefined,
    });
    const [part] = content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    assert.match(part.value, /contextVersion: cv-/);
  });

  it('registers every command that it contributes, all under one category', async () => {
    const extension = vscode.extensions.getExtension(extensionId);
    assert.ok(extension);
    // The extension's own package.json, whose commands have these fields.
    const { commands } = (extension.packageJSON as { contributes: Contributed }).contributes;
    const registered = new Set(await vscode.commands.getCommands(true));
    const lost = commands.filter(({ command }) => !registered.has(command));
    assert.deepEqual(lost, []);
    assert.deepEqual(
      commands.filter(({ category }) => category !== 'Runlens'),
      [],
    );
  });

  it('says in the status bar what the numbers are of', async () => {
    const { statusBarText } = await runlens();
    await eventually('service and environment', () => assert.match(statusBarText(), /shop · production/));
  });
});
