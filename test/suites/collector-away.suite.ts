import assert from 'node:assert/strict';
import { eventually } from '../story/eventually.ts';
import { callsByName, functionOf, functionsOf, measured, open, runlens } from './editor.ts';
import { collector, direct } from './story.ts';

const shown = { service: 'shop', environment: 'production', file: 'pricing/price.ts', function: 'priceCart' };

describe('a collector that is killed and comes back on the same port', () => {
  it('is told as away, with the numbers that were known', async () => {
    await direct('/load/stop');
    const document = await open('pricing/price.ts');
    await measured(document, 'priceLine');
    const before = callsByName(await functionsOf(document));
    await direct('/collector/kill');
    const { status, statusBarText } = await runlens();
    await eventually('away', async () => {
      assert.equal(status()?.collector.kind, 'away');
      assert.match(statusBarText(), /collector away/);
      for (const [name, calls] of before) {
        const { state, label } = await functionOf(document, name);
        assert.equal(state.kind === 'away' && state.last?.calls, calls, name);
        assert.match(label, /collector away \(last seen .+\) · Why\?$/);
      }
    });
  });

  it('has all that was called meanwhile when it is back, and the editor follows by itself', async () => {
    const document = await open('pricing/price.ts');
    const { state } = await functionOf(document, shown.function);
    assert.ok(state.kind === 'away' && state.last);
    const { calls } = state.last;
    await direct('/carts?count=5');
    await direct('/collector/start');
    await eventually('five more', async () => {
      const { state: now } = await functionOf(document, shown.function);
      assert.equal(now.kind === 'measured' && now.profile.calls, calls + 5);
    });
    assert.equal((await collector().profile(shown)).calls, calls + 5);
    const { status } = await runlens();
    await eventually('connected', () => assert.equal(status()?.collector.kind, 'connected'));
  });
});
