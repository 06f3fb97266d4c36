/** What the protocol offers beside tools, by the official client in the same process; and messages that no client would send. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport, type Server } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { ContextMemory } from '@runlens/agent/context-memory';
import type { ProductionFacts } from '@runlens/agent/facts';
import { ListeningTransport } from '@runlens/agent/mcp/listening-transport';
import { resourceVersion } from '@runlens/agent/mcp/resources';
import { type McpServerOptions, mcpServer } from '@runlens/agent/mcp/server';
import { facts, now, profile, services } from '@runlens/agent/testing';
import { describe, expect, it, vi } from 'vitest';

/** For what never comes. */
const patience = { timeout: 60_000 };
const price = 'runlens://function/shop/production/pricing%2Frules.ts/price';
const shop = 'runlens://service/shop/production';

/** Facts that can be others later; `asked` is called whenever profiles are asked for. */
const changing = (known: () => ProductionFacts, asked: () => void): ProductionFacts =>
  new Proxy(known(), {
    get: (_, name) => {
      if (name === 'profiles') asked();
      return Reflect.get(known(), name);
    },
  });

async function connected(
  known: ProductionFacts,
  { client: name = 'test', ...options }: Partial<McpServerOptions> & { readonly client?: string } = {},
) {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const server = mcpServer({
    version: '1',
    facts: () => known,
    told: new ContextMemory(),
    tellsChanges: 'subscribe',
    watchMilliseconds: 10,
    now: () => now,
    ...options,
  });
  const client = new Client({ name, version: '1' });
  await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
  return { client, server, [Symbol.asyncDispose]: () => client.close() };
}

describe('resources', () => {
  it('services are listed a page at a time, each once', async () => {
    const names = Array.from({ length: 230 }, (_, i) => `service-${i}`);
    await using session = await connected(facts({ services: services(...names) }));
    const uris: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await session.client.listResources(cursor === undefined ? {} : { cursor });
      uris.push(...page.resources.map(({ uri }) => uri));
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== undefined && pages < 10);
    // The client may gather pages itself; each resource is there once either way.
    expect(uris).toEqual(names.map((name) => `runlens://service/${name}/production`));
    await expect(session.client.listResources({ cursor: 'nonsense' })).rejects.toThrow(/cursor/);
  });

  it('a function and a service are read as the tools tell them', async () => {
    await using session = await connected(facts({ profiles: [profile()] }));
    const { resourceTemplates } = await session.client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'runlens://service/{service}/{environment}',
      'runlens://function/{service}/{environment}/{file}/{function}',
    ]);
    const textOf = async (uri: string): Promise<string> => {
      const [first] = (await session.client.readResource({ uri })).contents;
      return first && 'text' in first ? first.text : '';
    };
    expect(await textOf(price)).toMatch(/^Hot, 12 % of its service's time[\s\S]*«data from production/);
    expect(await textOf(shop)).toMatch(/all data is fresh[\s\S]*measured functions/);
    // What is not known is told as such, and what is no address is refused.
    expect(await textOf('runlens://function/shop/production/pricing%2Frules.ts/nothing')).toContain('not a zero');
    for (const uri of ['runlens://nothing', 'file:///etc/passwd', `${shop}/more`]) {
      await expect(session.client.readResource({ uri }), uri).rejects.toThrow();
    }
  });

  it('a listener is told when what matters has changed, and then no more', async () => {
    let known = facts({ profiles: [profile()] });
    const asked = vi.fn();
    await using session = await connected(changing(() => known, asked));
    const updated: string[] = [];
    session.client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      updated.push(params.uri);
    });
    await session.client.subscribeResource({ uri: price });
    // What is known now was looked at, more than once.
    await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(5), patience);
    expect(updated).toEqual([]);
    known = facts({ profiles: [profile({ errorRate: 0.2, errors: 120_600 })] });
    await vi.waitFor(() => expect(updated).toEqual([price]), patience);
    await session.client.unsubscribeResource({ uri: price });
    known = facts({ profiles: [profile({ errorRate: 0.9 })] });
    await delay(60);
    expect(updated).toEqual([price]);
    await expect(session.client.subscribeResource({ uri: 'file:///etc/passwd' })).rejects.toThrow();
    for (let i = 0; i < 50; i += 1) await session.client.subscribeResource({ uri: `${price}${i}` });
    await expect(session.client.subscribeResource({ uri: price })).rejects.toThrow(/50 resources already/);
  });

  it('a connection that does not last has nobody to tell', async () => {
    await using session = await connected(facts(), { tellsChanges: 'never' });
    expect(session.client.getServerCapabilities()?.resources).toEqual({ subscribe: false });
    await expect(session.client.subscribeResource({ uri: shop })).rejects.toThrow();
  });

  it('names of services are completed', async () => {
    await using session = await connected(facts({ services: services('shop', 'search', 'mail') }));
    const ref = { type: 'ref/resource' as const, uri: 'runlens://service/{service}/{environment}' };
    const complete = async (name: string, value: string) =>
      (await session.client.complete({ ref, argument: { name, value } })).completion.values;
    expect(await complete('service', 's')).toEqual(['search', 'shop']);
    expect(await complete('environment', '')).toEqual(['production']);
    expect(await complete('file', 'x')).toEqual([]);
  });
});

describe('a client of the newest protocol that listens', () => {
  async function listening(known: ProductionFacts) {
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
    const told = new ContextMemory();
    let server: Server | undefined;
    const transport = new ListeningTransport(serverSide, {
      versionOf: (uri, signal) => resourceVersion(uri, { facts: known, told, now: () => now, signal }, now),
      onChange: (uri) => void server?.sendResourceUpdated({ uri }),
      everyMilliseconds: 10,
    });
    const served = serveStdio(
      () => {
        server = mcpServer({ version: '1', facts: () => known, told, tellsChanges: 'listen', now: () => now });
        return server;
      },
      { transport },
    );
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(clientSide);
    const updated: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      updated.push(params.uri);
    });
    const end = async (): Promise<void> => {
      await client.close();
      await served.close();
    };
    return { client, updated, [Symbol.asyncDispose]: end };
  }

  it('is told what has changed of what it named, until it ends that', async () => {
    let known = facts({ profiles: [profile()] });
    const asked = vi.fn();
    await using session = await listening(changing(() => known, asked));
    const { client, updated } = session;
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    const two = await client.listen({ resourceSubscriptions: [price, shop] });
    const one = await client.listen({ resourceSubscriptions: [shop] });
    expect(two.honoredFilter).toEqual({ resourceSubscriptions: [price, shop] });
    await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(5), patience);
    expect(updated).toEqual([]);
    await one.close();
    known = facts({ profiles: [profile({ errorRate: 0.2, errors: 120_600 })] });
    await vi.waitFor(() => expect(updated).toContain(price), patience);
    await two.close();
    const before = updated.length;
    known = facts({ profiles: [profile({ errorRate: 0.9 })] });
    await delay(60);
    expect(updated).toHaveLength(before);
  });

  it('is refused what is no resource of ours, and more than 50 over all that it listens to', async () => {
    await using session = await listening(facts({ profiles: [profile()] }));
    const { client } = session;
    const many = Array.from({ length: 50 }, (_, i) => `${price}${i}`);
    await expect(client.listen({ resourceSubscriptions: ['file:///etc/passwd'] })).rejects.toThrow(/not found/i);
    const open = await client.listen({ resourceSubscriptions: many });
    await expect(client.listen({ resourceSubscriptions: [price] })).rejects.toThrow(/At most 50 resources/);
    await open.close();
    const again = await client.listen({ resourceSubscriptions: [price] });
    await again.close();
  });
});

describe('a call that takes long', () => {
  it('tells that it goes on, to who asked for that, and ends when it is cancelled', async () => {
    const aborted = vi.fn();
    const slow: ProductionFacts = {
      ...facts(),
      services: (signal) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            aborted();
            reject(new Error('cancelled'));
          });
        }),
    };
    await using session = await connected(slow);
    const stop = new AbortController();
    const told: number[] = [];
    const call = session.client.callTool(
      { name: 'runlens_service_status', arguments: {} },
      { signal: stop.signal, onprogress: ({ progress }) => told.push(progress) },
    );
    await vi.waitFor(() => expect(told.slice(0, 2)).toEqual([0, 1]), patience);
    stop.abort();
    await expect(call).rejects.toThrow();
    await vi.waitFor(() => expect(aborted).toHaveBeenCalledOnce(), patience);
  });

  it('what fails is logged to who wants to hear it', async () => {
    const away: ProductionFacts = { ...facts(), services: () => Promise.reject(new Error('the collector is away')) };
    await using session = await connected(away);
    const logged: unknown[] = [];
    session.client.setNotificationHandler('notifications/message', ({ params }) => {
      logged.push(params.data);
    });
    await session.client.setLoggingLevel('error');
    expect(await session.client.callTool({ name: 'runlens_service_status', arguments: {} })).toMatchObject({
      isError: true,
    });
    expect(logged).toEqual([{ tool: 'runlens_service_status', message: 'the collector is away' }]);
  });
});

describe('since an answer', () => {
  it('what has changed is asked by its context version, within the session that told it', async () => {
    await using session = await connected(facts());
    const status = await session.client.callTool({ name: 'runlens_service_status', arguments: {} });
    const { contextVersion } = status.structuredContent as { contextVersion: string };
    // At the instant of the answer nothing can have changed yet: that is said, and not guessed at.
    const changes = await session.client.callTool({
      name: 'runlens_changes_since',
      arguments: { since: contextVersion },
    });
    expect(JSON.stringify(changes.structuredContent)).toContain('not over yet');
  });
});

describe('what is new', () => {
  const news = {
    ask: async () => ({
      ...{ now: new Date(now).toISOString(), contextVersion: 'cv-00000001', since: null, news: [], more: 0 },
      ...{ superseded: [], text: 'Changed in production' },
    }),
  };
  const answerFor = async (name: string) => {
    await using session = await connected(facts({ profiles: [profile()] }), { news: () => news, client: name });
    const call = { name: 'runlens_function_profile', arguments: { file: 'pricing/rules.ts', function: 'price' } };
    return [await session.client.callTool(call), await session.client.callTool(call)];
  };
  const linksOf = (answers: Awaited<ReturnType<typeof answerFor>>) =>
    answers.map(({ content }) => content.flatMap((each) => (each.type === 'resource_link' ? [each.uri] : [])));

  it('opens each answer, and is linked once in a while for a client that reads links again', async () => {
    const answers = await answerFor('Visual Studio Code');
    for (const { content } of answers) expect(content[0]).toMatchObject({ text: expect.stringMatching(/^Changed/) });
    expect(linksOf(answers)).toEqual([['runlens://context'], []]);
  });

  it('is linked for no other client', async () => {
    expect(linksOf(await answerFor('codex'))).toEqual([[], []]);
  });
});
