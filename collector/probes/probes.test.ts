/** The probes of a collector over HTTP, with a sensor's end of the channel that is spoken by hand. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArmedProbe, Capture, ProbeReport, ProbeStatus, SentCapture } from '@runlens/protocol';
import type { ProbePreview } from '@runlens/protocol/api/probes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenStore } from '../access/token-store.ts';
import { verifyAudit } from '../audit/verify-audit.ts';
import { type Collector, startCollector } from '../index.ts';

let home: string;
let collector: Collector;
let sensors: Sensor[] = [];
let clock = 0;
const start = (): Promise<Collector> =>
  startCollector({
    port: 0,
    home,
    logLevel: 'silent',
    policyFile: join(home, 'runlens.yml'),
    now: () => Date.now() + clock,
  });

beforeEach(async () => {
  clock = 0;
  home = mkdtempSync(join(tmpdir(), 'runlens-probes-'));
  collector = await start();
});
afterEach(async () => {
  for (const sensor of sensors) sensor.close();
  sensors = [];
  await collector.close();
  rmSync(home, { recursive: true, force: true });
});

async function call<T = ProbeStatus>(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: T & { detail?: string } }> {
  const response = await fetch(`${collector.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${collector.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  // What the API answers is JSON of the shape that each test names.
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as T & { detail?: string } };
}

const state = {
  level: 'full',
  since: '2026-01-01T00:00:00.000Z',
  offBy: [],
  cpuShare: null,
  cpuBudget: 0.03,
  filesOff: [],
};
const controlHeaders = { 'runlens-control': '1', 'content-type': 'application/json' };

/** A sensor that answers each command, and remembers the probes that it was told. */
class Sensor {
  connection = '';
  probes: readonly ArmedProbe[] = [];
  told = 0;
  answers = true;
  secretNames: readonly string[] = [];
  readonly #request;

  constructor(instance: string, service = 'shop', commands = ['switch', 'probes']) {
    this.#request = httpRequest(`${collector.url}/v1/control/connect`, { method: 'POST', headers: controlHeaders });
    this.#request.on('error', () => {});
    this.#request.on('response', (response) => {
      let rest = '';
      response.on('error', () => {});
      response.on('data', (chunk: Buffer) => {
        rest += chunk.toString();
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.#take(JSON.parse(line));
      });
    });
    this.#request.end(
      JSON.stringify({
        version: 1,
        service,
        environment: 'production',
        serviceVersion: 'v1',
        instance,
        pid: 1,
        node: '24',
        sensor: '1',
        commands,
        state,
      }),
    );
    sensors.push(this);
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the collector writes
  #take(message: any): void {
    if (message.kind === 'welcome') this.connection = message.connection;
    if (message.kind !== 'probes') return;
    this.told += 1;
    this.probes = message.probes;
    this.secretNames = message.secretNames;
    // The collector may be closed already when the test has ended.
    if (this.answers) this.report([], [{ id: message.id, outcome: 'done' }]).catch(() => {});
  }

  report(probes: readonly Partial<ProbeReport>[], acknowledgements: readonly unknown[] = []): Promise<Response> {
    return fetch(`${collector.url}/v1/control/report`, {
      method: 'POST',
      headers: controlHeaders,
      body: JSON.stringify({ connection: this.connection, state, acknowledgements, probes }),
    });
  }

  capture(captures: readonly Partial<SentCapture>[]): Promise<Response> {
    return fetch(`${collector.url}/v1/control/captures`, {
      method: 'POST',
      headers: controlHeaders,
      body: JSON.stringify({ connection: this.connection, captures }),
    });
  }

  close(): void {
    this.#request.destroy();
  }
}

async function eventually(what: () => void | Promise<void>): Promise<void> {
  const end = Date.now() + 25_000;
  for (;;) {
    try {
      await what();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function connected(instance = 'one', service = 'shop', commands?: string[]): Promise<Sensor> {
  const sensor = new Sensor(instance, service, commands);
  await eventually(() => expect(sensor.connection).not.toBe(''));
  return sensor;
}

const request = (changes: object = {}) => ({
  kind: 'snapshot',
  place: { file: 'src/pay.ts', line: 12 },
  target: { service: 'shop' },
  ...changes,
});
const place = async (changes: object = {}, headers?: Readonly<Record<string, string>>): Promise<ProbeStatus> => {
  const placed = await call('POST', '/api/v1/probes', request(changes), headers);
  expect(placed.status, placed.body.detail).toBe(200);
  return placed.body;
};
const report = (probe: string, changes: object = {}): Partial<ProbeReport> => ({
  probe,
  state: {
    state: 'armed',
    engine: 'gate',
    line: 12,
    reached: 5,
    hits: 0,
    skipped: 0,
    failures: 0,
    cost: 0.1,
    at: new Date().toISOString(),
    ...changes,
  },
});
let captureNumber = 0;
const capture = (probe: string, changes: object = {}): Partial<SentCapture> => {
  captureNumber += 1;
  return {
    id: `c-${String(captureNumber).padStart(8, '0')}`,
    probe,
    kind: 'snapshot',
    at: new Date().toISOString(),
    file: 'src/pay.ts',
    function: 'pay',
    line: 12,
    redacted: 0,
    cut: [],
    cost: 0.1,
    ...changes,
  };
};
const asAgent = { agent: { 'runlens-agent': 'copilot', 'runlens-session': 's1' } };
const tokenOf = (role: 'viewer' | 'prober' | 'agent', name: string = role) => ({
  authorization: `Bearer ${new TokenStore(home).create(name, role, null).token}`,
});

describe('a preview', () => {
  const preview = (changes: object, wait: number, headers?: Readonly<Record<string, string>>) =>
    call<ProbePreview>('POST', `/api/v1/probes/preview?wait=${wait}`, request(changes), headers);
  const previewed = async (sensor: Sensor): Promise<string> => {
    await eventually(() => expect(sensor.probes).toHaveLength(1));
    return sensor.probes[0]?.id ?? '';
  };

  it.each([
    ['where nobody runs the service', {}, 'No instance of shop'],
    ['of a line that the sensor refuses', { refuses: true }, 'There is no code'],
  ])('tells nothing %s, and why', async (_, { refuses = false }: { refuses?: boolean }, why) => {
    const sensor = refuses ? await connected() : undefined;
    const asked = preview({}, 5);
    if (sensor) {
      const detail = 'There is no code on this line.';
      await sensor.report([report(await previewed(sensor), { state: 'refused', cause: 'line-without-code', detail })]);
    }
    expect(await asked).toEqual({ status: 200, body: { from: 'nothing', why: expect.stringContaining(why) } });
  });

  it('is only of snapshots, and an agent gets none that needs a person’s yes: nobody is asked for it', async () => {
    expect(await preview({ kind: 'counter' }, 0)).toMatchObject({ status: 400 });
    expect(await preview({}, 0, asAgent.agent)).toMatchObject({ status: 403 });
    const { body } = await call<{ probes: ProbeStatus[] }>('GET', '/api/v1/probes?ended=true');
    expect(body.probes).toEqual([]);
  });

  it('asks for shapes only, tells the names of the place when nobody comes by, and leaves nothing behind', async () => {
    const sensor = await connected();
    const asked = preview({ condition: 'total > 5' }, 0.5);
    const id = await previewed(sensor);
    expect(sensor.probes[0]).toMatchObject({ request: { preview: true }, hits: 1 });
    const names = [{ name: 'total', kind: 'local', hidden: false }];
    await sensor.report([report(id, { line: 13, function: 'pay', names })]);
    expect(await asked).toMatchObject({
      status: 200,
      body: { from: 'scope', line: 13, function: 'pay', names, why: expect.stringContaining('condition is true') },
    });
    await eventually(() => expect(sensor.probes).toEqual([]));
  });

  it('brings the first hit', async () => {
    const sensor = await connected();
    const asked = preview({}, 5);
    const id = await previewed(sensor);
    await sensor.capture([capture(id, { values: { locals: [['total', { t: 'number', x: 'redacted' }]] } })]);
    expect(await asked).toMatchObject({
      status: 200,
      body: { from: 'hit', capture: { values: { locals: [['total', { t: 'number', x: 'redacted' }]] } } },
    });
    await eventually(() => expect(sensor.probes).toEqual([]));
  });
});

describe('a probe', () => {
  it('waits for an instance, and says so; it is told when one comes', async () => {
    const placed = await place();
    expect(placed).toMatchObject({ state: 'waiting', cause: 'no-instance' });
    const sensor = await connected();
    await eventually(() => expect(sensor.probes.map(({ id }) => id)).toEqual([placed.probe.id]));
  });

  it('is armed at once where an instance is there, shown as the sensor says, and withdrawn when it is removed', async () => {
    const sensor = await connected();
    const other = await connected('two', 'mail');
    const { probe } = await place({ condition: 'response.status === 500' });
    await eventually(() => expect(sensor.probes).toHaveLength(1));
    await sensor.report([report(probe.id, { line: 14 })]);
    expect((await call('GET', `/api/v1/probes/${probe.id}`)).body).toMatchObject({
      state: 'armed',
      instances: [{ instance: 'one', state: 'armed', engine: 'gate', line: 14 }],
    });
    await call('DELETE', `/api/v1/probes/${probe.id}`);
    await eventually(() => expect(sensor.probes).toEqual([]));
    expect(other.told).toBe(0);
  });

  it('is told again after a restart of the collector', async () => {
    const { probe } = await place();
    await collector.close();
    collector = await start();
    const sensor = await connected();
    await eventually(() => expect(sensor.probes.map(({ id }) => id)).toEqual([probe.id]));
  });

  it('expires', async () => {
    const sensor = await connected();
    const { probe } = await place({ life: 5 });
    await eventually(() => expect(sensor.probes).toHaveLength(1));
    clock = 6_000;
    await eventually(() => expect(sensor.probes).toEqual([]));
    expect((await call('GET', `/api/v1/probes/${probe.id}`)).body).toMatchObject({
      state: 'expired',
      cause: 'expired',
    });
    const listed = (await call<{ probes: ProbeStatus[] }>('GET', '/api/v1/probes')).body.probes;
    expect(listed).toEqual([]);
  });

  it('is paused, resumed and renewed', async () => {
    const sensor = await connected();
    const { probe } = await place({ life: 60 });
    await call('POST', `/api/v1/probes/${probe.id}/change`, { paused: true });
    await eventually(() => expect(sensor.probes[0]?.paused).toBe(true));
    const renewed = await call('POST', `/api/v1/probes/${probe.id}/change`, { paused: false, life: 600 });
    await eventually(() => expect(sensor.probes[0]?.paused).toBe(false));
    expect(Date.parse(renewed.body.probe.expiresAt)).toBeGreaterThan(Date.parse(probe.expiresAt));
  });

  it('of which an old sensor knows nothing is refused there, with the reason', async () => {
    await connected('old', 'shop', ['switch']);
    expect(await place()).toMatchObject({ state: 'refused', cause: 'probes-off' });
  });

  it('ends when it has had its hits, over all instances', async () => {
    const [one, two] = [await connected('one'), await connected('two')];
    const { probe } = await place({ hits: 2 });
    await eventually(() => expect(one.probes.length + two.probes.length).toBe(2));
    await one.capture([capture(probe.id)]);
    await two.capture([capture(probe.id)]);
    await eventually(() => expect(one.probes.length + two.probes.length).toBe(0));
    expect((await call('GET', `/api/v1/probes/${probe.id}`)).body).toMatchObject({
      state: 'done',
      cause: 'hit-limit',
      captures: 2,
    });
  });

  it('for at most one instance is told to one', async () => {
    const [one, two] = [await connected('one'), await connected('two')];
    await place({ target: { service: 'shop', mostInstances: 1 } });
    await eventually(() => expect(one.told).toBe(1));
    expect(two.told).toBe(0);
  });

  it('for at most one instance stays with it when others come, and goes to another when it goes', async () => {
    const two = await connected('two');
    const { probe } = await place({ target: { service: 'shop', mostInstances: 1 } });
    await eventually(() => expect(two.probes).toHaveLength(1));
    const one = await connected('one');
    await call('POST', `/api/v1/probes/${probe.id}/change`, { paused: true });
    await eventually(() => expect(two.probes[0]?.paused).toBe(true));
    expect(one.told).toBe(0);
    two.close();
    await eventually(() => expect(one.probes.map(({ id }) => id)).toEqual([probe.id]));
  });

  it('that ends at once with others is withdrawn by one message', async () => {
    const sensor = await connected();
    for (let i = 0; i < 5; i += 1) await place({ life: 5, place: { file: 'src/pay.ts', line: i + 1 } });
    await eventually(() => expect(sensor.probes).toHaveLength(5));
    const before = sensor.told;
    clock = 6_000;
    await eventually(() => expect(sensor.probes).toEqual([]));
    expect(sensor.told).toBe(before + 1);
  });
});

describe('captures', () => {
  it('are kept, asked for from where one was, and known once', async () => {
    const sensor = await connected();
    const { probe } = await place({ hits: 100 });
    const [one, two] = [capture(probe.id), capture(probe.id)];
    await sensor.capture([one]);
    await sensor.capture([one, two]);
    const all = (await call<{ captures: Capture[] }>('GET', `/api/v1/probes/${probe.id}/captures`)).body.captures;
    expect(all.map(({ id }) => id)).toEqual([one.id, two.id]);
    expect(all[0]).toMatchObject({ service: 'shop', environment: 'production', instance: 'one', version: 'v1' });
    const rest = await call<{ captures: Capture[] }>('GET', `/api/v1/probes/${probe.id}/captures?after=${one.id}`);
    expect(rest.body.captures.map(({ id }) => id)).toEqual([two.id]);
  });

  it('are redacted again, also by the names of the policy', async () => {
    writeFileSync(join(home, 'runlens.yml'), 'redaction:\n  names: [loyalty]\n');
    clock = 2_000;
    const sensor = await connected();
    const { probe } = await place();
    await eventually(() => expect(sensor.secretNames).toEqual(['loyalty']));
    await sensor.capture([
      capture(probe.id, {
        values: {
          locals: [
            ['password', { t: 'string', v: 'hunter2' }],
            [
              'user',
              {
                t: 'object',
                f: [
                  ['loyalty', { t: 'string', v: 'hunter2' }],
                  ['note', { t: 'string', v: 'token=hunter2abc' }],
                ],
              },
            ],
            [
              'map',
              {
                t: 'map',
                m: [
                  [
                    { t: 'string', v: 'apiKey' },
                    { t: 'string', v: 'hunter2' },
                  ],
                ],
              },
            ],
          ],
          returned: { t: 'string', v: 'postgres://u:hunter2@db/x' },
        },
        expressions: [{ text: 'config.secret', value: { t: 'string', v: 'hunter2' } }],
        message: 'password=hunter2',
      }),
    ]);
    const { captures } = (await call<{ captures: Capture[] }>('GET', `/api/v1/probes/${probe.id}/captures`)).body;
    expect(JSON.stringify(captures)).not.toContain('hunter2');
    expect(captures[0]?.redacted).toBe(7);
  });

  it('of a probe that is gone, or of another service, are not taken', async () => {
    const sensor = await connected();
    const mail = await connected('m', 'mail');
    const { probe } = await place();
    await mail.capture([capture(probe.id)]);
    await call('DELETE', `/api/v1/probes/${probe.id}`);
    await sensor.capture([capture(probe.id)]);
    expect((await call<{ captures: Capture[] }>('GET', `/api/v1/probes/${probe.id}/captures`)).body.captures).toEqual(
      [],
    );
  });

  it.each([
    ['no connection', { connection: 'nonsense', captures: [] }, 404],
    ['no capture', { connection: 'x', captures: [{ id: 5 }] }, 400],
    ['an endless tree', { connection: 'x', captures: 'x'.repeat(3_000_000) }, 413],
  ])('with %s are refused', async (_, body, status) => {
    const response = await fetch(`${collector.url}/v1/control/captures`, {
      method: 'POST',
      headers: controlHeaders,
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(status);
  });
});

describe('what is refused', () => {
  it.each<[string, object, number, string]>([
    ['an assignment as a condition', { condition: 'a = 1' }, 400, 'character 1'],
    ['a call as an expression', { expressions: ['load()'] }, 400, 'call of the program'],
    ['a message with an open brace', { kind: 'log', message: 'x {a' }, 400, 'not closed'],
    ['more than the ceiling', { capture: { depth: 6 } }, 403, 'only runlens.yml raises it'],
    ['a life of a week', { life: 600_000 }, 400, 'life'],
    ['a log without a message', { kind: 'log' }, 400, 'needs a message'],
    ['no line', { place: { file: 'a.ts' } }, 400, 'place.line'],
  ])('%s', async (_, changes, status, told) => {
    const answer = await call('POST', '/api/v1/probes', request(changes));
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(told);
  });

  it('more than the quota of one owner', async () => {
    for (let number = 0; number < 25; number += 1) await place();
    const answer = await call('POST', '/api/v1/probes', request());
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain('25 probes already');
  });

  it('all, while the policy cannot be read', async () => {
    writeFileSync(join(home, 'runlens.yml'), 'probes: [');
    clock = 2_000;
    const answer = await call('POST', '/api/v1/probes', request());
    expect(answer.status).toBe(503);
    expect(answer.body.detail).toContain('line 1');
    expect((await call<{ problems: string[] }>('GET', '/health')).body.problems.join()).toContain('runlens.yml');
  });

  it('what the policy closes', async () => {
    writeFileSync(
      join(home, 'runlens.yml'),
      'probes:\n  rules:\n    - { name: vault, paths: ["src/pay.ts"], decision: refuse }\n',
    );
    clock = 2_000;
    const answer = await call('POST', '/api/v1/probes', request());
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain('vault');
  });
});

describe('roles', () => {
  it('a viewer sees and places nothing', async () => {
    const viewer = tokenOf('viewer');
    expect((await call('GET', '/api/v1/probes', undefined, viewer)).status).toBe(200);
    expect((await call('POST', '/api/v1/probes', request(), viewer)).status).toBe(403);
    expect((await call('DELETE', '/api/v1/probes', undefined, viewer)).status).toBe(403);
    expect((await call('POST', '/api/v1/sensors/state', { service: 'shop', on: false }, viewer)).status).toBe(403);
  });

  it('a prober removes their own probes and nobody else’s, but everybody’s in an emergency', async () => {
    const [ada, bob] = [tokenOf('prober', 'ada'), tokenOf('prober', 'bob')];
    const { probe } = await place({}, ada);
    const refused = await call('DELETE', `/api/v1/probes/${probe.id}`, undefined, bob);
    expect(refused.status).toBe(403);
    expect(refused.body.detail).toContain('ada');
    const disarmed = await call<{ removed: string[] }>('DELETE', '/api/v1/probes', undefined, bob);
    expect(disarmed.body.removed).toEqual([probe.id]);
  });

  it('an agent’s probe needs a person’s yes to exactly that probe, also with a person’s token', async () => {
    const sensor = await connected();
    const proposed = await place({}, asAgent.agent);
    expect(proposed).toMatchObject({
      state: 'proposed',
      cause: 'needs-approval',
      probe: { owner: { kind: 'agent', role: 'agent', session: 's1' } },
    });
    const path = `/api/v1/probes/${proposed.probe.id}/approve`;
    expect((await call('POST', path, { hash: proposed.probe.hash }, asAgent.agent)).status).toBe(403);
    expect((await call('POST', path, { hash: '0'.repeat(64) })).status).toBe(403);
    expect(sensor.told).toBe(0);
    expect((await call('POST', path, { hash: proposed.probe.hash })).body.state).not.toBe('proposed');
    await eventually(() => expect(sensor.probes).toHaveLength(1));
  });

  it('an agent whose session ends takes its probes with it, and hears which instance did not confirm', async () => {
    writeFileSync(join(home, 'runlens.yml'), 'probes:\n  rules:\n    - { actors: [agent], decision: allow }\n');
    clock = 2_000;
    const sensor = await connected();
    const deaf = await connected('deaf');
    const { probe } = await place({}, asAgent.agent);
    const own = await place();
    await eventually(() => expect(sensor.probes).toHaveLength(2));
    deaf.answers = false;
    expect((await call('DELETE', '/api/v1/probes', undefined, asAgent.agent)).status).toBe(403);
    const ended = await call<{ removed: string[]; unconfirmed: unknown[] }>(
      'DELETE',
      '/api/v1/probes?session=s1',
      undefined,
      asAgent.agent,
    );
    expect(ended.body).toEqual({ removed: [probe.id], unconfirmed: [{ probe: probe.id, instance: 'deaf' }] });
    expect(sensor.probes.map(({ id }) => id)).toEqual([own.probe.id]);
  });

  it('an agent’s session that has gone silent has ended', async () => {
    writeFileSync(join(home, 'runlens.yml'), 'probes:\n  rules:\n    - { actors: [agent], decision: allow }\n');
    clock = 2_000;
    const { probe } = await place({ life: 7200 }, asAgent.agent);
    clock = 31 * 60_000 + 2_000;
    await eventually(async () =>
      expect((await call('GET', `/api/v1/probes/${probe.id}`)).body).toMatchObject({ cause: 'owner-gone' }),
    );
  });
});

describe('the audit log', () => {
  it('has who placed, read, removed and was refused, and is whole', async () => {
    const sensor = await connected();
    const { probe } = await place({ reason: 'ticket 7' });
    await sensor.capture([capture(probe.id)]);
    await call('GET', `/api/v1/probes/${probe.id}/captures`);
    await call('POST', '/api/v1/probes', request({ condition: 'x = 1' }));
    await call('DELETE', `/api/v1/probes/${probe.id}`);
    await call('POST', '/api/v1/probes', request(), tokenOf('viewer', 'eve'));
    const folder = join(home, 'data', 'audit');
    const records = readFileSync(join(folder, 'audit.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'probe.place done',
      'captures.read done',
      'probe.place refused',
      'probe.remove done',
      'access.refused refused',
    ]);
    expect(records[0].details).toContain('ticket 7');
    expect(records[4].actor.name).toBe('eve');
    expect(verifyAudit(folder)).toMatchObject({ ok: true });
  });
});

describe('the stream', () => {
  it('tells of probes and captures at once', async () => {
    const ending = new AbortController();
    const response = await fetch(`${collector.url}/api/v1/stream`, {
      headers: { authorization: `Bearer ${collector.token}` },
      signal: ending.signal,
    });
    const events: string[] = [];
    const reading = (async () => {
      let rest = '';
      for await (const chunk of response.body ?? []) {
        rest += Buffer.from(chunk).toString();
        const parts = rest.split('\n\n');
        rest = parts.pop() ?? '';
        events.push(...parts);
      }
    })().catch(() => {});
    const sensor = await connected();
    const { probe } = await place();
    await sensor.report([report(probe.id)]);
    await sensor.capture([capture(probe.id)]);
    await eventually(() => {
      expect(events.some((event) => event.includes('event: probe') && event.includes('"state":"armed"'))).toBe(true);
      expect(events.some((event) => event.includes('event: capture') && event.includes(probe.id))).toBe(true);
    });
    ending.abort();
    await reading;
  });
});

describe('the file of the probes', () => {
  const garbage = Buffer.from('this is no database '.repeat(300));
  it.each([
    ['is no database', () => garbage],
    // Its head is whole: damage is noticed by who reads on.
    ['is damaged after its first page', (whole: Buffer) => Buffer.concat([whole.subarray(0, 4_096), garbage])],
    ['is cut off', (whole: Buffer) => whole.subarray(0, 4_096)],
  ])('that %s is set aside, which /health says, and probes are placed as before', async (_, damaged) => {
    const sensor = await connected();
    const { probe } = await place();
    await sensor.capture([capture(probe.id)]);
    sensor.close();
    await collector.close();
    const path = join(collector.dataFolder, 'probes.sqlite');
    writeFileSync(path, damaged(readFileSync(path)));
    collector = await start();
    const { problems } = (await call<{ problems: string[] }>('GET', '/health')).body;
    expect(problems).toEqual([expect.stringMatching(/probes was damaged.*moved to .*damaged-/)]);
    const aside = readdirSync(collector.dataFolder).filter((name) => name.startsWith('damaged-'));
    expect(aside.flatMap((name) => readdirSync(join(collector.dataFolder, name)))).toContain('probes.sqlite');
    const again = await place();
    await (await connected()).capture([capture(again.probe.id)]);
    expect((await call('GET', `/api/v1/probes/${again.probe.id}`)).body.captures).toBe(1);
  });
});
