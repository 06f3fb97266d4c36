import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { eventually } from '../story/eventually.ts';
import { readLens } from '../story/lens-text.ts';
import { callsByName, functionOf, functionsOf, insert, lensesOf, measured, open, replace, revert } from './editor.ts';
import { direct } from './story.ts';

/** As many as a person makes in ten seconds. */
const editsInARow = 25;

describe('while a person edits', () => {
  let document: vscode.TextDocument;
  /** Exact counts, which stand still while these tests run. */
  let calls: ReadonlyMap<string, number>;

  before(async () => {
    await direct('/load/stop');
    document = await open('pricing/price.ts');
    await measured(document, 'priceLine');
    calls = callsByName(await functionsOf(document));
  });
  afterEach(() => revert(document));

  it('a lens moves with its function, and its numbers stay', async () => {
    const titles = async () => new Map((await lensesOf(document)).map(({ line, title }) => [line, title]));
    const before = await titles();
    await insert(document, 0, '// one\n// two\n// three\n');
    await eventually('all lenses are three lines lower', async () => {
      const after = await titles();
      assert.deepEqual(
        [...after.keys()],
        [...before.keys()].map((line) => line + 3),
      );
      assert.deepEqual(callsByName(await functionsOf(document)), calls);
    });
  });

  it('numbers are never on a function that they are not of, whatever is typed and however fast', async () => {
    const random = seeded(7);
    for (let n = 0; n < editsInARow; n += 1) {
      const line = Math.floor(random() * document.lineCount);
      await insert(document, line, n % 5 === 4 ? 'function (((\n' : '// typed\n');
      for (const one of await functionsOf(document).catch(() => [])) {
        if (one.state.kind !== 'measured' && one.state.kind !== 'changed') continue;
        assert.equal(one.state.profile.calls, calls.get(one.name), `calls of ${one.name} after edit ${n}`);
        const at = document.lineAt(one.selectionRange.start.line).text.slice(one.selectionRange.start.character);
        const last = one.name.split('.').at(-1) ?? '';
        if (/^\w+$/.test(last)) assert.ok(at.startsWith(last), `${one.name} is said to be at ${JSON.stringify(at)}`);
      }
    }
  });

  it('a function whose body is changed is told as changed since the deploy, and the others keep their numbers', async () => {
    await replace(
      document,
      'const listCents = line.unitCents * quantity;',
      'const listCents = quantity * line.unitCents;',
    );
    await eventually('changed', async () => {
      const one = await functionOf(document, 'priceLine');
      assert.equal(one.state.kind, 'changed');
      assert.match(one.label, /^changed since v42 · before: [\d.]+k?\/min/);
    });
    const others = callsByName(await functionsOf(document));
    assert.deepEqual(new Set(others.keys()), new Set([...calls.keys()].filter((name) => name !== 'priceLine')));
  });

  it('a change that is taken back brings the numbers back', async () => {
    await replace(document, 'return format.format(cents / 100);', 'return format.format(cents / 100.0);');
    await eventually('changed', async () =>
      assert.equal((await functionOf(document, 'formatCents')).state.kind, 'changed'),
    );
    await replace(document, 'cents / 100.0', 'cents / 100');
    await eventually('measured again', async () => assert.deepEqual(callsByName(await functionsOf(document)), calls));
  });

  it('a pasted twin shows no number', async () => {
    const text = document.getText();
    const start = text.indexOf('function shippingFee');
    const twin = text.slice(start, text.indexOf('\n}\n', start) + 3);
    await insert(document, 3, `${twin}\n`);
    await eventually('the twin is known', async () => {
      const twins = (await functionsOf(document)).filter(({ name }) => name.startsWith('shippingFee'));
      assert.equal(twins.length, 2);
    });
    const pasted = (await functionsOf(document)).find(({ range }) => range.start.line === 3);
    assert.ok(pasted);
    assert.equal(pasted.state.kind, 'notMeasured');
    assert.equal(readLens(pasted.label), undefined, pasted.label);
  });

  it('a function that is moved to another place keeps its numbers, and what stands in its old place gets none', async () => {
    const text = document.getText();
    const start = text.indexOf('export function roundToCent');
    const moved = text.slice(start, text.indexOf('\n}\n', start) + 3);
    await replace(document, moved, 'export function somethingNew(cents: number): number {\n  return cents;\n}\n');
    await insert(document, 3, `${moved}\n`);
    await eventually('both are known', async () => {
      const at = await functionOf(document, 'roundToCent');
      assert.equal(at.range.start.line, 3);
      assert.equal(at.state.kind === 'measured' && at.state.profile.calls, calls.get('roundToCent'));
      assert.equal((await functionOf(document, 'somethingNew')).state.kind, 'notMeasured');
    });
  });

  it('a function that is not deployed yet is told as such', async () => {
    await insert(document, 3, 'export function brandNew(): number {\n  return 1;\n}\n');
    await eventually('not deployed', async () => {
      const { state, label } = await functionOf(document, 'brandNew');
      assert.equal(state.kind === 'notMeasured' && state.reason, 'notDeployed');
      assert.match(label, /^not measured here · .+ · Why\?$/);
    });
    assert.deepEqual(callsByName(await functionsOf(document)), calls);
  });

  it('a syntax error in the middle leaves the functions around it their numbers', async () => {
    await replace(document, 'const taxCents = roundToCent(', 'const taxCents = = roundToCent((');
    await eventually('the others', async () => {
      const known = callsByName(await functionsOf(document));
      for (const name of ['priceCart', 'formatCents']) assert.equal(known.get(name), calls.get(name), name);
      for (const [name, count] of known) assert.equal(count, calls.get(name), name);
    });
  });
});

/** Numbers from 0 to 1, the same ones each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
