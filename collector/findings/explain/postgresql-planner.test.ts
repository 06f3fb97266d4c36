import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { planOfPostgresql } from './postgresql-planner.ts';

const sockets = new Set<Socket>();
let server: Server | undefined;

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server?.close();
});

/** Message of PostgreSQL's protocol 3: https://www.postgresql.org/docs/17/protocol-message-formats.html */
function message(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}
const authenticated = message('R', Buffer.alloc(4));
const ready = message('Z', Buffer.from('I'));
const refused = message('E', Buffer.from('SERROR\0C53300\0Mno\0\0'));

/** What it says to the first thing that it is told, and to each later one; it never closes a connection. */
async function deafServer(first: Buffer, later: Buffer): Promise<string> {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let heard = 0;
    socket.on('data', () => {
      heard += 1;
      socket.write(heard === 1 ? first : later);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `postgresql://reader@127.0.0.1:${typeof address === 'object' ? address?.port : ''}/shop`;
}

it.each([
  ['says nothing', Buffer.alloc(0), Buffer.alloc(0), /no answer/],
  [
    'says nothing more once it has let the role in',
    Buffer.concat([authenticated, ready]),
    Buffer.alloc(0),
    /no answer/,
  ],
  [
    'refuses, and does not close its end',
    Buffer.concat([authenticated, ready]),
    Buffer.concat([refused, ready]),
    /53300/,
  ],
])(
  'a server that %s is not waited for for ever',
  async (_, first, later, reason) => {
    const url = await deafServer(first, later);
    expect(await planOfPostgresql(url, 'SELECT 1')).toEqual({
      kind: 'failed',
      reason: expect.stringMatching(reason),
    });
  },
  60_000,
);
