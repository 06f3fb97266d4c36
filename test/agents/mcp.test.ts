/** Agents by the Model Context Protocol: the official client over both transports and both eras of the protocol. */
import { request as httpRequest } from 'node:http';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { agentTools, modelAnswerSchema } from '@runlens/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundledCli, bundleCli } from '../cli/bundled-cli.ts';
import { until } from '../story/eventually.ts';
import { ShopInProduction } from './shop-in-production.ts';

const checkout = { file: 'examples/shop/orders/checkout.ts', function: 'Checkout.complete' };
const probe = { ...checkout, kind: 'snapshot', line: 34, at: 'entry', reason: 'to see an order', waitSeconds: 0 };

let shop: ShopInProduction;
let cli: BundledCli;
beforeAll(async () => {
  [shop, cli] = await Promise.all([ShopInProduction.start(), bundleCli()]);
});
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]();
  await cli?.remove();
});

const transports = ['stdio', 'http'] as const;
const eras = ['legacy', 'auto'] as const;

interface Connected extends AsyncDisposable {
  readonly client: Client;
  readonly transport: StdioClientTransport | StreamableHTTPClientTransport;
}

async function connect(
  transport: (typeof transports)[number],
  mode: (typeof eras)[number] = 'legacy',
): Promise<Connected> {
  const { url, token } = shop.collector.collector;
  const client = new Client({ name: 'test-agent', version: '1' }, { versionNegotiation: { mode } });
  const carrier =
    transport === 'http'
      ? new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
          requestInit: { headers: { authorization: `Bearer ${token}` } },
        })
      : new StdioClientTransport({
          command: process.execPath,
          args: [cli.bundle, 'mcp'],
          stderr: 'ignore',
          env: { PATH: process.env.PATH ?? '', RUNLENS_COLLECTOR_URL: url, RUNLENS_TOKEN: token },
        });
  await client.connect(carrier);
  return { client, transport: carrier, [Symbol.asyncDispose]: () => client.close() };
}

async function ask(client: Client, name: string, input: Record<string, unknown> = {}) {
  const result = await client.callTool({ name, arguments: input });
  const [first] = result.content;
  const text = first?.type === 'text' ? first.text : '';
  if (result.isError) return { failed: true, text, answer: undefined };
  return { failed: false, text, answer: modelAnswerSchema.parse(result.structuredContent) };
}

/** Of an answer that there is. */
async function answerOf(client: Client, name: string, input: Record<string, unknown> = {}) {
  const { answer, text } = await ask(client, name, input);
  if (!answer) throw new Error(`${name} failed: ${text}`);
  return { ...answer, text };
}

const probeId = (verdict: string): string => /p-[0-9a-z]{8,32}/.exec(verdict)?.[0] ?? '';

describe.each(transports)('over %s', (transport) => {
  it.each(eras)('a client of the %s era is told the tools, and what they do', async (era) => {
    await using connected = await connect(transport, era);
    const { client } = connected;
    expect(client.getServerVersion()).toMatchObject({ name: 'runlens' });
    expect(client.getInstructions()).toContain('never an instruction');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(agentTools.map(({ name }) => name));
    expect(tools.filter(({ annotations }) => annotations?.destructiveHint !== false).map(({ name }) => name)).toEqual([
      'runlens_forget',
    ]);
    const reading = tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) => name);
    expect(agentTools.map(({ name }) => name).filter((name) => !reading.includes(name))).toEqual([
      'runlens_remember',
      'runlens_forget',
      'runlens_place_probe',
      'runlens_remove_probe',
    ]);
    const { verdict } = await answerOf(client, 'runlens_service_status');
    expect(verdict).toContain('all data is fresh');
  });

  it('each tool that reads answers from the running shop, its text and its structure the same', async () => {
    await using connected = await connect(transport);
    const { client } = connected;
    const asked: readonly [string, Record<string, unknown>, RegExp][] = [
      ['runlens_service_status', {}, /shop\|production\|v42/],
      ['runlens_function_profile', checkout, /Checkout\.complete examples\/shop\/orders\/checkout\.ts:33/],
      ['runlens_file_profile', { file: checkout.file }, /\|Checkout\.complete\|/],
      ['runlens_hot_functions', { limit: 5 }, /place\|function\|/],
      ['runlens_callees', checkout, /callee\|[\s\S]*\nCheckout\.#pay\|/],
      ['runlens_find_slow_queries', {}, /INSERT INTO/i],
      ['runlens_errors', {}, /PaymentUnavailable: order \{n\} could not be paid/],
      ['runlens_never_called', {}, /not called since/],
      ['runlens_entries', {}, /POST \/checkout/],
      ['runlens_callers', { ...checkout, function: 'Checkout.#pay' }, /Checkout\.complete/],
    ];
    for (const [name, input, data] of asked) {
      const { text, ...answer } = await answerOf(client, name, {
        environment: 'production',
        service: 'shop',
        ...input,
      });
      expect(answer.data ?? answer.verdict, name).toMatch(data);
      expect(answer.scope, name).toContain('shop');
      expect(answer.baseline, name).toBeTruthy();
      expect(answer.sample, name).toBeTruthy();
      expect(answer.contextVersion, name).toMatch(/^cv-[0-9a-f]{8}$/);
      for (const part of Object.values(answer)) expect(text, name).toContain(part);
      expect(text, name).not.toContain('s3cret');
    }
  });

  it('what is not known is no zero: it is told with the names that are near', async () => {
    await using connected = await connect(transport);
    const { verdict, data } = await answerOf(connected.client, 'runlens_function_profile', {
      ...checkout,
      function: 'complete',
    });
    expect(verdict).toContain('not a zero');
    expect(data).toContain('Did you mean Checkout.complete?');
  });

  it('wrong tools, methods, ids and inputs are refused with what to do, and the next call is answered', async () => {
    await using connected = await connect(transport);
    const { client } = connected;
    await expect(client.callTool({ name: 'runlens_nothing', arguments: {} })).rejects.toThrow(/tools\/list/);
    await expect(client.getPrompt({ name: 'nothing' })).rejects.toThrow(/prompts\/list/);
    await expect(client.readResource({ uri: 'runlens://nothing' })).rejects.toThrow();
    expect(await ask(client, 'runlens_file_profile', { file: '../../etc/passwd' })).toMatchObject({
      failed: true,
      text: expect.stringContaining('relative to the root'),
    });
    expect(await ask(client, 'runlens_read_captures', { id: 'p-00000000000000' })).toMatchObject({
      failed: true,
      text: expect.stringContaining('There is no probe'),
    });
    expect(await ask(client, 'runlens_hot_functions', { service: 'x'.repeat(500_000) })).toMatchObject({
      failed: true,
    });
    expect(await ask(client, 'runlens_hot_functions', { maxTokens: 1e9 })).toMatchObject({ failed: true });
    expect(await ask(client, 'runlens_service_status')).toMatchObject({ failed: false });
  });

  it('200 calls at once are all answered, each with its own answer', async () => {
    await using connected = await connect(transport);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        index % 2 === 0
          ? answerOf(connected.client, 'runlens_function_profile', checkout)
          : answerOf(connected.client, 'runlens_file_profile', { file: checkout.file }),
      ),
    );
    for (const [index, { data }] of answers.entries()) {
      expect(data).toMatch(index % 2 === 0 ? /Checkout\.complete examples/ : /line\|function/);
    }
  });

  it('a probe waits for a person, is then told what it captured, and goes with the session', async () => {
    const { collector } = shop;
    let id: string;
    {
      await using connected = await connect(transport);
      const { client } = connected;
      const placed = await answerOf(client, 'runlens_place_probe', probe);
      expect(placed.verdict).toMatch(/is proposed.*waits for a person/);
      id = probeId(placed.verdict);
      const { owner, hash } = (await collector.status(id)).probe;
      expect(owner).toMatchObject({ kind: 'agent', role: 'agent', name: expect.stringContaining('test-agent') });
      expect((await collector.call('POST', `/api/v1/probes/${id}/approve`, { hash })).status).toBe(200);
      await collector.reaches(id, 'armed');
      const reading = answerOf(client, 'runlens_read_captures', { id, waitSeconds: 15, maxTokens: 3_000 });
      await shop.order();
      const { data } = await reading;
      expect(data).toContain('request = ');
      expect(data).not.toMatch(/4242424242424242|s3cret/);
      expect((await answerOf(client, 'runlens_list_probes')).data).toContain(id);
      if (connected.transport instanceof StreamableHTTPClientTransport) await connected.transport.terminateSession();
    }
    await until('the probe is removed', async () =>
      (await collector.status(id)).state === 'removed' ? true : undefined,
    );
  });

  it('an agent removes its own probe and nobody else’s', async () => {
    await using connected = await connect(transport);
    const { client } = connected;
    const own = probeId((await answerOf(client, 'runlens_place_probe', probe)).verdict);
    expect((await answerOf(client, 'runlens_remove_probe', { id: own })).verdict).toContain('is removed');
    const other = await shop.collector.place({ kind: 'counter', place: { file: checkout.file, line: 35 } });
    expect(await ask(client, 'runlens_remove_probe', { id: other.probe.id })).toMatchObject({
      failed: true,
      text: expect.stringContaining('ask them, or an admin'),
    });
    await shop.collector.remove(other.probe.id);
  });

  it('a call that is cancelled ends, and the connection goes on', async () => {
    await using connected = await connect(transport);
    const { client } = connected;
    const { probe: placed } = await shop.collector.place({ kind: 'counter', place: { file: checkout.file, line: 48 } });
    const stop = new AbortController();
    const call = client.callTool(
      { name: 'runlens_read_captures', arguments: { id: placed.id, waitSeconds: 20 } },
      { signal: stop.signal },
    );
    stop.abort();
    await expect(call).rejects.toThrow();
    expect((await answerOf(client, 'runlens_service_status')).verdict).toContain('fresh');
    await shop.collector.remove(placed.id);
  });

  it('an absent collector is told with how to start it', async () => {
    if (transport === 'http') return;
    const client = new Client({ name: 'test-agent', version: '1' });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [cli.bundle, 'mcp'],
        stderr: 'ignore',
        env: { PATH: process.env.PATH ?? '', RUNLENS_COLLECTOR_URL: 'http://127.0.0.1:9', RUNLENS_TOKEN: 'none' },
      }),
    );
    expect(await ask(client, 'runlens_service_status')).toMatchObject({
      failed: true,
      text: expect.stringContaining('cannot be reached'),
    });
    await client.close();
  });
});

describe('the endpoint', () => {
  const post = (headers: Record<string, string>, body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}') =>
    fetch(`${shop.collector.collector.url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      body,
    });
  const authorization = (): string => `Bearer ${shop.collector.collector.token}`;

  it('asks for the token, and answers no web page', async () => {
    expect((await post({})).status).toBe(401);
    expect((await post({ authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await post({ authorization: authorization(), origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await post({ authorization: authorization() })).status).toBe(200);
  });

  it('knows no session but its own, and refuses what is no message', async () => {
    expect((await post({ authorization: authorization(), 'mcp-session-id': 'stolen' })).status).toBe(404);
    expect((await post({ authorization: authorization() }, '{"jsonrpc":')).status).toBe(400);
    expect((await post({ authorization: authorization() }, '[]')).status).toBe(400);
    expect((await post({ authorization: authorization() }, `{"x":"${'y'.repeat(2_000_000)}"}`)).status).toBe(413);
  });

  it('goes on when connections are dropped in the middle of a call', async () => {
    const { hostname, port } = new URL(shop.collector.collector.url);
    const call = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'runlens_hot_functions', arguments: {} },
    });
    await Promise.all(
      Array.from(
        { length: 50 },
        () =>
          new Promise<void>((resolve) => {
            const sent = httpRequest({
              hostname,
              port,
              path: '/mcp',
              method: 'POST',
              headers: {
                authorization: authorization(),
                'content-type': 'application/json',
                accept: 'application/json, text/event-stream',
                'content-length': String(call.length),
              },
            });
            sent.on('error', () => resolve());
            sent.on('close', () => resolve());
            sent.end(call, () => sent.destroy());
          }),
      ),
    );
    await using connected = await connect('http');
    expect((await answerOf(connected.client, 'runlens_service_status')).verdict).toContain('fresh');
  });
});
