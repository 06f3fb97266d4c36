import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

const longestStartMilliseconds = 60_000;

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this type.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Throws when the process ends before, or takes too long. */
export async function untilItListens(port: number, child: ChildProcess): Promise<void> {
  for (const end = Date.now() + longestStartMilliseconds; Date.now() < end; ) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`ended: ${child.spawnfile}`);
    if (await listens(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`does not listen: ${child.spawnfile}`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
