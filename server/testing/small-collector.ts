/** A small HTTP server that answers as a collector does, as a test tells it to. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { HotResponse, ProfilesResponse, ServicesResponse } from '@runlens/protocol/api/profile';
import type { ProfilesEvent } from '@runlens/protocol/api/stream';
import { aResponse, someServices } from './profiles.ts';

export class SmallCollector {
  readonly token = 'a-token';
  /** By file. */
  profiles: Record<string, ProfilesResponse> = {};
  services: ServicesResponse = someServices('shop');
  hot: HotResponse | undefined;
  /** Answers instead of the usual ones, by path. */
  override: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {};
  /** Files asked for, in order. */
  readonly asked: string[] = [];
  notModified = 0;
  /** The most profile requests that were open at one time. */
  mostAtOnce = 0;
  delayMilliseconds = 0;
  #atOnce = 0;
  #eventId = 0;
  readonly #streams = new Set<ServerResponse>();
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get streams(): number {
    return this.#streams.size;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address === 'object' && address) this.#port = address.port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    this.#streams.clear();
  }

  event(changes: ProfilesEvent['changes']): void {
    const event: ProfilesEvent = { at: new Date().toISOString(), changes };
    this.#eventId += 1;
    for (const stream of this.#streams) {
      stream.write(`event: profiles\nid: ${this.#eventId}\ndata: ${JSON.stringify(event)}\n\n`);
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const override = this.override[url.pathname];
    if (override) {
      override(request, response);
      return;
    }
    if (url.pathname === '/health') {
      json(response, 200, {
        status: 'ok',
        version: '0.1.0',
        startedAt: new Date().toISOString(),
        problems: [],
        lastIngest: null,
      });
      return;
    }
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      json(response, 401, {
        type: 'https://runlens.dev/problems/unauthorized',
        title: 'Unauthorized',
        status: 401,
        detail: 'The token is missing or wrong: send the token of the Runlens home folder.',
        code: 'unauthorized',
      });
      return;
    }
    switch (url.pathname) {
      case '/api/v1/services':
        json(response, 200, this.services);
        return;
      case '/api/v1/hot':
        json(response, this.hot ? 200 : 404, this.hot ?? {});
        return;
      case '/api/v1/stream':
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(': hello\n\n');
        this.#streams.add(response);
        response.on('close', () => this.#streams.delete(response));
        return;
      case '/api/v1/profiles':
        this.#profiles(request, response, url.searchParams.get('file') ?? '');
        return;
      default:
        json(response, 404, {});
    }
  }

  #profiles(request: IncomingMessage, response: ServerResponse, file: string): void {
    this.asked.push(file);
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    setTimeout(() => {
      this.#atOnce -= 1;
      const body = JSON.stringify(this.profiles[file] ?? aResponse([], []));
      const etag = `"${Buffer.from(body).length}-${hash(body)}"`;
      if (request.headers['if-none-match'] === etag) {
        this.notModified += 1;
        response.writeHead(304).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'application/json', etag }).end(body);
    }, this.delayMilliseconds);
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function hash(text: string): number {
  let value = 0;
  for (let at = 0; at < text.length; at += 1) value = (value * 31 + text.charCodeAt(at)) | 0;
  return value;
}
