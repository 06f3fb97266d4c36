import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../story/eventually.ts';
import { insert, measured, open, revert, runlens } from './editor.ts';
import { storyFacts } from './story.ts';

describe('Restricted Mode', () => {
  it('is on', () => assert.equal(vscode.workspace.isTrusted, false));

  it('shows the numbers of the collector of this machine, and takes no address from the workspace', async () => {
    // The workspace's own settings name another collector.
    const { workspaceValue } = vscode.workspace.getConfiguration('runlens').inspect('collector.url') ?? {};
    assert.equal(workspaceValue ?? 'http://127.0.0.1:9', 'http://127.0.0.1:9');
    const { status } = await runlens();
    await eventually('connected', () => {
      const collector = status()?.collector;
      assert.equal(collector?.kind === 'connected' && collector.url, storyFacts().collectorUrl);
    });
    const { state } = await measured(await open('pricing/price.ts'), 'priceLine');
    assert.equal(state.kind === 'measured' && state.mapping, 'exact');
  });

  it('starts no program: no collector, and no git for the text that runs', async () => {
    const api = await runlens();
    assert.equal(api.collectorPid(), undefined);
    const document = await open('pricing/price.ts');
    await insert(document, 0, '// a line\n');
    // The text on disk is still the deployed one, and is read without git.
    const { state } = await measured(document, 'priceLine');
    assert.equal(state.kind === 'measured' && state.mapping, 'moved');
    await revert(document);
  });

  it('shows probes and says why none is placed', async () => {
    const api = await runlens();
    await eventually('denied', () => {
      const { access } = api.probes();
      assert.equal(access.kind === 'denied' && access.why, 'restricted');
    });
  });

  it('keeps the commands that start programs from doing so', async () => {
    const tasks = vscode.tasks.taskExecutions.length;
    // It tells why in a message that nobody answers here, so it is not waited for.
    void vscode.commands.executeCommand('runlens.runWithSensor').then(undefined, () => undefined);
    void vscode.commands.executeCommand('runlens.startCollector').then(undefined, () => undefined);
    void vscode.commands.executeCommand('runlens.reviewChanges').then(undefined, () => undefined);
    await open('pricing/coupons.ts');
    assert.equal(vscode.tasks.taskExecutions.length, tasks);
    assert.equal((await runlens()).collectorPid(), undefined);
    assert.equal((await runlens()).review(), undefined);
  });

  it('answers a model from the collector, and tells it why no change is reviewed', async () => {
    const ask = async (name: string): Promise<string> => {
      const { content } = await vscode.lm.invokeTool(name, { input: {}, toolInvocationToken: undefined });
      return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
    };
    assert.match(await ask('runlens_service_status'), /shop/);
    assert.match(await ask('runlens_review_change'), /Restricted Mode/);
  });
});
