/** Messages that no good client sends, connections that break, and a thousand calls at once, over both transports. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type Collector, startCollector } from '@runlens/collector';
import { seeded } from '@runlens/collector/testing/simulated';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundledCli, bundleCli } from '../cli/bundled-cli.ts';

let home: string;
let collector: Collector;
let cli: BundledCli;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'runlens-fuzz-'));
  [collector, cli] = await Promise.all([startCollector({ home, port: 0, logLevel: 'silent' }), bundleCli()]);
});
afterAll(async () => {
  await collector?.close();
  await cli?.remove();
  rmSync(home, { recursive: true, force: true });
});

const environment = () => ({
  PATH: process.env.PATH ?? '',
  RUNLENS_COLLECTOR_URL: collector.url,
  RUNLENS_TOKEN: collector.token,
});
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'fuzz', version: '1' } },
};
const ping = { jsonrpc: '2.0', id: 'the end', method: 'ping' };
const call = (id: unknown, name: unknown, args: unknown) => ({
  ...{ jsonrpc: '2.0', id, method: 'tools/call' },
  params: { name, arguments: args },
});

/** Wrong in one way each; a text is sent as it is. */
const wrong: readonly [string, unknown][] = [
  ['no JSON', '{"jsonrpc":'],
  ['no object', '[]'],
  ['a number', '7'],
  ['nothing in it', {}],
  ['another protocol', { jsonrpc: '1.0', id: 2, method: 'ping' }],
  ['an id that is an object', { jsonrpc: '2.0', id: {}, method: 'ping' }],
  ['an id that is null', { jsonrpc: '2.0', id: null, method: 'ping' }],
  ['an id that no number holds', '{"jsonrpc":"2.0","id":1e999,"method":"ping"}'],
  ['an answer to nobody', { jsonrpc: '2.0', id: 99, result: {} }],
  ['an error to nobody', { jsonrpc: '2.0', id: 99, error: { code: 1, message: 'x' } }],
  ['no method', { jsonrpc: '2.0', id: 3 }],
  ['a method that is none', { jsonrpc: '2.0', id: 4, method: 'runlens/nothing' }],
  ['a method of the prototype', { jsonrpc: '2.0', id: 5, method: '__proto__' }],
  ['params that are a list', { jsonrpc: '2.0', id: 6, method: 'tools/call', params: [] }],
  ['a tool that is a number', call(7, 7, {})],
  ['a tool of the prototype', call(8, 'constructor', {})],
  ['arguments that are a text', call(9, 'runlens_service_status', 'x')],
  [
    'arguments of the prototype',
    '{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"runlens_service_status","arguments":{"__proto__":{"service":7}}}}',
  ],
  [
    'arguments 10,000 deep',
    `{"jsonrpc":"2.0","id":11,"method":"tools/call","params":{"name":"runlens_service_status","arguments":{"service":${'['.repeat(10_000)}${']'.repeat(10_000)}}}}`,
  ],
  ['half a megabyte', call(12, 'runlens_service_status', { service: 'x'.repeat(500_000) })],
  [
    'a cancelled call that never was',
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 4_711 } },
  ],
  ['a notification that is none', { jsonrpc: '2.0', method: 'notifications/nothing' }],
  ['a cursor that is none', { jsonrpc: '2.0', id: 13, method: 'tools/list', params: { cursor: '\u0000' } }],
  ['a second beginning', { ...initialize, id: 14 }],
];
const textOf = (message: unknown): string => (typeof message === 'string' ? message : JSON.stringify(message));

/** A message with some of its characters replaced. */
function damaged(random: () => number): string {
  const [, message] = wrong[Math.floor(random() * (wrong.length - 6))] ?? [];
  const text = textOf(message ?? ping).slice(0, 2_000);
  return Array.from(text, (character) =>
    random() < 0.03 ? String.fromCharCode(32 + Math.floor(random() * 94)) : character,
  ).join('');
}

describe('over stdio', () => {
  class Session implements AsyncDisposable {
    readonly child: ChildProcessWithoutNullStreams;
    readonly answers: { id?: unknown; error?: unknown; result?: unknown }[] = [];
    constructor() {
      // Nobody reads standard error, as some clients do not.
      this.child = spawn(process.execPath, [cli.bundle, 'mcp'], { env: environment() });
      createInterface(this.child.stdout).on('line', (line) => this.answers.push(JSON.parse(line)));
    }
    send(message: unknown): void {
      this.child.stdin.write(`${textOf(message)}\n`);
    }
    async isAnswered(id: unknown): Promise<void> {
      await expect.poll(() => this.answers.some((answer) => answer.id === id), { timeout: 60_000 }).toBe(true);
    }
    async [Symbol.asyncDispose]() {
      if (this.child.exitCode !== null || this.child.signalCode !== null) return;
      const gone = once(this.child, 'exit');
      this.child.stdin.end();
      await gone;
    }
  }

  it('whatever comes, the next good message is answered, and each line that goes out is a message', async () => {
    await using session = new Session();
    session.send(initialize);
    await session.isAnswered(1);
    for (const [, message] of wrong) session.send(message);
    const random = seeded(23);
    for (let i = 0; i < 500; i += 1) session.send(damaged(random));
    session.send(Buffer.from([0xff, 0xfe, 0x00, 0x80]).toString('latin1'));
    session.send(ping);
    await session.isAnswered('the end');
    for (const id of [4, 5]) expect(session.answers.find((answer) => answer.id === id)).toHaveProperty('error');
    expect(session.child.exitCode).toBeNull();
  });

  it('a message larger than any is the end of the connection, and not of the machine', async () => {
    await using session = new Session();
    session.send(initialize);
    await session.isAnswered(1);
    const gone = once(session.child, 'exit');
    session.child.stdin.on('error', () => undefined);
    session.child.stdin.write('x'.repeat(4 * 1_048_576));
    await gone;
  });

  it('a client that is gone in the middle of calls leaves no process behind', async () => {
    const session = new Session();
    session.send(initialize);
    for (let i = 0; i < 50; i += 1) session.send(call(`c${i}`, 'runlens_service_status', {}));
    const gone = once(session.child, 'exit');
    session.child.stdin.end();
    session.child.stdout.destroy();
    await gone;
  });
});

describe('over HTTP', () => {
  const headers = () => ({
    authorization: `Bearer ${collector.token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  });
  const post = (body: string, more: Record<string, string> = {}) =>
    fetch(`${collector.url}/mcp`, { method: 'POST', headers: { ...headers(), ...more }, body });

  async function isWell(): Promise<void> {
    const answer = await post(JSON.stringify(initialize));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('"runlens"');
  }

  it.each(wrong)('%s is answered and no fault of the server', async (_, message) => {
    const answer = await post(textOf(message));
    await answer.text();
    expect(answer.status).toBeLessThan(500);
    await isWell();
  });

  it('damaged messages, in a session and without', async () => {
    const opened = await post(JSON.stringify(initialize));
    await opened.text();
    const session = opened.headers.get('mcp-session-id') ?? '';
    expect(session).not.toBe('');
    const random = seeded(29);
    for (let i = 0; i < 200; i += 1) {
      const answer = await post(damaged(random), i % 2 === 0 ? { 'mcp-session-id': session } : {});
      await answer.text();
      expect(answer.status).toBeLessThan(500);
    }
    const odd: Record<string, string>[] = [
      { 'mcp-session-id': 'none' },
      { 'mcp-session-id': 'x'.repeat(8_000) },
      { 'mcp-protocol-version': '1999-01-01' },
      { 'content-type': 'text/plain' },
      { accept: 'image/png' },
    ];
    for (const each of odd) {
      const answer = await post(JSON.stringify(ping), each);
      await answer.text();
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
    await isWell();
  });

  it('more than may be sent is refused before it is read', async () => {
    const answer = await post(textOf(call(1, 'runlens_service_status', { service: 'x'.repeat(3_000_000) })));
    expect(answer.status).toBe(413);
    await answer.text();
    await isWell();
  });

  it('connections that break in the middle take nothing with them', async () => {
    const { port } = new URL(collector.url);
    const body = textOf(call(1, 'runlens_service_status', {}));
    const head = `POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${Object.entries(headers())
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}content-length: ${body.length}\r\n\r\n`;
    const sockets: Socket[] = [];
    for (let i = 0; i < 100; i += 1) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      sockets.push(socket);
      await once(socket, 'connect');
      // Some end in the head, some in the body, some before the answer.
      socket.write((head + body).slice(0, Math.ceil(((i % 10) + 1) * 0.1 * (head.length + body.length))));
      if (i % 3 === 0) socket.resetAndDestroy();
    }
    for (const socket of sockets) socket.destroy();
    await isWell();
  });
});

describe.each(['stdio', 'http'])('a thousand calls at once over %s', (transport) => {
  it('are all answered', async () => {
    const client = new Client({ name: 'many', version: '1' });
    // The client waits for its pipe once for each call.
    const usual = EventEmitter.defaultMaxListeners;
    EventEmitter.defaultMaxListeners = 1_000;
    await client.connect(
      transport === 'http'
        ? new StreamableHTTPClientTransport(new URL(`${collector.url}/mcp`), {
            requestInit: { headers: { authorization: `Bearer ${collector.token}` } },
          })
        : new StdioClientTransport({
            ...{ command: process.execPath, args: [cli.bundle, 'mcp'], stderr: 'ignore' as const },
            env: environment(),
          }),
    );
    try {
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, i) =>
          client.callTool({ name: 'runlens_service_status', arguments: { service: `s${i}` } }),
        ),
      );
      // Each is told of its own question.
      for (const { structuredContent, isError } of answers) {
        expect(isError).not.toBe(true);
        expect(JSON.stringify(structuredContent)).toContain('No service has reported to this collector yet');
      }
    } finally {
      EventEmitter.defaultMaxListeners = usual;
      await client.close();
    }
  });
});
