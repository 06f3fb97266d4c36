import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ExporterConfiguration } from '../configuration.ts';
import { sendLast } from './send-last.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function collector(answer: (number: number) => RequestListener): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    const listener = answer(asked);
    request.resume().once('end', () => listener(request, response));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  // It was just given a port.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1/metrics`, asked: () => asked };
}

const configurationFor = (url: string): ExporterConfiguration => ({
  url,
  headers: {},
  encoding: 'protobuf',
  gzip: false,
  timeoutMilliseconds: 10_000,
  keepAlive: true,
});
const requests = Array.from({ length: 12 }, (_, number) => ({
  body: new Uint8Array([number]),
  id: `test/0.${number}`,
}));

describe('the last requests of a process', () => {
  it('are all taken by a collector that is slow, each within its own time', async () => {
    const { url, asked } = await collector(() => (_, response) => void setTimeout(() => response.end(), 150));
    // All of them take longer than one may.
    const last = { requests, eachMilliseconds: 1_600, limitMilliseconds: 60_000 };
    expect(await sendLast(configurationFor(url), last)).toBe(true);
    expect(asked()).toBe(12);
  });

  it('go on after one that is refused', async () => {
    const { url, asked } = await collector(
      (number) => (_, response) => response.writeHead(number === 1 ? 400 : 200).end(),
    );
    const last = { requests, eachMilliseconds: 30_000, limitMilliseconds: 60_000 };
    expect(await sendLast(configurationFor(url), last)).toBe(false);
    expect(asked()).toBe(12);
  });

  it('stop at a collector that does not answer', async () => {
    const { url, asked } = await collector(() => () => {});
    const last = { requests, eachMilliseconds: 200, limitMilliseconds: 10_000 };
    expect(await sendLast(configurationFor(url), last)).toBe(false);
    expect(asked()).toBe(1);
  });
});
