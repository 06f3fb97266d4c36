/** An OTLP/HTTP endpoint that keeps what it is sent, read by a decoder of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeMetrics, type RecordedPoint } from './otlp-decoder.ts';

export interface RecordedRequest {
  readonly resource: Readonly<Record<string, string>>;
  readonly points: readonly RecordedPoint[];
  readonly headers: IncomingMessage['headers'];
  /** As it was sent, unpacked. */
  readonly body: Buffer;
}

type Respond = (request: IncomingMessage, response: ServerResponse) => boolean;

export class OtlpRecorder implements AsyncDisposable {
  readonly requests: RecordedRequest[] = [];
  readonly #server;
  /** Answers instead of the recorder when it returns true; the request is then not kept. */
  respond: Respond = () => false;
  /** Answers on the paths by which collectors speak to sensors; without it nothing is there. */
  control: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Requests whose name (`Runlens-Batch`) is known are answered and not kept, as a collector does. */
  skipsKnown = false;
  /** What arrives is answered by 400, and kept among the refused. */
  refuses = false;
  readonly refused: RecordedRequest[] = [];
  /** What arrives is kept, and the connection reset instead of answering. */
  loseAnswer = false;
  skipped = 0;
  readonly #known = new Set<unknown>();

  private constructor() {
    this.#server = createServer((request, response) => this.#take(request, response));
  }

  static async start(port = 0): Promise<OtlpRecorder> {
    const recorder = new OtlpRecorder();
    await new Promise<void>((resolve, reject) => {
      recorder.#server.once('error', reject);
      recorder.#server.listen(port, '127.0.0.1', resolve);
    });
    return recorder;
  }

  get port(): number {
    // A server that listens on TCP has an address of this type.
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get points(): readonly RecordedPoint[] {
    return this.requests.flatMap(({ points }) => points);
  }

  /** Calls by `file:line name`. */
  calls(): Record<string, number> {
    return this.#sum('code.function.calls', (point) => functionKey(point));
  }

  /** Errors by `file:line name error.type`. */
  errors(): Record<string, number> {
    return this.#sum('code.function.errors', (point) => `${functionKey(point)} ${point.attributes['error.type']}`);
  }

  of(metric: string): readonly RecordedPoint[] {
    return this.points.filter((point) => point.metric === metric);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #sum(metric: string, key: (point: RecordedPoint) => string): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const point of this.of(metric)) sums[key(point)] = (sums[key(point)] ?? 0) + (point.value ?? 0);
    return sums;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    if (request.url?.includes('/v1/control/')) {
      if (this.control) this.control(request, response);
      else response.writeHead(404).end();
      return;
    }
    if (this.respond(request, response)) return;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const id = request.headers['runlens-batch'];
      if (this.skipsKnown && id !== undefined && this.#known.has(id)) {
        this.skipped += 1;
        response.end();
        return;
      }
      if (!this.refuses) this.#known.add(id);
      const body = Buffer.concat(chunks);
      const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      const type = request.headers['content-type'] ?? '';
      const recorded = { ...decodeMetrics(plain, type), headers: request.headers, body: plain };
      (this.refuses ? this.refused : this.requests).push(recorded);
      if (this.refuses) response.writeHead(400).end();
      else if (this.loseAnswer) request.socket.resetAndDestroy();
      else response.setHeader('content-type', type).end();
    });
  }
}

export function functionKey({ attributes }: RecordedPoint): string {
  return `${attributes['code.file.path']}:${attributes['code.line.number']} ${attributes['code.function.name']}`;
}
