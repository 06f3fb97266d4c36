/** As much of an agent as dd-trace's engine needs to run: it takes what comes and counts what probes brought. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StubAgent {
  readonly url: string;
  /** Probes that the engine has said to have installed. */
  readonly installed: () => number;
  /** Hits that were told. */
  readonly told: () => number;
  readonly stop: () => void;
}

export async function startAgent(): Promise<StubAgent> {
  const installed = new Set<string>();
  let told = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('latin1');
      if (request.url === '/info') {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ endpoints: ['/debugger/v1/input', '/debugger/v2/input'] }));
        return;
      }
      for (const [, id = ''] of body.matchAll(/"probeId":"([^"]+)"[^{}]*"status":"INSTALLED"/g)) installed.add(id);
      told += body.split('"snapshot":{').length - 1;
      response.setHeader('content-type', 'application/json');
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Of a server that listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    installed: () => installed.size,
    told: () => told,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
