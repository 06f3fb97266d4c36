import assert from 'node:assert/strict';
import { formatCount } from '@runlens/protocol/format';
import * as vscode from 'vscode';
import { eventually } from '../story/eventually.ts';
import { functionOf, functionsOf, hoverAt, lensesOf, measured, open } from './editor.ts';

describe('what is not known is told, and never as a zero', () => {
  it('code that nothing calls is not called in this window, with since when it is measured', async () => {
    const document = await open('pricing/coupons.ts');
    for (const name of ['LegacyCoupon.parse', 'LegacyCoupon.checkDigit', 'LegacyCoupon.discountOn']) {
      await eventually(name, async () => {
        const { state, label } = await functionOf(document, name);
        assert.equal(state.kind, 'notCalled');
        assert.match(label, /^not called in the last 15m · measured since .+ · Why\?$/);
      });
    }
  });

  it('a file that no service has loaded is told once, at its top', async () => {
    const document = await open('pricing/coupons.test.ts');
    await eventually('one lens', async () => {
      const lenses = await lensesOf(document);
      assert.equal(lenses.length, 1, JSON.stringify(lenses));
      assert.equal(lenses[0]?.line, 0);
      assert.match(lenses[0]?.title ?? '', /^Runlens: never loaded: by no process of shop .+ · Why\?$/);
      assert.equal(lenses[0]?.command, 'runlens.why');
    });
    for (const { state } of await functionsOf(document)) {
      assert.equal(state.kind === 'notMeasured' && state.reason, 'neverLoaded');
    }
  });

  it('a text file has no lens at all', async () => {
    assert.deepEqual(await lensesOf(await open('README.md')), []);
  });
});

describe('the hover', () => {
  it('has the whole profile: count, percentiles, errors, since when', async () => {
    const document = await open('pricing/price.ts');
    const { selectionRange, state } = await measured(document, 'priceLine');
    const place = new vscode.Position(selectionRange.start.line, selectionRange.start.character + 1);
    const text = await hoverAt(document, place);
    for (const part of ['priceLine', 'p50', 'p90', 'p95', 'p99', 'max', 'no errors', 'measured since', 'last call']) {
      assert.ok(text.includes(part), `${part} is missing in:\n${text}`);
    }
    assert.ok(state.kind === 'measured');
    assert.ok(text.includes(formatCount(state.profile.calls)), `${state.profile.calls} calls in:\n${text}`);
  });

  it('is there on the name of a function, and not within its body', async () => {
    const document = await open('pricing/price.ts');
    const { selectionRange } = await measured(document, 'priceLine');
    assert.equal(await hoverAt(document, new vscode.Position(selectionRange.start.line + 2, 8)), '');
  });

  it('warns where the function fails in another environment', async () => {
    const document = await open('payments/gateway-client.ts');
    await eventually('a warning', async () => {
      const { failingElsewhere, label } = await functionOf(document, 'GatewayClient.charge');
      assert.equal(failingElsewhere[0]?.environment, 'staging');
      assert.match(label, /⚠ \d+ % errors in staging/);
    });
  });
});
