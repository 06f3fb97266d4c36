import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { probePort } from './port-probe.ts';

const opened: { close: () => void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

function listen(server: Server | HttpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  opened.push({
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
  return new Promise((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address) resolve(address.port);
      else reject(new Error('no port'));
    });
  });
}

const answering = (body: string) => createHttpServer((_request, response) => response.end(body));
const health = { status: 'ok', version: '0.1.0', startedAt: '2026-01-02T03:04:05Z', problems: [], lastIngest: null };

test('a collector is known by its health', async () => {
  expect(await probePort(await listen(answering(JSON.stringify(health))))).toBe('runlens');
});

test('another HTTP server, also with a health page of its own, is not a collector', async () => {
  expect(await probePort(await listen(answering('{"status":"ok"}')))).toBe('other');
  expect(await probePort(await listen(answering('<html>')))).toBe('other');
});

test('an endless answer is not read to its end', async () => {
  const endless = createHttpServer((_request, response) => {
    const more = setInterval(() => response.write('x'.repeat(16_384)), 1);
    response.on('close', () => clearInterval(more));
  });
  expect(await probePort(await listen(endless))).toBe('other');
});

test('a program that takes connections and says nothing holds the port', async () => {
  expect(await probePort(await listen(createServer()), 200)).toBe('other');
});

test('a port where nobody listens is free', async () => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  expect(await probePort(port)).toBe('free');
});
