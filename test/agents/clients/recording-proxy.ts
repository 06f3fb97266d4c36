/** Before a collector: passes on what it is asked, and keeps what is answered. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';

export interface RecordingProxy extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  /** The bodies of answers, as they ended. */
  readonly answered: readonly string[];
}

export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const { hostname, port } = new URL(target);
  const answered: string[] = [];
  const server = createServer((asked, answer) => {
    const { 'accept-encoding': _, ...headers } = asked.headers;
    const passed = request({ hostname, port, path: asked.url, method: asked.method, headers }, (told) => {
      answer.writeHead(told.statusCode ?? 502, told.headers);
      let body = '';
      told.setEncoding('utf8');
      told.on('data', (text: string) => {
        body += text;
        answer.write(text);
      });
      told.on('end', () => {
        answered.push(body);
        answer.end();
      });
      told.on('error', () => answer.destroy());
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the proxy does not listen on TCP');
  return {
    url: `http://127.0.0.1:${address.port}`,
    answered,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
