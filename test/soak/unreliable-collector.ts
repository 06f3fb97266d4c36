/** A collector that fails in each way there is, and counts exactly what it has taken, and what it has refused for good. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeMetrics } from '../sensor/otlp-decoder.ts';
import { functionKey } from '../sensor/otlp-recorder.ts';

/**
 * - `up`: takes everything.
 * - `killed`: nobody listens, connections are reset.
 * - `broken`: 500, which OTLP forbids to send again.
 * - `busy`: 429, again in a second.
 * - `slow`: takes everything, and never answers in time.
 * - `garbage`: takes everything, and answers in what is no HTTP.
 * - `nonsense`: takes everything, and answers 200 with a body that is no OTLP.
 * - `lost`: takes everything, and resets the connection.
 */
export const failures = ['killed', 'broken', 'busy', 'slow', 'garbage', 'nonsense', 'lost'] as const;
export type CollectorMode = 'up' | (typeof failures)[number];

type Counts = Map<string, number>;

export class UnreliableCollector implements AsyncDisposable {
  /** Calls and errors by function, and queries, of all that was taken or refused for good. */
  readonly calls: Counts = new Map();
  readonly errors: Counts = new Map();
  queries = 0;
  /** Points of numbers that were refused for good. */
  refusedPoints = 0;
  /** Points that the sensor says it has dropped, by the reason. */
  readonly toldDropped: Counts = new Map();
  /** Requests, by what was the matter. */
  readonly requests: Counts = new Map();
  /** Sent again though they had arrived: counted once. */
  again = 0;
  readonly #known = new Set<unknown>();
  /** One whose answer came too late is sent again, and refused again. */
  readonly #refused = new Set<unknown>();
  readonly #sockets = new Set<Socket>();
  readonly #slow = new Set<NodeJS.Timeout>();
  readonly #slowMilliseconds: number;
  #server: Server | undefined;
  #mode: CollectorMode = 'up';
  #port = 0;

  private constructor(slowMilliseconds: number) {
    this.#slowMilliseconds = slowMilliseconds;
  }

  static async start(slowMilliseconds: number): Promise<UnreliableCollector> {
    const collector = new UnreliableCollector(slowMilliseconds);
    await collector.#listen();
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async become(mode: CollectorMode): Promise<void> {
    const before = this.#mode;
    this.#mode = mode;
    if (mode === 'killed') await this.#close();
    else if (before === 'killed') await this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#slow) clearTimeout(timer);
    await this.#close();
  }

  #listen(): Promise<void> {
    const server = createServer((request, response) => this.#take(request, response));
    this.#server = server;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', () => {
        // A server that listens on TCP has an address of this type.
        this.#port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return Promise.resolve();
    return new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of this.#sockets) socket.resetAndDestroy();
    });
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const mode = this.#mode;
      if (request.method !== 'POST' || request.url !== '/v1/metrics') {
        // It is no collector of Runlens, from which a sensor takes orders.
        response.writeHead(404).end();
        return;
      }
      more(this.requests, mode, 1);
      if (mode === 'busy') {
        response.writeHead(429, { 'retry-after': '1' }).end();
        return;
      }
      this.#count(request, Buffer.concat(chunks), mode === 'broken');
      const { socket } = request;
      if (mode === 'broken') response.writeHead(500).end('an error page');
      else if (mode === 'nonsense') response.end('\u0000\u00ff no OTLP');
      else if (mode === 'garbage') socket.end('\u0000\u0001 no HTTP \r\n\r\n');
      else if (mode === 'lost') socket.resetAndDestroy();
      else if (mode === 'slow') {
        const timer = setTimeout(() => {
          this.#slow.delete(timer);
          response.end();
        }, this.#slowMilliseconds);
        this.#slow.add(timer);
      } else response.setHeader('content-type', 'application/x-protobuf').end();
    });
  }

  #count(request: IncomingMessage, body: Buffer, refused: boolean): void {
    const id = request.headers['runlens-batch'];
    if (id === undefined) throw new Error('a request without a name');
    const { points } = decodeMetrics(gunzipSync(body), request.headers['content-type'] ?? '');
    // What says only what there is has no interval.
    const numbers = points.filter(({ metric, start, time }) => metric !== 'runlens.sensor.dropped' && start !== time);
    if (refused && !this.#refused.has(id)) {
      this.#refused.add(id);
      this.refusedPoints += numbers.length;
    } else if (!refused && this.#refused.delete(id)) {
      // Its answer had come too late, and now it is taken: nothing is dropped.
      this.refusedPoints -= numbers.length;
    }
    const known = this.#known.has(id);
    this.#known.add(id);
    if (known) this.again += 1;
    if (!refused && !known) {
      for (const { metric, attributes, value } of points) {
        if (metric === 'runlens.sensor.dropped') more(this.toldDropped, attributes['runlens.reason'] ?? '', value ?? 0);
      }
    }
    if (known) return;
    for (const point of numbers) {
      if (point.metric === 'code.function.calls') more(this.calls, functionKey(point), point.value ?? 0);
      else if (point.metric === 'code.function.errors') more(this.errors, functionKey(point), point.value ?? 0);
      else if (point.metric === 'db.client.operation.duration') this.queries += point.histogram?.count ?? 0;
    }
  }
}

function more(counts: Counts, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
