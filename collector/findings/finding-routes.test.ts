/** Findings over HTTP: who may say what of them, and what is recorded. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finding, findingSchema, findingsResponseSchema } from '@runlens/protocol/api/findings';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TokenStore } from '../access/token-store.ts';
import { catalogLimits, defaultRetention } from '../defaults.ts';
import { type Collector, startCollector } from '../index.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { batch } from '../testing/batches.ts';

let home: string;
let collector: Collector;
let finding: Finding;
const tokens = new Map<string, string>();

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'runlens-findings-routes-'));
  const dataFolder = join(home, 'data');
  const now = Date.now();
  const store = new SqliteStore({
    folder: dataFolder,
    now: () => now,
    retention: defaultRetention,
    limits: catalogLimits,
  });
  const key = { functionName: 'list', filePath: 'src/shop.ts', lineNumber: 1 };
  const query = 'postgresql\nSELECT 1';
  const details = [
    { key, time: now, kind: 'query' as const, label: query, count: 2_400, seconds: 2.4 },
    { key, time: now, kind: 'repeats' as const, label: `16\nsrc/shop.ts\nlist\n${query}`, count: 100, seconds: 2_400 },
  ];
  await store.append([batch(now, [{ name: 'list', calls: 100, seconds: 0.03 }], { details })]);
  await store.maintain();
  await store.close();
  collector = await startCollector({ port: 0, home, dataFolder, logLevel: 'silent', findingsMilliseconds: 20 });
  const made = new TokenStore(home);
  for (const role of ['viewer', 'agent', 'prober'] as const) tokens.set(role, made.create(role, role, null).token);
  const first = async (): Promise<Finding> => {
    const [only] = (await listed()).findings;
    if (only === undefined) throw new Error('the loop is not found yet');
    return only;
  };
  finding = await vi.waitFor(first, { timeout: 25_000, interval: 50 });
});
afterAll(async () => {
  await collector?.close();
  rmSync(home, { recursive: true, force: true });
});

const ask = (path: string, as = 'prober', body?: object) =>
  fetch(`${collector.url}/api/v1/findings${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${tokens.get(as)}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
const listed = async (query = '') => findingsResponseSchema.parse(await (await ask(query)).json());
const set = (body: object, as?: string, id = finding.id) => ask(`/${id}/state`, as, body);

describe('findings over HTTP', () => {
  it('are listed with how well their service is measured, and asked for one by one', async () => {
    expect(finding).toMatchObject({ kind: 'repeatedQuery', service: 'shop', state: 'new' });
    const { evaluatedAt, services, found } = await listed();
    expect(found).toBe(1);
    expect(evaluatedAt).not.toBeNull();
    expect(services).toMatchObject([{ service: 'shop', version: 'v1', measuredFunctions: 1 }]);
    expect(findingSchema.parse(await (await ask(`/${finding.id}`)).json()).id).toBe(finding.id);
    expect((await ask('/f-000000000000')).status).toBe(404);
    expect((await ask('?kind=beauty')).status).toBe(400);
  });

  it('are muted by people only, with a reason, and nobody says that one is fixed', async () => {
    expect((await set({ state: 'accepted' }, 'viewer')).status).toBe(403);
    expect((await set({ state: 'muted', reason: 'mine' }, 'agent')).status).toBe(403);
    expect((await set({ state: 'muted' })).status).toBe(400);
    expect((await set({ state: 'muted', reason: ' ' })).status).toBe(400);
    expect((await set({ state: 'fixed' })).status).toBe(400);
    expect((await set({ state: 'accepted' }, 'prober', 'f-000000000000')).status).toBe(404);
    expect((await listed()).findings).toMatchObject([{ state: 'new' }]);
  });

  it('have who set their state, told to all who listen and recorded', async () => {
    const listening = new AbortController();
    const stream = await fetch(`${collector.url}/api/v1/stream`, {
      headers: { authorization: `Bearer ${tokens.get('viewer')}` },
      signal: listening.signal,
    });
    expect((await set({ state: 'inWork' }, 'agent')).status).toBe(200);
    expect((await set({ state: 'muted', reason: 'a report' })).status).toBe(200);
    let heard = '';
    const decoder = new TextDecoder();
    for await (const chunk of stream.body ?? []) {
      heard += decoder.decode(chunk, { stream: true });
      if (heard.includes('"change":"muted"')) break;
    }
    listening.abort();
    expect(heard).toContain('event: finding');
    expect(heard).toContain(finding.id);
    expect((await listed()).findings).toEqual([]);
    expect((await listed('?state=muted')).findings).toMatchObject([
      { state: 'muted', setBy: { actor: { name: 'prober' }, reason: 'a report' } },
    ]);
    const log = readdirSync(collector.dataFolder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('audit.ndjson'))
      .map((name) => readFileSync(join(collector.dataFolder, name), 'utf8'))
      .join('');
    const recorded = log.split('\n').filter((line) => line.includes('"finding.state"'));
    expect(recorded.map((line) => /"outcome":"(\w+)"/.exec(line)?.[1])).toEqual(['refused', 'done', 'done']);
  });
});
