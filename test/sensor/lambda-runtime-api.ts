/**
 * Lambda's Runtime API (version 2018-06-01, as its documentation describes it) and what Lambda does to the process: it is
 * stopped as soon as it asks for the next event, and goes on when there is one.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly kind: 'response' | 'error';
  readonly body: string;
}

interface Waiting {
  readonly answered: (answer: Answer) => void;
}

export class LambdaRuntimeApi implements AsyncDisposable {
  readonly #server;
  readonly #invocations = new Map<string, Waiting>();
  #next: ServerResponse | undefined;
  #onNext: (() => void) | undefined;
  /** How often the next event was asked for. */
  asked = 0;
  /** Set: what the runtime said when it could not start. */
  initError: string | undefined;
  /** Stops and continues the process. */
  freeze: (frozen: boolean) => void = () => {};

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async start(): Promise<LambdaRuntimeApi> {
    const api = new LambdaRuntimeApi();
    await new Promise<void>((resolve, reject) => {
      api.#server.once('error', reject);
      api.#server.listen(0, '127.0.0.1', resolve);
    });
    return api;
  }

  get address(): string {
    // A server that listens on TCP has an address of this type.
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when the runtime waits for an event: the process is stopped then. */
  async isIdle(): Promise<void> {
    if (this.#next) return;
    await within('the runtime to ask for the next event', (resolve: (value: undefined) => void) => {
      this.#onNext = () => resolve(undefined);
    });
  }

  /** Lets the function have an event. `milliseconds`: its timeout. Resolves with its answer, not with its end. */
  async invoke(event: unknown, milliseconds = 30_000): Promise<Answer> {
    await this.isIdle();
    const response = this.#next;
    this.#next = undefined;
    const id = `request-${this.asked}`;
    return within('an answer', (answered: (answer: Answer) => void) => {
      this.#invocations.set(id, { answered });
      this.freeze(false);
      response?.setHeader('content-type', 'application/json');
      response?.setHeader('lambda-runtime-aws-request-id', id);
      response?.setHeader('lambda-runtime-deadline-ms', String(Date.now() + milliseconds));
      response?.setHeader('lambda-runtime-invoked-function-arn', 'arn:aws:lambda:eu-central-1:1:function:resize');
      response?.end(JSON.stringify(event));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const path = (request.url ?? '').replace('/2018-06-01/runtime/', '');
    if (path === 'invocation/next') {
      this.asked += 1;
      this.#next = response;
      this.freeze(true);
      this.#onNext?.();
      return;
    }
    const [, id = '', kind] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (path === 'init/error') this.initError = body;
    response.statusCode = 202;
    response.end('{"status":"OK"}');
    if (kind === 'response' || kind === 'error') this.#invocations.get(id)?.answered({ kind, body });
  }
}

const longestWaitMilliseconds = 60_000;

function within<T>(what: string, begin: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), longestWaitMilliseconds);
    begin((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
