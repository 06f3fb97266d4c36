import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../story/eventually.ts';
import { open, runlens } from './editor.ts';
import { direct } from './story.ts';

const commands = ['show', 'askCopilot', 'placeProbe', 'mute'].map((name) => `runlens.findings.${name}`);

/** Of the loop over products, which asks for each of them. */
async function ofTheList() {
  const found = (await runlens())
    .findings()
    .find(({ finding: { kind, place } }) => kind === 'repeatedQuery' && place?.function === 'Shelf.list');
  assert.ok(found, 'the queries of Shelf.list are no finding yet');
  return found;
}

const marksIn = (document: vscode.TextDocument): readonly vscode.Diagnostic[] =>
  vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'Runlens');

describe('findings of the running shop', () => {
  before(() => direct('/load/start'));
  after(() => direct('/load/stop'));

  it('stand at the function that they are about, with what can be done', async () => {
    const document = await open('catalog/shelf.ts');
    const { finding, location } = await eventually('the loop is found', ofTheList, 120);
    assert.equal(finding.environment, 'production');
    const mark = await eventually('it is marked', () => {
      const found = marksIn(document).find(({ code }) => code === finding.id);
      assert.ok(found, 'no mark');
      return found;
    });
    assert.equal(document.getText(mark.range), 'list');
    assert.equal(mark.severity, vscode.DiagnosticSeverity.Information);
    assert.match(mark.message, /^N\+1 queries: Shelf\.list asks \d queries for each item: 24 times in one call \(/);
    assert.equal(location?.range.start.line, mark.range.start.line);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      mark.range,
    );
    const offered = actions.flatMap(({ command }) => (command?.arguments?.[0] === finding.id ? [command.command] : []));
    assert.deepEqual(offered, commands);
  });

  it('are accepted by a person, and marked as the setting says', async () => {
    const document = await open('catalog/shelf.ts');
    const { finding } = await ofTheList();
    await vscode.commands.executeCommand('runlens.findings.accept', finding.id);
    await eventually('it is accepted', async () => assert.equal((await ofTheList()).finding.state, 'accepted'));
    const settings = vscode.workspace.getConfiguration('runlens');
    await settings.update('findings.diagnostics', 'off', vscode.ConfigurationTarget.Global);
    try {
      await eventually('nothing is marked', () => assert.deepEqual(marksIn(document), []));
    } finally {
      await settings.update('findings.diagnostics', undefined, vscode.ConfigurationTarget.Global);
    }
    await eventually('it is marked again', () => assert.notDeepEqual(marksIn(document), []));
  });

  it('come with the deploys of the service: the first version has nothing to be compared with', async () => {
    const deploys = await eventually('the version is told', async () => {
      const shown = (await runlens()).deploys();
      assert.ok(shown.length > 0, 'no deploy yet');
      return shown;
    });
    assert.match(deploys.at(-1)?.description ?? '', /the first that was seen$/);
  });
});
