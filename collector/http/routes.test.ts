/** Every path of the collector, and who may. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OpenAnswers } from '../access/open-answers.ts';
import { TokenStore } from '../access/token-store.ts';
import { type Collector, startCollector } from '../index.ts';
import { guard } from './access.ts';

const askers = ['nobody', 'viewer', 'agent', 'prober', 'admin', 'machine'] as const;
type Asker = (typeof askers)[number];

/** Who may, on loopback. A path that is not here fails the first test. */
const everybody = askers;
const known: readonly Asker[] = ['viewer', 'agent', 'prober', 'admin', 'machine'];
const placing: readonly Asker[] = ['agent', 'prober', 'admin', 'machine'];
const admins: readonly Asker[] = ['admin', 'machine'];
const table: readonly (readonly [string, string, readonly Asker[]])[] = [
  ['get', '/health', everybody],
  ['get', '/metrics', known],
  ['get', '/api/openapi.json', known],
  ['get', '/api/v1/services', known],
  ['get', '/api/v1/profiles', known],
  ['get', '/api/v1/hot', known],
  ['get', '/api/v1/series', known],
  ['get', '/api/v1/overview', known],
  ['get', '/api/v1/entries', known],
  ['get', '/api/v1/compare', known],
  ['get', '/api/v1/deploys', known],
  ['get', '/api/v1/statements', known],
  ['get', '/api/v1/unused', known],
  ['get', '/api/v1/query', known],
  ['get', '/api/v1/findings', known],
  ['get', '/api/v1/findings/{id}', known],
  ['post', '/api/v1/findings/{id}/state', placing],
  ['get', '/api/v1/events', known],
  ['get', '/api/v1/events/{id}', known],
  ['post', '/api/v1/events/{source}', everybody],
  ['post', '/api/v1/context', known],
  ['delete', '/api/v1/context', known],
  ['get', '/api/v1/stream', known],
  ['get', '/api/v1/whoami', known],
  ['get', '/api/v1/sensors', known],
  ['post', '/api/v1/sensors/state', admins],
  ['get', '/api/v1/probes', known],
  ['post', '/api/v1/probes', placing],
  ['delete', '/api/v1/probes', placing],
  ['get', '/api/v1/probes/{id}', known],
  ['delete', '/api/v1/probes/{id}', placing],
  ['get', '/api/v1/probes/{id}/captures', known],
  ['post', '/api/v1/probes/preview', placing],
  ['post', '/api/v1/probes/{id}/approve', placing],
  ['post', '/api/v1/probes/{id}/change', placing],
  ['get', '/mcp', known],
  ['post', '/mcp', known],
  ['delete', '/mcp', known],
  ['post', '/v1/metrics', everybody],
  ['post', '/v1/control/connect', everybody],
  ['post', '/v1/control/report', everybody],
  ['post', '/v1/control/captures', everybody],
];
/** Beyond loopback: services say who they are, and what production does is told by no agent. */
const services: readonly Asker[] = ['viewer', 'prober', 'admin', 'machine'];
const openToAll = new Set(['/health']);

let home: string;
let loopback: Collector;
let wide: Collector;
const tokens = new Map<Asker, string>();
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'runlens-routes-'));
  const start = (host: string, data: string) =>
    startCollector({ host, port: 0, home, dataFolder: join(home, data), logLevel: 'silent', requestsPerMinute: 1e6 });
  loopback = await start('127.0.0.1', 'one');
  wide = await start('0.0.0.0', 'two');
  const store = new TokenStore(home);
  for (const role of ['viewer', 'agent', 'prober', 'admin'] as const)
    tokens.set(role, store.create(role, role, null).token);
  tokens.set('machine', loopback.token);
});
afterAll(async () => {
  await loopback?.close();
  await wide?.close();
  rmSync(home, { recursive: true, force: true });
});

/** What the guard says; what comes of the request behind it is for other tests. */
async function isLetIn(url: string, method: string, path: string, asker: Asker): Promise<boolean> {
  const ending = new AbortController();
  const token = tokens.get(asker);
  const response = await fetch(url + path.replace('{id}', 'p-00000000'), {
    method: method.toUpperCase(),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'post' ? { 'content-type': 'application/json' } : {}),
    },
    ...(method === 'post' ? { body: '{}' } : {}),
    signal: ending.signal,
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const detail: string = isStream || response.status < 400 ? '' : await response.text();
  ending.abort();
  return response.status !== 401 && !(response.status === 403 && detail.includes('This needs the role'));
}

describe('who may ask what', () => {
  it('is said of every path there is', async () => {
    const answer = await fetch(`${loopback.url}/api/openapi.json`, {
      headers: { authorization: `Bearer ${loopback.token}` },
    });
    const { paths } = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse(await answer.json());
    const there = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => method !== 'head')
        .map((method) => `${method} ${path}`),
    );
    // The description does not describe itself.
    expect([...there, 'get /api/openapi.json'].sort()).toEqual(
      table.map(([method, path]) => `${method} ${path}`).sort(),
    );
  });

  it.each(table)('%s %s', async (method, path, may) => {
    const letIn: Asker[] = [];
    const letInFromAfar: Asker[] = [];
    for (const asker of askers) {
      if (await isLetIn(loopback.url, method, path, asker)) letIn.push(asker);
      if (await isLetIn(wide.url, method, path, asker)) letInFromAfar.push(asker);
    }
    expect(letIn).toEqual(may);
    expect(letInFromAfar).toEqual(may !== everybody || openToAll.has(path) ? may : services);
  });

  it('a path that does not say it keeps the collector from starting', async () => {
    const app = Fastify();
    const open = new OpenAnswers();
    guard(
      app,
      { token: 'x', user: 'x', tokens: new TokenStore(home), onRefused: () => undefined, loopback: true },
      open,
    );
    expect(() => app.get('/new', () => 'x')).toThrow('GET /new does not say who may');
    open.close();
    await app.close();
  });
});
