import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { batch, shop } from '../testing/batches.ts';
import { StreamHub } from './stream.ts';

test('a listener that does not read is closed, so that it holds no memory, and the others go on', async () => {
  let dropped = 0;
  const hub = new StreamHub({
    knownVersions: [],
    now: Date.now,
    onDropped: () => {
      dropped += 1;
    },
  });
  const server = createServer((_request, response) => hub.add(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Listening on TCP, the address is an AddressInfo.
  const { port } = server.address() as AddressInfo;
  try {
    const slow = connect(port, '127.0.0.1');
    slow.pause();
    slow.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    const reading = await fetch(`http://127.0.0.1:${port}/`);
    await expect.poll(() => hub.clients).toBe(2);
    const files = Array.from({ length: 150 }, (_, i) => ({ name: 'f', file: `${i}/${'x'.repeat(1_000)}` }));
    // More than what the system holds for a connection: 200 versions with 150 KB of paths each.
    const many = Array.from({ length: 200 }, (_, i) => batch(1, files, { instance: { ...shop, version: `v${i}` } }));
    const reader = reading.body?.getReader();
    let ends = 0;
    let last = 0;
    /** Reads until so many events have come whole; the welcome is the first. */
    const events = async (count: number): Promise<void> => {
      while (ends < count) {
        const read = await reader?.read();
        if (read?.value === undefined) throw new Error('the listener that reads was cut off');
        for (const byte of read.value) {
          if (byte === 10 && last === 10) ends += 1;
          last = byte;
        }
      }
    };
    hub.changed(many);
    await events(2);
    hub.changed([batch(1, [{ name: 'f' }])]);
    await events(3);
    expect([dropped, hub.clients]).toEqual([1, 1]);
    slow.destroy();
  } finally {
    hub.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});
