import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { readConfiguration } from '../configuration.ts';
import { CollectorClient } from './client.ts';
import { sendLast } from './send-last.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** What speaks first on a connection, and where. */
async function firstBytes(): Promise<{ readonly port: number; readonly heard: Promise<Buffer> }> {
  const server = createServer();
  closing.push(() => server.close());
  const heard = once(server, 'connection').then(async ([socket]: Socket[]) => {
    if (!socket) throw new Error('no connection');
    const [bytes] = await once(socket, 'data');
    socket.destroy();
    return bytes;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Of a server that listens on TCP.
  return { port: (server.address() as AddressInfo).port, heard };
}

const to = (protocol: string, port: number) =>
  readConfiguration({ OTEL_EXPORTER_OTLP_ENDPOINT: `${protocol}://127.0.0.1:${port}` }).exporter;
const request = { body: Buffer.from('x'), id: 'a.1' };

/** RFC 8446, 5.1: a record of the kind handshake, of version 3.x. */
const isTls = (bytes: Buffer): boolean => bytes[0] === 22 && bytes[1] === 3;

it.each([
  ['http', false],
  ['https', true],
] as const)(
  'a collector that is asked by %s is spoken to so, while the service runs and when it ends',
  async (protocol, secure) => {
    const running = await firstBytes();
    const client = new CollectorClient(to(protocol, running.port));
    closing.push(() => client.close());
    const sending = client.post(request);
    expect(isTls(await running.heard)).toBe(secure);
    expect((await sending.outcome).kind).toBe('retry');
    const ending = await firstBytes();
    const last = { requests: [request], eachMilliseconds: 10_000, limitMilliseconds: 10_000 };
    const sent = sendLast(to(protocol, ending.port), last);
    expect(isTls(await ending.heard)).toBe(secure);
    expect(await sent).toBe(false);
  },
);
