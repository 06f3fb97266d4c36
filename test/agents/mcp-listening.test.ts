/** `subscriptions/listen` over HTTP, by the official client: streams of changes of resources. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type Collector, startCollector } from '@runlens/collector';
import { otlpRequest } from '@runlens/collector/testing/batches';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const price = 'runlens://function/shop/production/src%2Fshop.ts/price';
const patience = { timeout: 60_000 };

let home: string;
let collector: Collector;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'runlens-listening-'));
  collector = await startCollector({ home, port: 0, logLevel: 'silent', resourceWatchMilliseconds: 20 });
});
afterEach(async () => {
  await collector.close();
  rmSync(home, { recursive: true, force: true });
});

async function report(calls: number): Promise<void> {
  const request = otlpRequest(Date.now(), [{ name: 'price', calls, seconds: 0.01 }]);
  const answer = await fetch(`${collector.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  expect(answer.status).toBe(200);
}

async function send(title: string, state: string): Promise<void> {
  const functions = [{ file: 'src/shop.ts', function: 'price', line: 1 }];
  const answer = await fetch(`${collector.url}/api/v1/events/generic`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: title, title, service: 'shop', severity: 'critical', functions, state }),
  });
  expect(answer.status).toBe(202);
}

async function connect() {
  const client = new Client({ name: 'test-agent', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${collector.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${collector.token}` } },
    }),
  );
  const updated: string[] = [];
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
    updated.push(params.uri);
  });
  return { client, updated, [Symbol.asyncDispose]: () => client.close() };
}

it('a listener is told of a change, others not of it, and the collector ends the stream when it closes', async () => {
  await report(1_000);
  await using listener = await connect();
  await using other = await connect();
  expect(listener.client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
  expect(listener.client.getServerCapabilities()?.resources).toEqual({ subscribe: true });
  const stream = await listener.client.listen({ resourceSubscriptions: [price] });
  const elsewhere = await other.client.listen({ resourceSubscriptions: ['runlens://service/mail/production'] });
  expect(stream.honoredFilter).toEqual({ resourceSubscriptions: [price] });
  // The first look may come after a report; each doubles what was called.
  let calls = 1_000;
  await vi.waitFor(async () => {
    calls *= 2;
    await report(calls);
    expect(listener.updated).toContain(price);
  }, patience);
  expect(other.updated).toEqual([]);
  await elsewhere.close();
  await collector.close();
  expect(await stream.closed).toBe('graceful');
});

it('the stream of a session is open before there is anything to tell', async () => {
  const headers = {
    authorization: `Bearer ${collector.token}`,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test-agent', version: '1' } };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
  const opened = await fetch(`${collector.url}/mcp`, { method: 'POST', headers, body });
  await opened.text();
  const id = opened.headers.get('mcp-session-id') ?? '';
  const ended = new AbortController();
  const stream = await fetch(`${collector.url}/mcp`, {
    headers: { ...headers, 'mcp-session-id': id },
    signal: ended.signal,
  });
  expect(stream.status).toBe(200);
  const first = await stream.body?.getReader().read();
  // A comment of the format: https://html.spec.whatwg.org/multipage/server-sent-events.html
  expect(new TextDecoder().decode(first?.value)).toBe(': ready\n\n');
  ended.abort();
});

it('what is no resource and too many streams are refused; a closed one makes room', async () => {
  await using listener = await connect();
  const { client } = listener;
  await expect(client.listen({ resourceSubscriptions: ['file:///etc/passwd'] })).rejects.toThrow(/not found/i);
  const open = [];
  for (let i = 0; i < 25; i += 1) open.push(await client.listen({ resourceSubscriptions: [price] }));
  await expect(client.listen({ resourceSubscriptions: [price] })).rejects.toThrow(/Too many listen/);
  await open[0]?.close();
  await vi.waitFor(async () => {
    open.push(await client.listen({ resourceSubscriptions: [price] }));
  }, patience);
  await Promise.all(open.map((each) => each.close()));
});

it('who works on a function is told at once that something happens to it, and reads what, then that it is over', async () => {
  await using agent = await connect();
  const { client, updated } = agent;
  const context = 'runlens://context';
  await client.callTool({ name: 'runlens_function_profile', arguments: { file: 'src/shop.ts', function: 'price' } });
  expect((await client.listResources()).resources[0]?.uri).toBe(context);
  await client.listen({ resourceSubscriptions: [context] });
  const read = async (): Promise<string> => JSON.stringify((await client.readResource({ uri: context })).contents);
  expect(await read()).toContain('nothing happens that concerns what you work on');
  await send('price fails', 'firing');
  await vi.waitFor(() => expect(updated).toContain(context), patience);
  expect(await read()).toContain('price fails');
  await send('price fails', 'resolved');
  await vi.waitFor(async () => expect(await read()).toContain('is over'), patience);
});

it('whatever an agent asks next opens with what has begun meanwhile, and then with that it is over', async () => {
  await using agent = await connect();
  const ask = async (name: string, input: object): Promise<string> =>
    JSON.stringify((await agent.client.callTool({ name, arguments: { ...input } })).structuredContent);
  const place = { file: 'src/shop.ts', function: 'price' };
  const first = await ask('runlens_function_profile', place);
  expect(first).not.toContain('"changed"');
  await send('price is wrong', 'firing');
  const next = await ask('runlens_service_status', {});
  expect(next).toMatch(/^\{"changed":"Changed in production since you were last told: 1 event concerns/);
  expect(next).toContain('price is wrong');
  expect(next, 'the first answer').toContain(
    `Superseded, ask again before relying on it: ${/cv-[0-9a-f]{8}/.exec(first)?.[0]}`,
  );
  expect(await ask('runlens_service_status', {})).not.toContain('price is wrong');
  await send('price is wrong', 'resolved');
  expect(await ask('runlens_hot_functions', {})).toContain('1 that you were told of is over');
});
