import { AsyncLocalStorage, executionAsyncId } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { types } from 'node:util';
import { debug, messageOf } from '../log.ts';
import type { OperationDelta } from '../operations/recorder.ts';
import { errorType } from '../runtime/error-type.ts';
import { stamps } from '../runtime/stamp.ts';
import { hookBullmqWorker, type QueueJob } from './bullmq-worker.ts';
import { EntryDurations } from './entry-durations.ts';
import { noteRoute } from './express-route.ts';
import { field } from './field.ts';
import { hookedFile } from './hooked-file.ts';
import { JobDurations } from './job-durations.ts';
import { type OpenRequest, OpenRequests } from './open-requests.ts';
import type { HttpMessage, RequestAtHand } from './request-at-hand.ts';

const { apply } = Reflect;
/** Captured before the program can replace it. */
const now = performance.now.bind(performance);
const then = Function.prototype.call.bind(Promise.prototype.then);
/** Handlers within handlers: a framework inside of another. */
const deepest = 100;

const layerMethods = ['handle_request', 'handleRequest'] as const;
type LayerMethod = (this: unknown, request: unknown, response: unknown, next: unknown) => unknown;
const wrapped = new WeakSet<object>();
/** By Node's request. */
const requestOf = stamps<OpenRequest>();

/** What Node tells through its channels, as far as it is read. */
interface RequestStarts {
  readonly request: HttpMessage;
}
interface ResponseFinishes extends RequestStarts {
  readonly response: { readonly statusCode?: unknown };
}

type Listener = (message: unknown) => void;

/**
 * Knows which HTTP request is being answered right now, for all of the sensor: for the entry of a call, for what is
 * asked in one request, and for how many are answered at once.
 *
 * From Node 24 on also across `await`, where Node follows it without help of its own hooks. Before, `AsyncLocalStorage`
 * makes each `await` of the whole process three times as dear (a request of Fastify takes 1.3 times as long), so it is left
 * alone there: known is then what runs in the turn in which the request came, and what a framework calls as the handler
 * of a route until that returns.
 */
export class Requests {
  readonly #storage: AsyncLocalStorage<RequestAtHand> | undefined;
  readonly #open = new OpenRequests();
  readonly #durations = new EntryDurations();
  readonly #jobs = new JobDurations();
  readonly #listeners: readonly (readonly [name: string, listener: Listener])[];
  readonly #onEnd: ((request: RequestAtHand) => void)[] = [];
  /** Where no storage tells it: handlers that have been called and have not returned, and the request that each answers. */
  readonly #handlers: { readonly key: unknown; readonly request: RequestAtHand }[] = [];
  #turn = 0;
  #ofTurn: RequestAtHand | undefined;
  #seen = 0;
  #crowds = 0;
  #isOn = false;
  #failed = false;

  constructor(followsAwait: boolean = contextsAreCheap()) {
    this.#storage = followsAwait ? new AsyncLocalStorage() : undefined;
    // Each with a `try` of its own: every request comes by, and what is called in many ways is not inlined.
    const listeners: [string, Listener][] = [
      [
        'http.server.request.start',
        (message) => {
          try {
            // Node's own documentation: there always is one.
            this.#begin((message as RequestStarts).request);
          } catch (error) {
            this.#failedBy(error);
          }
        },
      ],
      [
        'http.server.response.finish',
        (message) => {
          try {
            this.#end(message as ResponseFinishes);
          } catch (error) {
            this.#failedBy(error);
          }
        },
      ],
      ['tracing:fastify.request.handler:start', (message) => this.#safely(fastifyHandler, message)],
    ];
    const fastifyHandler = (message: unknown): void => this.#fastifyHandler(message);
    if (!followsAwait) listeners.push(['tracing:fastify.request.handler:end', (message) => this.#leave(message)]);
    this.#listeners = listeners;
  }

  /** Whether it is known of all that runs which request it is for; else of some only. */
  get followsAwait(): boolean {
    return this.#storage !== undefined;
  }

  /** Whether there has been a request yet. */
  get any(): boolean {
    return this.#seen > 0;
  }

  /** Requests that are being answered; one whose client went away counts until it is noticed. */
  get inFlight(): number {
    return this.#open.size;
  }

  /** How often there was more than one request at once, as far as was noticed: it grows while there is. */
  get crowds(): number {
    if (this.#open.size > 1) this.#crowds += 1;
    return this.#crowds;
  }

  /** Begins to follow requests, also after `off`; those that are on their way already are not known. */
  on(): void {
    if (this.#isOn || this.#failed) return;
    this.#isOn = true;
    for (const [name, listener] of this.#listeners) subscribe(name, listener);
  }

  /** Follows no more, at no cost to a request, until `on`. */
  off(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    for (const [name, listener] of this.#listeners) unsubscribe(name, listener);
    this.#open.clear();
    this.#handlers.length = 0;
    this.#ofTurn = undefined;
  }

  /** `ended` is told of each request that is answered. */
  onEnd(ended: (request: RequestAtHand) => void): void {
    this.#onEnd.push(ended);
  }

  /** How long the requests and jobs took that were answered since the last drain, by route and status. */
  drain(): readonly OperationDelta[] {
    return [...this.#durations.drain(), ...this.#jobs.drain()];
  }

  /** A CommonJS file has run. */
  commonJs(path: string, exports: unknown): void {
    switch (hookedFile(path)) {
      case 'express-layer':
        this.#safely((layer) => this.#hookLayers(layer), exports);
        return;
      case 'bullmq-worker':
        this.#safely((worker) => hookBullmqWorker(worker, (job, work) => this.#run(job, work)), exports);
        return;
    }
  }

  /** The request that is being answered by what runs now, where it is known. It may have been answered already. */
  atHand(): RequestAtHand | undefined {
    if (!this.#isOn) return undefined;
    return this.#storage ? this.#storage.getStore() : (this.#handlers.at(-1)?.request ?? this.#inTurn());
  }

  #safely<T>(work: (argument: T) => void, argument: T): void {
    try {
      work(argument);
    } catch (error) {
      this.#failedBy(error);
    }
  }

  #failedBy(error: unknown): void {
    // The program's own stack may be exhausted: that is no failure of this.
    if (error instanceof RangeError) return;
    this.#failed = true;
    this.off();
    debug(`requests are followed no further: ${messageOf(error)}`);
  }

  #inTurn(): RequestAtHand | undefined {
    return this.#turn !== 0 && executionAsyncId() === this.#turn ? this.#ofTurn : undefined;
  }

  #begin(message: HttpMessage): void {
    const request = this.#made(message);
    this.#open.add(request);
    if (this.#open.size > 1) this.#crowds += 1;
    // Until the end of what Node runs for this request; what comes out of it inherits it.
    if (this.#storage) {
      this.#storage.enterWith(request);
      return;
    }
    // A new turn: whatever has not told of its end has ended.
    this.#handlers.length = 0;
    this.#turn = executionAsyncId();
    this.#ofTurn = request;
  }

  /** Of some the beginning is not told, such as those that a test injects: nor will their end be. */
  #requestOf(message: HttpMessage): OpenRequest {
    return requestOf.get(message) ?? this.#made(message);
  }

  #made(message: HttpMessage): OpenRequest {
    this.#seen += 1;
    const request = openRequest(message, String(message.method), String(message.url), undefined);
    requestOf.set(message, request);
    return request;
  }

  /** Runs the work of a job, which is at hand until what it returns has settled. */
  #run(job: QueueJob, work: () => unknown): unknown {
    if (!this.#isOn) return work();
    const entry = `queue: ${job.queue}${job.name === '' ? '' : `/${job.name}`}`;
    const request = openRequest(undefined, '', '', entry);
    this.#seen += 1;
    this.#open.add(request);
    const end = (type: string): void => {
      this.#safely(() => {
        if (request.ended) return;
        this.#jobs.add(job, entry, type, (now() - request.startedAt) / 1000);
        this.#ends(request);
      }, undefined);
    };
    const fail = (reason: unknown): void => end(errorType(reason));
    if (!this.#storage) this.#enter(request, request);
    try {
      const result = this.#storage ? this.#storage.run(request, work) : work();
      // Watched as an `await` of the queue's own would: what it does with a rejection is its own.
      if (types.isPromise(result)) then(result, () => end(''), fail);
      else end('');
      return result;
    } catch (error) {
      fail(error);
      throw error;
    } finally {
      this.#leave(request);
    }
  }

  #end({ request: message, response }: ResponseFinishes): void {
    const request = requestOf.get(message);
    if (!request?.isOpen) return;
    const { statusCode } = response;
    request.isLost = request.pattern === undefined && statusCode === 404;
    if (typeof statusCode === 'number') this.#durations.add(request, statusCode, (now() - request.startedAt) / 1000);
    this.#ends(request);
  }

  #ends(request: OpenRequest): void {
    this.#open.end(request);
    if (this.#ofTurn === request) this.#ofTurn = undefined;
    for (let i = 0; i < this.#onEnd.length; i += 1) this.#onEnd[i]?.(request);
  }

  #fastifyHandler(message: unknown): void {
    const raw = field(field(message, 'request'), 'raw');
    if (typeof raw !== 'object' || raw === null) return;
    const request = this.#requestOf(raw);
    const url = field(field(message, 'route'), 'url');
    if (typeof url === 'string') request.pattern = url;
    this.#enter(message, request);
  }

  /** The handler of a route is called: this is its request beyond doubt, whatever a pool has lost on the way here. */
  #enter(key: unknown, request: RequestAtHand): void {
    if (this.#storage) {
      if (this.#storage.getStore() !== request) this.#storage.enterWith(request);
      return;
    }
    if (this.#handlers.length >= deepest) this.#handlers.length = 0;
    this.#handlers.push({ key, request });
  }

  #leave(key: unknown): void {
    const handlers = this.#handlers;
    for (let i = handlers.length - 1; i >= 0; i -= 1) {
      if (handlers[i]?.key !== key) continue;
      handlers.length = i;
      return;
    }
  }

  #hookLayers(layer: unknown): void {
    const prototype: unknown = field(layer, 'prototype');
    if (typeof prototype !== 'object' || prototype === null) return;
    for (const name of layerMethods) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
      const original: unknown = descriptor?.value;
      if (!descriptor || typeof original !== 'function' || wrapped.has(original)) continue;
      const hooked = this.#storage ? this.#noted(original as LayerMethod) : this.#entered(original as LayerMethod);
      Object.defineProperty(hooked, 'name', { value: original.name, configurable: true });
      wrapped.add(hooked);
      Object.defineProperty(prototype, name, { ...descriptor, value: hooked });
    }
  }

  /** Where the request is followed anyway, only the route is wanted of a layer. */
  #noted(original: LayerMethod): LayerMethod {
    const requests = this;
    const note = (message: unknown): void => void requests.#layer(message);
    return function layer(this: unknown, request, response, next) {
      if (requests.#isOn) requests.#safely(note, request);
      return apply(original, this, [request, response, next]);
    };
  }

  #entered(original: LayerMethod): LayerMethod {
    const requests = this;
    const enter = (key: { readonly message: unknown }): void => {
      const request = requests.#layer(key.message);
      if (request) requests.#enter(key, request);
    };
    return function layer(this: unknown, request, response, next) {
      if (!requests.#isOn) return apply(original, this, [request, response, next]);
      const key = { message: request };
      requests.#safely(enter, key);
      try {
        return apply(original, this, [request, response, next]);
      } finally {
        requests.#leave(key);
      }
    };
  }

  #layer(message: unknown): RequestAtHand | undefined {
    if (typeof message !== 'object' || message === null) return undefined;
    const request = this.#requestOf(message);
    noteRoute(request, message);
    return request;
  }
}

const openRequest = (
  message: HttpMessage | undefined,
  method: string,
  url: string,
  pattern: string | undefined,
): OpenRequest => ({
  message,
  method,
  url,
  pattern,
  mounted: undefined,
  ended: false,
  isLost: false,
  before: undefined,
  after: undefined,
  isOpen: false,
  startedAt: now(),
});

function contextsAreCheap(): boolean {
  const major = Number(process.versions.node.split('.')[0]);
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  return major >= 24 && !flags.includes('--no-async-context-frame');
}
