import assert from 'node:assert/strict';
import type { Capture, ProbeStatus } from '@runlens/protocol';
import * as vscode from 'vscode';
import { eventually } from '../story/eventually.ts';
import { insert, lensesOf, measured, open, replace, revert, runlens } from './editor.ts';
import { direct } from './story.ts';

type Kind = 'Snapshot' | 'Log' | 'Counter' | 'Timer';

/** Places a probe without the form, as a caller of the command may; undefined: it was refused. */
const place = (
  kind: Kind,
  document: vscode.TextDocument,
  line: number,
  values: object,
): Thenable<ProbeStatus | undefined> =>
  vscode.commands.executeCommand(
    `runlens.probes.place${kind}`,
    document.uri.toString(),
    { line, character: 0 },
    values,
  );

function lineOf(document: vscode.TextDocument, words: string): number {
  const at = document.getText().indexOf(words);
  assert.ok(at >= 0, `no ${words}`);
  return document.positionAt(at).line;
}

async function placed(kind: Kind, document: vscode.TextDocument, words: string, values: object): Promise<string> {
  const status = await place(kind, document, lineOf(document, words), values);
  assert.ok(status, 'the probe was refused');
  return status.probe.id;
}

async function statusOf(id: string): Promise<ProbeStatus> {
  const found = (await runlens()).probes().probes.find(({ status }) => status.probe.id === id);
  assert.ok(found, `${id} is not known`);
  return found.status;
}

const armed = (id: string): Promise<void> =>
  eventually(`${id} is armed`, async () => {
    const status = await statusOf(id);
    assert.equal(status.state, 'armed', JSON.stringify(status.instances));
  });

const captured = (id: string, count: number): Promise<readonly Capture[]> =>
  eventually(`${count} captures of ${id}`, async () => {
    const captures = (await runlens()).capturesOf(id);
    assert.ok(captures.length >= count, `${captures.length} captures; ${JSON.stringify(await statusOf(id))}`);
    return captures;
  });

const marksOf = async (document: vscode.TextDocument) => (await runlens()).probeDrawingOf(document).marks;

const item = (capture: Capture) => ({ kind: 'capture', id: `${capture.probe}/${capture.id}`, capture });

describe('a probe in the running shop', () => {
  let document: vscode.TextDocument;
  let snapshot: string;

  before(async () => {
    await direct('/load/stop');
    document = await open('pricing/price.ts');
    await measured(document, 'priceLine');
    await eventually('probes may be placed', async () =>
      assert.equal((await runlens()).probes().access.kind, 'allowed'),
    );
  });
  after(() => revert(document));

  it('is placed on a line of an edited text, and armed at that line of the text that runs', async () => {
    const before = lineOf(document, 'const grossCents');
    await insert(document, 0, '// one\n// two\n');
    snapshot = await placed('Snapshot', document, 'const grossCents', {
      text: 'quantity === 1',
      expressions: ['line.unitCents'],
    });
    assert.equal((await statusOf(snapshot)).probe.request.place.line, before + 1);
    await armed(snapshot);
    await eventually('a mark on its line, with its state', async () => {
      const [mark] = await marksOf(document);
      assert.equal(mark?.line, lineOf(document, 'const grossCents'));
      assert.match(mark?.text ?? '', /^armed on [1-9]\d* of [1-9]\d*/);
    });
  });

  it('brings the values of the call, which are shown at the ends of its lines', async () => {
    await direct('/carts?count=1');
    const [capture] = await captured(snapshot, 1);
    // One a second is told.
    await eventually('a second', async () => {
      await direct('/carts?count=1');
      assert.ok((await runlens()).capturesOf(snapshot).length >= 2);
    });
    const locals = new Map(capture?.values?.locals);
    const value = (name: string): number => Number(locals.get(name)?.v);
    assert.equal(value('quantity'), 1);
    assert.equal(value('listCents'), Number(capture?.expressions?.[0]?.value?.v));
    assert.ok(value('listCents') > 0, JSON.stringify(capture));
    const last = (await captured(snapshot, 2)).at(-1);
    const list = new Map(last?.values?.locals).get('listCents')?.v;
    await eventually('inline', async () => {
      const { values } = (await runlens()).probeDrawingOf(document);
      const line = values.find((each) => each.line === lineOf(document, 'const listCents'));
      assert.match(line?.text ?? '', new RegExp(`listCents = ${list}\\b`));
    });
  });

  it('moves with the text', async () => {
    await insert(document, 0, '// three\n');
    await eventually('the mark', async () =>
      assert.deepEqual(
        (await marksOf(document)).map(({ line }) => line),
        [lineOf(document, 'const grossCents')],
      ),
    );
  });

  it('opens its captures as text, side by side, and as a test fixture', async () => {
    const [one, other] = await captured(snapshot, 2);
    assert.ok(one && other);
    await vscode.commands.executeCommand('runlens.probes.openCapture', item(one));
    await eventually('the text', () => {
      const text = vscode.window.activeTextEditor?.document.getText() ?? '';
      assert.match(text, /^priceLine {2}pricing\/price\.ts:\d+\n/);
      assert.match(text, /\nLocals\n(?: {2}.*\n)* {2}quantity: 1\n/);
    });
    await vscode.commands.executeCommand('runlens.probes.compareCaptures', item(one), [item(one), item(other)]);
    await eventually('the comparison', () => {
      const { activeTab } = vscode.window.tabGroups.activeTabGroup;
      assert.ok(activeTab?.input instanceof vscode.TabInputTextDiff);
      assert.match(activeTab.label, /^Captures: (no value differs|\d+ values? differs?)$/);
    });
    await vscode.commands.executeCommand('runlens.probes.captureToFixture', item(one));
    await eventually('the fixture', () => {
      const { languageId, getText } = vscode.window.activeTextEditor?.document ?? assert.fail('no editor');
      assert.equal(languageId, 'typescript');
      assert.match(getText(), /export const captured = \{[\s\S]*"quantity": 1,/);
    });
    for (let tabs = 0; tabs < 3; tabs += 1) {
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    }
    await vscode.window.showTextDocument(document);
  });

  it('is exported as JSON: the probe to be placed again, and its captures', async () => {
    await vscode.commands.executeCommand('runlens.probes.copyJson', snapshot);
    const copied = JSON.parse(await vscode.env.clipboard.readText());
    assert.deepEqual(copied, (await statusOf(snapshot)).probe.request);
    const captures = await captured(snapshot, 2);
    const [one, other] = captures;
    assert.ok(one && other);
    await vscode.commands.executeCommand('runlens.probes.exportCaptures', item(one), [item(one), item(other)]);
    await eventually('the export', () => {
      const { languageId, getText } = vscode.window.activeTextEditor?.document ?? assert.fail('no editor');
      assert.equal(languageId, 'json');
      assert.deepEqual(JSON.parse(getText()), JSON.parse(JSON.stringify([one, other])));
    });
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.window.showTextDocument(document);
  });

  it('rests while it is paused, has more time when it is renewed, and can be placed once more', async () => {
    await vscode.commands.executeCommand('runlens.probes.pause', snapshot);
    await eventually('paused', async () => {
      assert.equal((await statusOf(snapshot)).state, 'paused');
      assert.ok((await marksOf(document)).some(({ id, mark }) => id === snapshot && mark === 'limited'));
    });
    const { captures } = await statusOf(snapshot);
    await direct('/carts?count=2');
    assert.equal((await statusOf(snapshot)).captures, captures);
    const before = (await statusOf(snapshot)).probe.expiresAt;
    await vscode.commands.executeCommand('runlens.probes.renew', snapshot);
    await eventually('renewed', async () => assert.ok((await statusOf(snapshot)).probe.expiresAt > before));
    await vscode.commands.executeCommand('runlens.probes.resume', snapshot);
    await armed(snapshot);
    await vscode.commands.executeCommand('runlens.probes.duplicate', snapshot);
    const { request } = (await statusOf(snapshot)).probe;
    const twin = await eventually('another of the same', async () => {
      const found = (await runlens())
        .probes()
        .probes.find(({ status }) => status.probe.id !== snapshot && status.state === 'armed');
      assert.deepEqual(found?.status.probe.request, request);
      return found?.status.probe.id;
    });
    await vscode.commands.executeCommand('runlens.probes.remove', twin);
  });

  it('is found by what it captured', async () => {
    await captured(snapshot, 2);
    const found = vscode.commands.executeCommand('runlens.probes.searchCaptures');
    // The list is there when its first entry can be accepted; until then nothing happens.
    let isDone = false;
    found.then(
      () => {
        isDone = true;
      },
      () => undefined,
    );
    await eventually('the first is accepted', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      assert.ok(isDone);
    });
    await vscode.window.showTextDocument(document);
  });

  it('is previewed: what it would capture, without a value', async () => {
    let isDone = false;
    const shown = vscode.commands
      .executeCommand(
        'runlens.probes.preview',
        document.uri.toString(),
        { line: lineOf(document, 'const grossCents'), character: 0 },
        { text: '' },
      )
      .then(() => {
        isDone = true;
      });
    await eventually('the preview', async () => {
      await direct('/carts?count=1');
      assert.ok(isDone);
    });
    await shown;
    const lines = vscode.window.activeTextEditor?.document.getText() ?? '';
    assert.match(lines, /^priceLine {2}pricing\/price\.ts:\d+\nSeen at one hit/);
    assert.match(lines, /\n {2}listCents: number\n/);
    assert.doesNotMatch(lines, /listCents: \d/);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await vscode.window.showTextDocument(document);
  });

  it('is removed from the shop and from the text', async () => {
    await vscode.commands.executeCommand('runlens.probes.remove', snapshot);
    await eventually('removed', async () => {
      assert.equal((await statusOf(snapshot)).state, 'removed');
      assert.deepEqual(await marksOf(document), []);
    });
    const before = (await runlens()).capturesOf(snapshot).length;
    await direct('/carts?count=2');
    assert.equal((await statusOf(snapshot)).captures, before);
  });

  it('that counts or measures is a lens above its line', async () => {
    const counter = await placed('Counter', document, 'const shares', { text: '', by: 'line.quantity' });
    const timer = await placed('Timer', document, 'return goodsCents >= rules', { text: '', at: 'entry' });
    await armed(counter);
    const to = document
      .getText()
      .split('\n')
      .findIndex((text) => text.includes('const grossCents'));
    const lines = await placed('Timer', document, 'const listCents', { text: '', untilLine: to });
    await armed(timer);
    await armed(lines);
    await direct('/carts?count=3');
    await eventually('all lenses', async () => {
      const titles = (await lensesOf(document)).map(({ title }) => title).filter((title) => title.startsWith('◆'));
      assert.ok(
        titles.some((title) => /^◆ counter by line\.quantity: 1: 3 hits$/.test(title)),
        titles.join(),
      );
      assert.ok(
        titles.some((title) => /^◆ timer at entry: 3 times · p50 .+ max /.test(title)),
        titles.join(),
      );
      assert.ok(
        titles.some((title) => title.startsWith(`◆ timer to line ${to + 1}: 3 times · p50 `)),
        titles.join(),
      );
    });
    await vscode.commands.executeCommand('runlens.probes.remove', counter);
    await vscode.commands.executeCommand('runlens.probes.remove', timer);
    await vscode.commands.executeCommand('runlens.probes.remove', lines);
  });

  it('that logs brings its lines', async () => {
    const log = await placed('Log', document, 'const taxCents', { text: 'list {listCents} of {quantity}' });
    await armed(log);
    await direct('/carts?count=1');
    const [line] = await captured(log, 1);
    assert.match(line?.message ?? '', /^list \d+ of 1$/);
    await vscode.commands.executeCommand('runlens.probes.remove', log);
  });

  it('is refused on a line that was changed since the deploy, and on an expression that would act', async () => {
    await replace(document, 'const rounded = Math.round(cents);', 'const rounded = Math.round(cents + 0);');
    const count = (await runlens()).probes().probes.length;
    assert.equal(await place('Snapshot', document, lineOf(document, 'cents + 0'), { text: '' }), undefined);
    void place('Snapshot', document, lineOf(document, 'const taxCents'), { text: 'line.quantity = 2' });
    await insert(document, 0, '// four\n');
    assert.equal((await runlens()).probes().probes.length, count);
  });

  it('goes with all others at one key', async () => {
    const one = await placed('Snapshot', document, 'const taxCents', { text: '' });
    const other = await placed('Counter', document, 'const discountCents', { text: '' });
    await vscode.commands.executeCommand('runlens.probes.disarmAll');
    await eventually('both removed', async () => {
      for (const id of [one, other]) assert.equal((await statusOf(id)).state, 'removed');
    });
  });
});
