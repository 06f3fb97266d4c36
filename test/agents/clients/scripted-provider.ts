/** A model's provider on the loopback for agent clients: it answers by rule in the format that it is asked in, and keeps what it was sent. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Dialect, dialects, type ModelAnswer, type ModelRequest } from './model-dialects.ts';

const largestRequestBytes = 16_000_000;

export interface ScriptedProvider extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  /** What asked for an answer and offered tools, in order. */
  readonly requests: readonly ModelRequest[];
  /** What else was asked: method and path. A test's message shows it where a client asks what is not known here. */
  readonly others: readonly string[];
}

/** Requests that offer no tools (for a title, a summary) are answered too, and are no part of the script. */
export async function startScriptedProvider(rule: (request: ModelRequest) => ModelAnswer): Promise<ScriptedProvider> {
  const requests: ModelRequest[] = [];
  const others: string[] = [];
  let answers = 0;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const dialect = request.method === 'POST' ? dialects.find(({ path }) => path.test(pathname)) : undefined;
    const body = await textOf(request);
    if (!dialect) {
      others.push(`${request.method} ${pathname}`);
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"not scripted"}}');
      return;
    }
    const asked: ModelRequest = { ...dialect.read(Object(JSON.parse(body))), body };
    const scripted = asked.tools.length > 0;
    if (scripted) requests.push(asked);
    answers += 1;
    tell(response, dialect, scripted ? rule(asked) : { text: 'A title' }, `scripted_${answers}`);
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the scripted provider does not listen on TCP');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    others,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function tell(response: ServerResponse, dialect: Dialect, answer: ModelAnswer, id: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const { event, data } of dialect.events(answer, id)) {
    if (event !== undefined) response.write(`event: ${event}\n`);
    response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  }
  response.end();
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > largestRequestBytes) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
