import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { eventually } from '../story/eventually.ts';
import { functionOf, measured, open, runlens } from './editor.ts';
import { collector, direct, storyFacts } from './story.ts';

/** Both repositories have this file, with functions of the same names. */
const file = 'pricing/price.ts';

describe('two folders, each with its service', () => {
  // Exact counts are compared, which have to stand still.
  before(() => direct('/load/stop'));

  const billingFolder = (): string => {
    const { billingFolder: folder } = storyFacts();
    assert.ok(folder, 'the story has a second folder');
    return folder;
  };

  it('show each its own numbers, though paths and names are the same', async () => {
    for (const { folder, service } of [
      { folder: storyFacts().shopFolder, service: 'shop' },
      { folder: billingFolder(), service: 'billing' },
    ]) {
      const document = await open(file, folder);
      const one = await measured(document, 'priceLine');
      assert.ok(one.state.kind === 'measured');
      assert.equal(one.state.profile.service, service);
      assert.equal(one.state.mapping, 'exact');
      const environment = service === 'shop' ? 'production' : 'development';
      const truth = await collector().profile({ service, environment, file, function: 'priceLine' });
      await eventually(service, async () => {
        const { state } = await functionOf(document, 'priceLine');
        assert.equal(state.kind === 'measured' && state.profile.calls, truth.calls);
      });
      const { status } = await runlens();
      await eventually('the status follows the active document', () =>
        assert.equal(status()?.effective?.service, service),
      );
    }
  });

  it('a function that only one of them has is no function of the other', async () => {
    const billing = await open(file, billingFolder());
    await eventually('it is known', async () => {
      const { state } = await functionOf(billing, 'formatCents');
      assert.equal(state.kind, 'notCalled');
      assert.ok(state.kind === 'notCalled' && state.profile.service === 'billing');
    });
  });

  it('are reviewed together, each change in its own folder', async () => {
    const billing = join(billingFolder(), file);
    const before = await readFile(billing, 'utf8');
    await writeFile(billing, before.replace('cents * 2', 'cents * 3'));
    try {
      const { review } = await runlens();
      // What it shows at the end is not waited for: a message may stand in its way.
      void vscode.commands.executeCommand('runlens.reviewChanges').then(undefined, () => undefined);
      await eventually('the change of the second folder is shown in its own file', () => {
        const changed = review()?.functions.find((each) => each.function === 'priceLine');
        assert.equal(changed?.folder, basename(billingFolder()));
        assert.equal(changed?.location?.uri, vscode.Uri.file(billing).toString());
      });
    } finally {
      await writeFile(billing, before);
    }
  });
});
