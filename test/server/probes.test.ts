import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Collector, startCollector } from '@runlens/collector';
import { TokenStore } from '@runlens/collector/access/token-store';
import { type Capture, type ProbeRequest, type ProbeStatus, placedProbeSchema } from '@runlens/protocol';
import { type PlaceAnswer, type ProbesView, probesLsp } from '@runlens/protocol/lsp-probes';
import { LspClient, until } from '@runlens/server/testing/lsp-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SpokenSensor } from '../story/spoken-sensor.ts';
import { tell } from './service-telemetry.ts';

const file = 'src/cart.ts';
const deployed = `export class Cart {
  add(item: Item): number {
    const cents = item.price * item.count;
    return cents;
  }
  remove(item: Item): number {
    return item.count - 1;
  }
}
`;

describe('probes, by a real collector', () => {
  let folder: string;
  let home: string;
  let collector: Collector;
  let client: LspClient;
  let uri: string;
  let blob: string;
  let view: ProbesView | undefined;
  let captures: Capture[] = [];
  const clients: LspClient[] = [];
  const sensors: SpokenSensor[] = [];
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words])
      .toString()
      .trim();
  const startClient = async (configuration = {}): Promise<LspClient> => {
    const started = await LspClient.start({ folders: [folder], configuration, environment: { RUNLENS_HOME: home } });
    clients.push(started);
    started.listen(probesLsp.changed, (changed) => {
      view = changed;
    });
    started.listen(probesLsp.captured, (arrived) => captures.push(...arrived.captures));
    await until(() => started.statuses.at(-1)?.collector.kind === 'connected', 'connected');
    return started;
  };
  const sensor = async (instance: string): Promise<SpokenSensor> => {
    const connected = await SpokenSensor.connect({ collectorUrl: collector.url, instance, version: 'v42' });
    sensors.push(connected);
    return connected;
  };

  beforeEach(async () => {
    view = undefined;
    captures = [];
    folder = mkdtempSync(join(tmpdir(), 'runlens-probes-'));
    home = join(folder, 'home');
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, file), deployed);
    git('init', '-q');
    git('add', 'src');
    git('commit', '-qm', 'one');
    blob = git('hash-object', file);
    uri = pathToFileURL(join(folder, file)).href;
    collector = await startCollector({ port: 0, home, logLevel: 'error' });
    await tell(collector.url, {
      service: 'shop',
      environment: 'production',
      version: 'v42',
      functions: [{ name: 'Cart.add', file, line: 2, calls: 10, seconds: 0.001 }],
      blobs: { [file]: blob },
    });
    client = await startClient();
  });
  afterEach(async () => {
    for (const each of sensors.splice(0)) each[Symbol.dispose]();
    for (const each of clients.splice(0)) await each.stop();
    await collector.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const placeAt = (line: number, at: 'line' | 'entry' | 'exit' = 'line'): Promise<PlaceAnswer> =>
    client.request(probesLsp.placeAt, { uri, line, at });
  const place = async (line: number, more: Partial<ProbeRequest> = {}) => {
    const ready = await placeAt(line);
    if (ready.kind !== 'ready') throw new Error(ready.reason);
    const request = { kind: 'snapshot' as const, place: ready.place, target: ready.target, ...more };
    const answer = await client.request(probesLsp.place, { request });
    if (answer.kind !== 'done') throw new Error(answer.message);
    return answer.status;
  };

  /** As the command line and agents do. */
  const placeRaw = async (at: { readonly file: string; readonly line: number }): Promise<ProbeStatus> => {
    const response = await fetch(`${collector.url}/api/v1/probes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${collector.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'snapshot', place: at, target: { service: 'shop' } }),
    });
    return placedProbeSchema.parse(await response.json());
  };

  it('a line of an edited text is placed at its line of the text that runs, with its function, blob and names', async () => {
    await client.open(uri, `// one\n// two\n${deployed}`, 'typescript');
    expect(await placeAt(5)).toMatchObject({
      kind: 'ready',
      place: { file, line: 4, at: 'line', function: 'Cart.add', blob },
      target: { service: 'shop', environment: 'production' },
      note: 'line 4 of the text that runs',
    });
    const answer = await placeAt(5);
    expect(answer.kind === 'ready' && answer.names.map(({ name }) => name)).toEqual([
      'cents',
      'item',
      'Cart',
      'this',
      '$hits',
    ]);
  });

  it('a line that does not run is refused with the reason, and its function can be probed at its entry', async () => {
    await client.open(uri, deployed.replace('item.count - 1', 'item.count - 2'), 'typescript');
    expect(await placeAt(6)).toEqual({
      kind: 'refused',
      reason: expect.stringContaining('was changed since the deploy'),
    });
    expect(await placeAt(6, 'entry')).toMatchObject({
      kind: 'ready',
      place: { line: 6, at: 'entry', function: 'Cart.remove' },
    });
  });

  it('from placing to capture: pushed, with states by instance, on its line while the text is edited', async () => {
    const [one, two] = [await sensor('one'), await sensor('two')];
    await client.open(uri, deployed, 'typescript');
    const { probe } = await place(3, { condition: 'cents > 100' });
    await one.report({ state: 'armed', line: 4 });
    await two.report({ state: 'refused', cause: 'version-mismatch', detail: 'Another text runs here.' });
    await until(() => view?.probes[0]?.status.instances.length === 2, 'two instances');
    expect(view).toMatchObject({
      access: { kind: 'allowed' },
      problem: null,
      probes: [
        { mine: true, status: { state: 'armed', probe: { id: probe.id, request: { condition: 'cents > 100' } } } },
      ],
    });
    await one.capture({ locals: [['cents', { t: 'number', v: '120' }]] });
    await until(() => captures.length === 1, 'the capture');
    await one.capture({ locals: [['cents', { t: 'number', v: '140' }]] });
    await until(() => captures.length === 2, 'the second, and the first no more');
    expect(captures.map(({ values }) => values?.locals?.[0]?.[1].v)).toEqual(['120', '140']);
    await client.change(uri, 2, `// a line\n${deployed}`);
    expect(await client.request(probesLsp.ofDocument, { uri })).toEqual({
      version: 2,
      probes: [{ id: probe.id, line: 4, match: 'line' }],
    });
    await client.change(uri, 3, deployed.replace('    return cents;\n', '    return cents + 1;\n'));
    expect(await client.request(probesLsp.ofDocument, { uri })).toMatchObject({ probes: [{ line: 1, match: 'gone' }] });
    expect(await client.request(probesLsp.locate, { file, line: 4, blob })).toEqual({ uri, line: 1 });
    await client.request(probesLsp.act, { id: probe.id, action: { kind: 'remove' } });
    await until(() => view?.probes[0]?.status.state === 'removed', 'removed');
    await until(() => one.probes.length === 0, 'told to the sensor');
  });

  it('placed without telling of which text, a probe is shown at its line of the text that runs', async () => {
    const { probe } = await placeRaw({ file, line: 4 });
    await client.open(uri, `// one\n// two\n${deployed}`, 'typescript');
    await until(() => view?.probes[0]?.status.probe.id === probe.id, 'the probe');
    expect(await client.request(probesLsp.ofDocument, { uri })).toMatchObject({ probes: [{ line: 5, match: 'line' }] });
    await client.change(uri, 2, deployed.replace('    return cents;\n', '    return cents + 1;\n'));
    expect(await client.request(probesLsp.ofDocument, { uri })).toMatchObject({ probes: [{ line: 1, match: 'gone' }] });
  });

  it('where the text that runs is not at hand, a probe is shown by its number, and is said to be', async () => {
    const other = 'src/other.ts';
    writeFileSync(join(folder, other), deployed);
    const otherUri = pathToFileURL(join(folder, other)).href;
    const { probe } = await placeRaw({ file: other, line: 3 });
    await client.open(otherUri, deployed, 'typescript');
    await until(() => view?.probes[0]?.status.probe.id === probe.id, 'the probe');
    expect(await client.request(probesLsp.ofDocument, { uri: otherUri })).toMatchObject({
      probes: [{ line: 2, match: 'unknown' }],
    });
  });

  it('an agent’s probe is seen, and approved by the hash that was shown and by no other', async () => {
    await client.open(uri, deployed, 'typescript');
    const ready = await placeAt(3);
    if (ready.kind !== 'ready') throw new Error(ready.reason);
    const response = await fetch(`${collector.url}/api/v1/probes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${collector.token}`,
        'content-type': 'application/json',
        'runlens-agent': 'bot',
      },
      body: JSON.stringify({ kind: 'snapshot', place: ready.place, target: ready.target, reason: 'why' }),
    });
    expect(response.status).toBe(200);
    await until(() => view?.probes[0]?.status.state === 'proposed', 'proposed');
    const known = view?.probes[0];
    expect(known?.mine).toBe(false);
    const { id = '', hash = '' } = known?.status.probe ?? {};
    const act = (asked: string) => client.request(probesLsp.act, { id, action: { kind: 'approve', hash: asked } });
    expect(await act('0'.repeat(64))).toEqual({
      kind: 'refused',
      message: expect.stringContaining('not the probe that was shown'),
    });
    expect(await act(hash)).toMatchObject({ kind: 'done', status: { state: 'waiting' } });
  });

  it('all are disarmed at once, also those of others, and who did not confirm is named', async () => {
    await sensor('one');
    await client.open(uri, deployed, 'typescript');
    const { probe } = await place(3);
    expect(await client.request(probesLsp.disarmAll, null)).toEqual({
      kind: 'done',
      removed: [probe.id],
      unconfirmed: [],
    });
  });

  it('in Restricted Mode nothing is placed and everything can be removed', async () => {
    await client.open(uri, deployed, 'typescript');
    const { probe } = await place(3);
    await client.configure({ trusted: false });
    await until(() => view?.access.kind === 'denied', 'denied');
    expect(view?.access).toMatchObject({ why: 'restricted' });
    expect(await client.request(probesLsp.place, { request: probe.request })).toMatchObject({ kind: 'refused' });
    expect(await client.request(probesLsp.act, { id: probe.id, action: { kind: 'remove' } })).toMatchObject({
      kind: 'done',
    });
  });

  it('a read-only token sees probes and is told why it may place none', async () => {
    await client.open(uri, deployed, 'typescript');
    const { probe } = await place(3);
    const { token } = new TokenStore(home).create('reader', 'viewer', null);
    const reader = await startClient({ collectorUrl: collector.url, token });
    await until(() => view?.access.kind === 'denied', 'denied');
    expect(view?.access).toMatchObject({ why: 'role', message: expect.stringContaining('may read only') });
    expect(view?.probes).toMatchObject([{ mine: false, status: { probe: { id: probe.id } } }]);
    expect(await reader.request(probesLsp.disarmAll, null)).toMatchObject({ kind: 'refused' });
  });

  it('without a collector the probes are said to be away', async () => {
    await collector.close();
    await until(() => view?.access.kind === 'denied', 'denied');
    expect(view?.access).toMatchObject({ why: 'away' });
  });
});
