/** Events over HTTP: who may send, what is answered, who hears of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventDetailSchema, eventsResponseSchema, eventsTakenSchema } from '@runlens/protocol/api/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../index.ts';
import { otlpRequest } from '../testing/batches.ts';
import { datadogMonitor, githubDeployment, hmacHex, secret } from './senders/testing.ts';

const policy = `
events:
  mappings:
    - { name: blue, labels: { team: blue }, service: payments, functions: ["f*"] }
  paths: { payments: ["src/**"] }
`;
let home: string;
let collector: Collector;
let wide: Collector;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'runlens-event-routes-'));
  const environment = {
    RUNLENS_EVENTS_SECRET_DATADOG: `old-secret-of-before,${secret}`,
    RUNLENS_EVENTS_SECRET_GITHUB: secret,
  };
  const policyFile = join(home, 'runlens.yml');
  writeFileSync(policyFile, policy);
  const start = (host: string, data: string) =>
    startCollector({ policyFile, host, port: 0, home, dataFolder: join(home, data), logLevel: 'silent', environment });
  collector = await start('127.0.0.1', 'one');
  wide = await start('0.0.0.0', 'two');
});
afterAll(async () => {
  await collector?.close();
  await wide?.close();
  rmSync(home, { recursive: true, force: true });
});

const send = (source: string, body: unknown, headers: Record<string, string> = {}, to = collector) =>
  fetch(`${to.url}/api/v1/events/${source}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
const ask = async (path: string) => {
  const answer = await fetch(`${collector.url}/api/v1/events${path}`, {
    headers: { authorization: `Bearer ${collector.token}` },
    signal: AbortSignal.timeout(60_000),
  });
  return { status: answer.status, body: await answer.json() };
};
const listed = async (query = '') => eventsResponseSchema.parse((await ask(query)).body);

describe('events over HTTP', () => {
  it('are taken, listed by what was asked for, and told with what was sent', async () => {
    const listening = new AbortController();
    const stream = await fetch(`${collector.url}/api/v1/stream`, {
      headers: { authorization: `Bearer ${collector.token}` },
      signal: listening.signal,
    });
    const events = [
      { title: 'shop degraded', service: 'shop', environment: 'production', severity: 'critical', key: 'a' },
      { title: 'shop v2', kind: 'deployment', service: 'shop', environment: 'production', version: 'v2' },
      { title: 'slow pages', service: 'pages', environment: 'staging', labels: { password: 'hunter2hunter2' } },
    ];
    const answer = await send('generic', events);
    expect(answer.status).toBe(202);
    expect(eventsTakenSchema.parse(await answer.json())).toEqual({ taken: 3, known: 0, folded: 0 });
    let heard = '';
    const decoder = new TextDecoder();
    for await (const chunk of stream.body ?? []) {
      heard += decoder.decode(chunk, { stream: true });
      if (heard.includes('slow pages')) break;
    }
    listening.abort();
    expect(heard).toContain('event: event');

    const all = await listed();
    expect(all).toMatchObject({ found: 3, firing: 2 });
    expect(all.events.map(({ title }) => title)).toEqual(['shop degraded', 'slow pages', 'shop v2']);
    expect(await listed('?service=shop')).toMatchObject({ found: 2 });
    expect(await listed('?environment=staging')).toMatchObject({ events: [{ labels: { password: '[redacted]' } }] });
    expect(await listed('?state=resolved')).toMatchObject({ events: [{ version: 'v2', state: 'resolved' }] });
    expect(await listed('?severity=critical')).toMatchObject({ found: 1 });
    expect(await listed('?kind=deployment&since=1h')).toMatchObject({ found: 1 });
    expect(await listed('?limit=1')).toMatchObject({ found: 3, events: [{ severity: 'critical' }] });
    const detail = eventDetailSchema.parse((await ask(`/${all.events[0]?.id}`)).body);
    expect(JSON.parse(detail.evidence[0]?.payload ?? '')).toMatchObject({ title: 'shop degraded' });
    expect(detail.concerns?.how.join()).toContain('no service shop sends telemetry here');
    expect(await send('generic', { title: 'shop degraded', key: 'a', state: 'resolved' })).toMatchObject({
      status: 202,
    });
    expect((await listed('?state=firing')).events.map(({ title }) => title)).toEqual(['slow pages']);
  });

  it('concern the functions that fail', async () => {
    const functions = [
      { name: 'fine', calls: 500, seconds: 0.5 },
      { name: 'charge', calls: 100, errors: 8, seconds: 0.01 },
    ];
    await fetch(`${collector.url}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(otlpRequest(Date.now(), functions, { 'service.name': 'payments' })),
    });
    await send('generic', { title: 'high error rate', key: 'p', labels: { app: 'payments' } });
    const [event] = (await listed('?service=payments')).events;
    expect(event?.concerns?.functions).toEqual([
      { file: 'src/shop.ts', function: 'charge', line: 1, why: '8 of 100 calls failed' },
    ]);
    expect(event?.concerns?.files).toEqual(['src/shop.ts']);
    expect(event?.concerns?.how[0]).toBe('service payments: the label app');
    // The others of that service, and how: as runlens.yml says.
    await send('generic', { title: 'slow', key: 'blue', labels: { team: 'blue' } });
    const { concerns } = (await listed('?service=payments')).events.find(({ title }) => title === 'slow') ?? {};
    expect(concerns?.functions.map(({ function: name }) => name)).toEqual(['fine']);
    expect(concerns?.how.join('; ')).toMatch(/the mapping “blue” of runlens.yml; functions: .* most time .* in src/);
  });

  it.each<[string, unknown, number, string]>([
    ['generic', '{', 400, 'not JSON'],
    ['generic', {}, 400, 'title'],
    ['generic', { title: 'x', at: 'yesterday' }, 400, 'at'],
    ['generic', { title: 'x', functions: 'all' }, 400, 'functions'],
    ['nagios', { title: 'x' }, 404, 'generic'],
  ])('that are none are refused with what to do: %s %j', async (source, body, status, said) => {
    const answer = await send(source, body);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(said);
  });

  it('of a sender with a secret need it, also from this machine', async () => {
    const body = datadogMonitor('Triggered', Date.now());
    expect((await send('datadog', body)).status).toBe(401);
    expect((await send('datadog', body, { authorization: `Bearer ${collector.token}` })).status).toBe(401);
    expect((await send('datadog', body, { 'x-runlens-secret': secret }, wide)).status).toBe(202);
    expect((await send('datadog', body, { 'x-runlens-secret': 'old-secret-of-before' })).status).toBe(202);
  });

  it('that are signed need their signature, and a copy of one changes nothing', async () => {
    const body = JSON.stringify(githubDeployment('in_progress', new Date().toISOString()));
    const headers = { 'x-github-event': 'deployment_status', 'x-hub-signature-256': `sha256=${hmacHex(body)}` };
    expect((await send('github', `${body} `, headers)).status).toBe(401);
    expect((await send('github', body, { ...headers, 'x-hub-signature-256': '' })).status).toBe(401);
    expect((await send('github', body, { 'x-github-event': 'ping', 'x-runlens-secret': secret })).status).toBe(401);
    expect(await (await send('github', body, headers)).json()).toEqual({ taken: 1, known: 0, folded: 0 });
    expect(await (await send('github', body, headers)).json()).toEqual({ taken: 0, known: 1, folded: 0 });
    const [event] = (await listed('?source=github')).events;
    expect(event).toMatchObject({ kind: 'deployment', state: 'firing', version: 'v42', messages: 1 });
  });

  it('from afar need a secret or a token', async () => {
    const token = { authorization: `Bearer ${wide.token}` };
    expect((await send('generic', { title: 'x' }, {}, wide)).status).toBe(401);
    expect((await send('generic', { title: 'x' }, { authorization: 'Bearer wrong' }, wide)).status).toBe(401);
    expect((await send('generic', { title: 'x' }, token, wide)).status).toBe(202);
  });
});

it('a secret that could be guessed keeps the collector from starting, and is not told', async () => {
  const environment = { RUNLENS_EVENTS_SECRET_GITHUB: 'hunter2' };
  const starting = startCollector({ port: 0, home, dataFolder: join(home, 'three'), environment, logLevel: 'silent' });
  await expect(starting).rejects.toThrow(/^RUNLENS_EVENTS_SECRET_GITHUB is shorter than 16 characters/);
});
