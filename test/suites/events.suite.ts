import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from '../story/eventually.ts';
import { lensesOf, open, runlens } from './editor.ts';
import { storyFacts } from './story.ts';

const name = 'GatewayClient.charge';
const file = 'payments/gateway-client.ts';

async function send(state: 'firing' | 'resolved'): Promise<void> {
  const event = { title: 'payments degraded', key: 'payments', state, severity: 'critical', service: 'shop' };
  const functions = [{ file, function: name }];
  const { collectorUrl } = storyFacts();
  const response = await fetch(`${collectorUrl}/api/v1/events/generic`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...event, environment: 'production', functions }),
  });
  assert.equal(response.status, 202, await response.text());
}

async function told() {
  const found = (await runlens()).events().find(({ event }) => event.title === 'payments degraded');
  assert.ok(found, 'the event is not there yet');
  return found;
}

describe('events of the running shop', () => {
  it('stand above the functions that they concern, in the view and in the status bar, until they are over', async () => {
    const document = await open(file);
    const bannersOf = async () => {
      const lenses = await lensesOf(document);
      return lenses.filter(({ title }) => title.startsWith('● payments degraded, began '));
    };
    await send('firing');
    const line = await eventually(`it is told, and ${name} is found in the workspace`, async () => {
      const { event, locations } = await told();
      assert.equal(event.state, 'firing');
      const found = locations[0]?.range.start.line;
      assert.ok(found !== undefined, 'it has no place');
      return found;
    });
    const banners = await eventually('a lens tells it', async () => {
      const found = await bannersOf();
      assert.equal(found.length, 1);
      return found;
    });
    assert.deepEqual([banners[0]?.line, banners[0]?.command], [line, 'runlens.events.show']);
    assert.match(document.lineAt(line).text, /charge/);
    await eventually('the status bar counts it', async () =>
      assert.match((await runlens()).statusBarText(), /\$\(bell-dot\) \d/),
    );
    await vscode.commands.executeCommand('runlens.events.show', (await told()).event.id);

    await send('resolved');
    await eventually('it is over', async () => assert.equal((await told()).event.state, 'resolved'));
    await eventually('no lens tells it', async () => assert.deepEqual(await bannersOf(), []));
  });
});
