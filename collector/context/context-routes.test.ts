/** What is new for a session, over HTTP: told once to all of its processes, and withdrawn when it is over. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContextRequest, type ContextResponse, contextResponseSchema } from '@runlens/protocol/api/context';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../index.ts';

let home: string;
let collector: Collector;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'runlens-context-'));
  collector = await startCollector({ host: '127.0.0.1', port: 0, home, logLevel: 'silent', requestsPerMinute: 1e6 });
});
afterAll(async () => {
  await collector?.close();
  rmSync(home, { recursive: true, force: true });
});

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await fetch(collector.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${collector.token}`, ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const told: unknown = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(told));
  return told;
}

async function ask(session: string, request: Partial<ContextRequest> = {}): Promise<ContextResponse> {
  const headers = { 'runlens-agent': 'tester', 'runlens-session': session };
  return contextResponseSchema.parse(await post('/api/v1/context', { via: 'tool', ...request }, headers));
}

const charge = { file: 'payments/charge.ts', function: 'GatewayClient.charge' };
const alert = (key: string, overrides: object = {}): object => ({
  ...{ key, title: `the gateway fails ${key}`, service: 'payments', environment: 'production', severity: 'critical' },
  functions: [{ ...charge, line: 12 }],
  ...overrides,
});
const send = (...events: readonly object[]) => post('/api/v1/events/generic', events);

describe('a session', () => {
  it('is told what concerns it once, and that it is over', async () => {
    expect((await ask('a', { interest: { functions: [charge] } })).text).toBe('');
    await send(alert('one'), alert('other', { service: 'search', functions: [{ file: 's.ts', function: 'find' }] }));
    const first = await ask('a');
    expect(first.news.map(({ change, title }) => [change, title])).toEqual([['fired', 'the gateway fails one']]);
    expect(first.text).toContain('1 event concerns what you work on');
    expect(first.text).toContain('you work on GatewayClient.charge');
    expect((await ask('a')).text, 'told once').toBe('');
    await send(alert('one', { state: 'resolved' }));
    const over = await ask('a');
    expect(over.news.map(({ change }) => change)).toEqual(['over']);
    expect(over.text).toContain('1 that you were told of is over');
    expect(over.contextVersion).not.toBe(first.contextVersion);
    expect((await ask('a')).text).toBe('');
  });

  it('that came later is not told what was over before, and one that was told nothing not that it is over', async () => {
    await send(alert('early'), alert('early', { state: 'resolved' }));
    expect((await ask('late', { interest: { functions: [charge] } })).text).toBe('');
  });

  it('shares what was told with the other process of its working copy', async () => {
    const workspace = 'w1';
    await ask('host-1', { workspace, interest: { functions: [charge] } });
    await ask('mcp-1', { workspace, joins: true });
    await send(alert('shared'));
    expect((await ask('mcp-1', { workspace, joins: true })).news).toHaveLength(1);
    expect((await ask('host-1', { workspace, via: 'hook UserPromptSubmit' })).text).toBe('');
  });

  it('is told by itself where nobody knows to which of several it belongs', async () => {
    const workspace = 'w2';
    await ask('host-2', { workspace });
    await ask('host-3', { workspace });
    await ask('mcp-2', { workspace, joins: true, interest: { functions: [charge] } });
    await send(alert('several'));
    expect((await ask('mcp-2', { workspace, joins: true })).news.length).toBeGreaterThan(0);
    expect((await ask('host-2', { workspace })).text).toBe('');
  });

  it('without a name is none', async () => {
    await expect(post('/api/v1/context', { via: 'tool' })).rejects.toThrow('runlens-session');
    await expect(ask('b', { interest: { files: Array.from({ length: 101 }, () => 'a.ts') } })).rejects.toThrow('files');
  });

  it('hears which of its answers no longer hold, once', async () => {
    const told = { tool: 'runlens_function_profile', about: charge.function, contextVersion: 'cv-00000001' };
    const answer = { ...told, question: 'q' };
    await ask('c', { interest: { functions: [charge] }, answer });
    await send(alert('later'));
    const { superseded, text } = await ask('c');
    expect(superseded).toEqual([told]);
    expect(text).toContain('cv-00000001 (runlens_function_profile of GatewayClient.charge)');
    expect((await ask('c')).text).toBe('');
    await ask('c', { answer });
    const changed = { ...answer, contextVersion: 'cv-00000002' };
    expect((await ask('c', { answer: changed })).superseded).toEqual([told]);
    expect((await ask('c', { answer: changed })).text).toBe('');
  });

  it('is told of many in a number, the gravest by name, and of each once', async () => {
    await ask('d', { interest: { functions: [{ file: 'many.ts', function: 'f' }] } });
    const many = Array.from({ length: 40 }, (_, n) =>
      alert(`m${n}`, {
        severity: n === 30 ? 'critical' : 'warning',
        functions: [{ file: 'many.ts', function: 'f', line: 1 }],
      }),
    );
    await send(...many);
    const told = await ask('d');
    expect(told.news[0]?.title).toBe('the gateway fails m30');
    expect(told.news.length).toBeLessThanOrEqual(5);
    expect(told.news.length + told.more).toBe(40);
    expect(told.text).toContain(`${told.more} more of less weight`);
    expect((await ask('d')).text).toBe('');
  });

  it('reads what stands, which is then told, and hears when it is over', async () => {
    const standing: Partial<ContextRequest> = {
      ...{ form: 'standing', via: 'resource', interest: { files: ['stands.ts'] } },
    };
    const empty = await ask('e', standing);
    expect(empty.text).toContain('nothing happens that concerns what you work on');
    const place = { functions: [{ file: 'stands.ts', function: 'f', line: 1 }] };
    await send(alert('stands', place));
    const first = await ask('e', standing);
    expect(first.text).toContain('the gateway fails stands');
    expect(first.contextVersion).not.toBe(empty.contextVersion);
    expect((await ask('e', standing)).contextVersion, 'nothing has changed').toBe(first.contextVersion);
    expect((await ask('e')).text, 'it was read').toBe('');
    await send(alert('stands', { ...place, state: 'resolved' }));
    expect((await ask('e')).news.map(({ change }) => change)).toEqual(['over']);
    expect((await ask('e', standing)).text).toContain('is over');
  });

  it('is recorded with what it was told, and why', () => {
    const records = readFileSync(join(home, 'data', 'audit', 'audit.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(records).toContainEqual(
      expect.objectContaining({
        action: 'context.push',
        subject: 'a',
        reason: expect.stringMatching(/^e-[0-9a-f]+ fired: you work on GatewayClient\.charge$/),
      }),
    );
  });
});
