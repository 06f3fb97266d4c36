/** What an agent, a person and an attacker get of a collector: the rules of probes, from outside. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, startCollector } from '@runlens/collector';
import { TokenStore } from '@runlens/collector/access/token-store';
import { verifyAudit } from '@runlens/collector/audit/verify-audit';
import type { AuditRecord } from '@runlens/protocol/audit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../story/eventually.ts';
import { SpokenSensor } from '../story/spoken-sensor.ts';
import { type Answer, ask, snapshotAt } from './operator.ts';

let home: string;
let collector: Collector;
let clock = 0;
/** The collector's time where it stands still, milliseconds since 1970. */
let stopped: number | undefined;
beforeEach(async () => {
  clock = 0;
  stopped = undefined;
  home = mkdtempSync(join(tmpdir(), 'runlens-rules-'));
  collector = await startCollector({
    port: 0,
    home,
    logLevel: 'silent',
    policyFile: join(home, 'runlens.yml'),
    now: () => stopped ?? Date.now() + clock,
  });
});
afterEach(async () => {
  await collector.close();
  rmSync(home, { recursive: true, force: true });
});

type Call = (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Answer>;
const as =
  (token: string): Call =>
  (method, path, body, headers) =>
    ask(collector.url, token, method, path, body, headers);
const tokenFor = (name: string, role: 'viewer' | 'prober' | 'admin' | 'agent') =>
  new TokenStore(home).create(name, role, null).token;
const machine: Call = (...request) => as(collector.token)(...request);
const agent = (name: string, session: string) => ({ 'runlens-agent': name, 'runlens-session': session });

/** The policy as it is in the repository from now on. */
function policy(text: string): void {
  writeFileSync(join(home, 'runlens.yml'), text);
  clock += 1_500;
}
const allowAgents = 'probes:\n  rules:\n    - { actors: [agent], decision: allow }\n';
const records = (): AuditRecord[] =>
  readFileSync(join(collector.dataFolder, 'audit', 'audit.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('an agent', () => {
  it('whose probe the policy allows has it at once; without that it waits for a person’s yes to exactly it', async () => {
    const copilot = as(tokenFor('copilot', 'agent'));
    using sensor = await SpokenSensor.connect({ collectorUrl: collector.url, instance: 'one' });
    const { body } = await copilot('POST', '/api/v1/probes', snapshotAt(1));
    expect(body.state).toBe('proposed');
    const other = (await copilot('POST', '/api/v1/probes', snapshotAt(2))).body;
    const path = `/api/v1/probes/${body.probe.id}/approve`;
    expect((await copilot('POST', path, { hash: body.probe.hash })).status).toBe(403);
    expect((await machine('POST', path, { hash: other.probe.hash })).status).toBe(403);
    expect(sensor.probes).toEqual([]);
    expect((await machine('POST', path, { hash: body.probe.hash })).status).toBe(200);
    expect((await sensor.probe()).id).toBe(body.probe.id);
    policy(allowAgents);
    expect((await copilot('POST', '/api/v1/probes', snapshotAt(3))).body.state).toBe('waiting');
  });

  it('does not make a person’s yes last longer, and does not resume what a person paused', async () => {
    const copilot = as(tokenFor('copilot', 'agent'));
    const { id, hash } = (await copilot('POST', '/api/v1/probes', { ...snapshotAt(1), life: 60 })).body.probe;
    const path = `/api/v1/probes/${id}`;
    expect((await copilot('POST', `${path}/change`, { life: 7200 })).status).toBe(403);
    await machine('POST', `${path}/approve`, { hash });
    expect((await copilot('POST', `${path}/change`, { life: 7200 })).body.detail).toContain('renewed by a person');
    await machine('POST', `${path}/change`, { paused: true });
    expect((await copilot('POST', `${path}/change`, { paused: false })).status).toBe(403);
    expect((await machine('POST', `${path}/change`, { paused: false, life: 7200 })).status).toBe(200);
    // Nobody renews what the policy has closed since.
    policy('probes:\n  rules:\n    - { name: vault, paths: ["src/**"], decision: refuse }\n');
    expect((await machine('POST', `${path}/change`, { life: 7200 })).body.detail).toContain('vault');
  });

  it('ends no other agent’s probes by calling its session as they do', async () => {
    policy(allowAgents);
    const [copilot, claude] = [as(tokenFor('copilot', 'agent')), as(tokenFor('claude', 'agent'))];
    const session = { 'runlens-session': 's1' };
    const { id } = (await copilot('POST', '/api/v1/probes', snapshotAt(1), session)).body.probe;
    expect((await claude('DELETE', '/api/v1/probes?session=s1', undefined, session)).body.removed).toEqual([]);
    expect((await claude('DELETE', `/api/v1/probes/${id}`, undefined, session)).status).toBe(403);
    // Nor does it keep another's session alive.
    clock += 31 * 60_000;
    await claude('GET', '/api/v1/probes', undefined, session);
    await eventually('its own session has ended', async () =>
      expect((await machine('GET', `/api/v1/probes/${id}`)).body.cause).toBe('owner-gone'),
    );
  });

  it('whose session ends takes its probes with it, and it is said loudly where one may have stayed', async () => {
    policy(allowAgents);
    const copilot = as(tokenFor('copilot', 'agent'));
    const session = { 'runlens-session': 's1' };
    using sensor = await SpokenSensor.connect({ collectorUrl: collector.url, instance: 'deaf' });
    const { id } = (await copilot('POST', '/api/v1/probes', { ...snapshotAt(1), life: 7200 }, session)).body.probe;
    await sensor.probe();
    sensor.answers = false;
    clock += 31 * 60_000;
    await eventually('what ended tells where it may be', async () =>
      expect((await machine('GET', `/api/v1/probes/${id}`)).body).toMatchObject({
        state: 'removed',
        cause: 'owner-gone',
        detail: expect.stringContaining('Not confirmed by deaf'),
      }),
    );
    expect(records().filter(({ action }) => action === 'probe.end')).toMatchObject([
      { subject: id, outcome: 'done' },
      { subject: id, outcome: 'failed', reason: expect.stringContaining('Not confirmed by deaf') },
    ]);
  });
});

describe('the policy', () => {
  it.each([
    'src/./vault/a.ts',
    './src/vault/a.ts',
    'src//vault/a.ts',
    'src/x/../vault/a.ts',
    'src\\vault\\a.ts',
    'src/vault/a.ts\n',
    'src/vault/..',
    '',
  ])('is not passed by writing a path as %j', async (file) => {
    policy('probes:\n  rules:\n    - { paths: ["src/vault/**"], decision: refuse }\n');
    const place = { file, line: 1 };
    expect((await machine('POST', '/api/v1/probes', { ...snapshotAt(1), place })).status).toBe(400);
    expect(
      (await machine('POST', '/api/v1/probes', { ...snapshotAt(1), place: { ...place, file: 'src/vault/a.ts' } }))
        .status,
    ).toBe(403);
  });

  it.each([
    [
      'environments',
      '{ environments: ["prod*"], decision: refuse }',
      { target: { service: 'shop', environment: 'prod-eu' } },
    ],
    ['an environment that is not said', '{ environments: [prod], decision: refuse }', {}],
    ['paths', '{ paths: ["src/**"], decision: refuse }', {}],
    ['people', '{ actors: [person], decision: refuse }', {}],
    ['kinds', '{ kinds: [snapshot], decision: refuse }', {}],
    ['services', '{ services: [shop], decision: refuse }', {}],
  ])('closes by %s', async (_, rule, changes) => {
    policy(`probes:\n  rules:\n    - ${rule}\n`);
    const answer = await machine('POST', '/api/v1/probes', { ...snapshotAt(1), ...changes });
    expect(answer).toMatchObject({ status: 403, body: { detail: expect.stringContaining('runlens.yml') } });
  });

  it('that closes a place withdraws the probes that are there, and those alone', async () => {
    using sensor = await SpokenSensor.connect({ collectorUrl: collector.url, instance: 'one' });
    const { id } = (await machine('POST', '/api/v1/probes', snapshotAt(1))).body.probe;
    await sensor.probe();
    const place = { file: 'lib/pay.ts', line: 1 };
    const other = (await machine('POST', '/api/v1/probes', { ...snapshotAt(1), place })).body.probe;
    policy('probes:\n  rules:\n    - { name: vault, paths: ["src/**"], decision: refuse }\n');
    await eventually('it is withdrawn', () => expect(sensor.probes.map((each) => each.id)).toEqual([other.id]));
    expect((await machine('GET', `/api/v1/probes/${id}`)).body).toMatchObject({
      state: 'removed',
      cause: 'closed-by-policy',
      detail: expect.stringContaining('vault'),
    });
    // A file that cannot be followed closes nothing and opens nothing.
    policy('probes: [');
    expect((await machine('GET', `/api/v1/probes/${other.id}`)).body.state).toBe('waiting');
    expect((await machine('POST', '/api/v1/probes', snapshotAt(1))).status).toBe(503);
  });

  it('that makes a name secret hides it in captures that came before', async () => {
    using sensor = await SpokenSensor.connect({ collectorUrl: collector.url, instance: 'one' });
    const { id } = (await machine('POST', '/api/v1/probes', snapshotAt(1))).body.probe;
    await sensor.capture({
      locals: [
        ['loyalty', { t: 'string', v: 'gold-4711' }],
        ['total', { t: 'number', v: '7' }],
      ],
    });
    const read = async () => JSON.stringify((await machine('GET', `/api/v1/probes/${id}/captures`)).body.captures);
    expect(await read()).toContain('gold-4711');
    policy('redaction:\n  names: [loyalty]\n');
    expect(await read()).not.toContain('gold-4711');
    expect(await read()).toContain('"total"');
  });

  it('gives limits, to a user and to a service', async () => {
    policy('probes:\n  limits: { perOwner: 2, perService: 3, hits: 5, life: 60 }\n');
    const [ada, bob] = [as(tokenFor('ada', 'prober')), as(tokenFor('bob', 'prober'))];
    expect((await ada('POST', '/api/v1/probes', { ...snapshotAt(1), hits: 6 })).status).toBe(403);
    expect((await ada('POST', '/api/v1/probes', { ...snapshotAt(1), life: 61 })).status).toBe(403);
    const small = { ...snapshotAt(1), hits: 5 };
    // Another name of the agent or of its session is no other user.
    expect((await ada('POST', '/api/v1/probes', small, agent('copilot', 's1'))).status).toBe(200);
    expect((await ada('POST', '/api/v1/probes', small, agent('claude', 's2'))).status).toBe(200);
    const third = await ada('POST', '/api/v1/probes', small, agent('cursor', 's3'));
    expect(third).toMatchObject({ status: 403, body: { detail: expect.stringContaining('has 2 probes already') } });
    expect((await bob('POST', '/api/v1/probes', small)).status).toBe(200);
    const fourth = await bob('POST', '/api/v1/probes', small);
    expect(fourth).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('shop has 3 probes already') },
    });
  });
});

describe('the audit log', () => {
  it('has who, what, where, when, why, the outcome, and who read the captures', async () => {
    const ada = as(tokenFor('ada', 'prober'));
    using sensor = await SpokenSensor.connect({ collectorUrl: collector.url, instance: 'one' });
    const asked = { ...snapshotAt(7), reason: 'ticket 7' };
    const { id, hash } = (await ada('POST', '/api/v1/probes', asked, agent('copilot', 's1'))).body.probe;
    await ada('POST', `/api/v1/probes/${id}/approve`, { hash });
    await sensor.capture({ locals: [['total', { t: 'number', v: '7' }]] });
    await as(tokenFor('eve', 'viewer'))('GET', `/api/v1/probes/${id}/captures`);
    await as(tokenFor('bob', 'prober'))('DELETE', `/api/v1/probes/${id}`);
    const where = `${id} snapshot shop src/pay.ts:7`;
    const copilot = { name: 'copilot (ada)', kind: 'agent', role: 'agent', user: 'ada', session: 's1' };
    const told = records();
    expect(told).toMatchObject([
      {
        actor: copilot,
        action: 'probe.place',
        subject: where,
        outcome: 'done',
        details: expect.stringContaining('ticket 7'),
      },
      {
        actor: { name: 'ada', kind: 'person' },
        action: 'probe.approve',
        subject: where,
        details: expect.stringContaining(hash),
      },
      { actor: { name: 'eve', role: 'viewer' }, action: 'captures.read', subject: `${where}: 1 captures` },
      {
        actor: { name: 'bob' },
        action: 'probe.remove',
        outcome: 'refused',
        reason: expect.stringContaining('copilot (ada)'),
      },
    ]);
    for (const { at } of told) expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(60_000);
    expect(verifyAudit(join(collector.dataFolder, 'audit'))).toMatchObject({ ok: true, records: 4 });
    // What a capture holds is not in it.
    expect(JSON.stringify(told)).not.toContain('total');
  });

  it('has each refused call with where it came from, and nobody drowns what others are refused', async () => {
    // What is written of refusals is bounded by time: a hundred of them take long on a slow machine.
    stopped = Date.now();
    await fetch(`${collector.url}/api/v1/probes`);
    await machine('GET', '/api/v1/probes', undefined, { origin: 'https://evil.example' });
    for (let call = 0; call < 100; call += 1) await as(`guess-${call}`)('GET', '/api/v1/probes');
    await as(tokenFor('eve', 'viewer'))('DELETE', '/api/v1/probes');
    const told = records();
    expect(told.length).toBeLessThan(70);
    expect(told[0]).toMatchObject({
      actor: { name: '(unknown)' },
      subject: 'GET /api/v1/probes',
      reason: 'No token was sent.',
      details: '{"from":"127.0.0.1"}',
    });
    expect(told[1]?.reason).toContain('web pages');
    expect(told.at(-1)).toMatchObject({
      actor: { name: 'eve' },
      subject: 'DELETE /api/v1/probes',
      reason: expect.stringMatching(/role prober.*more before were not written/),
    });
    expect(JSON.stringify(told)).not.toContain('guess-');
  });
});

describe('whoever asks what is none of theirs', () => {
  it('learns nothing of the machine by an error', async () => {
    policy('probes: [');
    const viewer = as(tokenFor('eve', 'viewer'));
    const answers = [
      await viewer('GET', '/api/v1/profiles?since=%00%2e'),
      await viewer('GET', '/api/v1/probes/p-..%2f..%2fetc'),
      await viewer('GET', '/api/v1/probes/%ff'),
      await viewer('POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: '../x' } }),
      await viewer('GET', `/${'x'.repeat(5_000)}`),
      await as('wrong')('POST', '/api/v1/probes', snapshotAt(1)),
      await machine('POST', '/api/v1/sensors/state', { service: { toString: 1 } }),
    ];
    for (const { status, body } of answers) {
      expect(status, JSON.stringify(body)).toBeLessThan(500);
      expect(JSON.stringify(body)).not.toMatch(new RegExp(`${home}|node_modules|\\.ts\\b|\\bat .*:\\d+`));
    }
  });

  it('breaks nothing by what is nested without end', async () => {
    using sensor = await SpokenSensor.connect({ collectorUrl: collector.url, instance: 'one' });
    const { id } = (await machine('POST', '/api/v1/probes', snapshotAt(1))).body.probe;
    await sensor.probe();
    const nested = (depth: number) => `${'{"t":"array","e":['.repeat(depth)}${']}'.repeat(depth)}`;
    const body = `{"connection":"x","captures":[{"id":"c-00000001","probe":"${id}","values":{"this":${nested(20_000)}}}]}`;
    for (const [path, headers] of [
      ['/v1/control/captures', { 'runlens-control': '1' }],
      ['/api/v1/probes', { authorization: `Bearer ${collector.token}` }],
      ['/mcp', { authorization: `Bearer ${collector.token}`, accept: 'application/json, text/event-stream' }],
    ] as const) {
      const response = await fetch(collector.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      expect([path, response.status]).toEqual([path, 400]);
    }
    expect((await fetch(`${collector.url}/health`)).status).toBe(200);
  });

  it('does not take all streams of events, and none by HEAD', async () => {
    const token = tokenFor('eve', 'viewer');
    const ending = new AbortController();
    const stream = (who: string, method = 'GET') =>
      fetch(`${collector.url}/api/v1/stream`, {
        method,
        headers: { authorization: `Bearer ${who}` },
        signal: ending.signal,
      });
    const statuses = [];
    for (let at = 0; at < 27; at += 1) statuses.push((await stream(token)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(25);
    expect(statuses.at(-1)).toBe(503);
    expect((await stream(collector.token)).status).toBe(200);
    expect((await stream(collector.token, 'HEAD')).status).toBe(405);
    ending.abort();
  });

  it('hears beyond loopback that all is not well, and not why', async () => {
    const wide = await startCollector({
      host: '0.0.0.0',
      port: 0,
      home: join(home, 'wide'),
      logLevel: 'silent',
      policyFile: join(home, 'runlens.yml'),
    });
    try {
      policy('probes: [');
      const url = wide.url.replace('0.0.0.0', '127.0.0.1');
      const anonymous = await (await fetch(`${url}/health`)).text();
      expect(JSON.parse(anonymous)).toMatchObject({ status: 'degraded' });
      expect(anonymous).not.toContain('runlens.yml');
      expect(JSON.stringify((await ask(url, wide.token, 'GET', '/health')).body)).toContain('runlens.yml');
    } finally {
      await wide.close();
    }
  });
});
