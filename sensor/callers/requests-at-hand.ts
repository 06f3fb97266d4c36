import { AsyncLocalStorage, executionAsyncId } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { routeShape } from '../operations/route-shape.ts';
import { isLayerFile } from './layer-file.ts';

/** One HTTP request that is being answered. */
export interface RequestAtHand {
  /** Node's request, until it has been answered. */
  message: object | undefined;
  readonly method: string;
  /** As it came: only ever read as a pattern. */
  readonly url: string;
  /** The route as the framework wrote it. */
  pattern: string | undefined;
  /** What a framework found in the path for the parameters of what the route is mounted at, and their names. */
  mounted: Map<string, string> | undefined;
  ended: boolean;
  /** Nothing is at this address, so it is no entry. */
  isLost: boolean;
}

const { apply } = Reflect;
/** A plain access, not `Reflect.get`: each request comes by several. */
const field = (of: unknown, name: string): unknown =>
  (typeof of === 'object' && of !== null) || typeof of === 'function'
    ? (of as Readonly<Record<string, unknown>>)[name]
    : undefined;
const longestPattern = 255;
/** Handlers within handlers: a framework inside of another. */
const deepest = 100;
const mostMounted = 20;

const layerMethods = ['handle_request', 'handleRequest'] as const;
type LayerMethod = (this: unknown, request: unknown, response: unknown, next: unknown) => unknown;
const wrapped = new WeakSet<object>();

/**
 * Knows which HTTP request is being answered right now.
 *
 * From Node 24 on also across `await`, where Node follows it without help of its own hooks, at 3 % of an empty request.
 * Before, `AsyncLocalStorage` makes each `await` of the whole process three times as dear (a request of Fastify takes 1.3
 * times as long), so it is left alone there: known is then what runs in the turn in which the request came, and what a
 * framework calls as the handler of a route until that returns.
 */
export class RequestsAtHand {
  readonly #storage: AsyncLocalStorage<RequestAtHand> | undefined;
  readonly #safely: (work: () => void) => void;
  /** By Node's request; only where no storage tells it, since an entry of such a map costs more than all the rest. */
  readonly #known = new WeakMap<object, RequestAtHand>();
  /** Handlers that have been called and have not returned, and the request that each answers. */
  #handlers: { readonly key: unknown; readonly request: RequestAtHand }[] = [];
  #turn = 0;
  #ofTurn: RequestAtHand | undefined;
  #seen = 0;

  /** `safely` runs what must not fail in the program's stead. */
  constructor(safely: (work: () => void) => void, followsAwait: boolean = contextsAreCheap()) {
    this.#safely = safely;
    this.#storage = followsAwait ? new AsyncLocalStorage() : undefined;
  }

  /** Whether it is known of all that runs which request it is for; else of some only. */
  get followsAwait(): boolean {
    return this.#storage !== undefined;
  }

  /** Whether there has been a request yet. */
  get any(): boolean {
    return this.#seen > 0;
  }

  start(): void {
    const on = (name: string, tell: (message: unknown) => void): void => {
      subscribe(name, (message) => this.#safely(() => tell(message)));
    };
    on('http.server.request.start', (message) => this.#begin(field(message, 'request')));
    on('http.server.response.finish', (message) => this.#end(message));
    on('tracing:fastify.request.handler:start', (message) => this.#fastifyHandler(message));
    on('tracing:fastify.request.handler:end', (message) => this.#leave(message));
  }

  /** A CommonJS file has run. */
  commonJs(path: string, exports: unknown): void {
    if (isLayerFile(path)) this.#safely(() => this.#hookLayers(exports));
  }

  atHand(): RequestAtHand | undefined {
    return this.#handlers.at(-1)?.request ?? this.#storage?.getStore() ?? this.#inTurn();
  }

  #inTurn(): RequestAtHand | undefined {
    return this.#turn !== 0 && executionAsyncId() === this.#turn ? this.#ofTurn : undefined;
  }

  #begin(message: unknown): void {
    const request = this.#requestOf(message);
    // A new turn: whatever has not told of its end has ended.
    this.#handlers.length = 0;
    // Until the end of what Node runs for this request; what comes out of it inherits it.
    if (this.#storage) this.#storage.enterWith(request);
    else {
      this.#turn = executionAsyncId();
      this.#ofTurn = request;
    }
  }

  #requestOf(message: unknown): RequestAtHand {
    const key = Object(message);
    const known = this.#find(key);
    if (known) return known;
    this.#seen += 1;
    const request: RequestAtHand = {
      message: key,
      method: String(field(key, 'method')),
      url: String(field(key, 'url')),
      pattern: undefined,
      mounted: undefined,
      ended: false,
      isLost: false,
    };
    if (!this.#storage) this.#known.set(key, request);
    return request;
  }

  #find(message: object): RequestAtHand | undefined {
    if (!this.#storage) return this.#known.get(message);
    const request = this.#storage.getStore();
    return request?.message === message ? request : undefined;
  }

  #end(message: unknown): void {
    const request = this.#find(Object(field(message, 'request')));
    if (!request) return;
    request.isLost = request.pattern === undefined && field(field(message, 'response'), 'statusCode') === 404;
    request.ended = true;
    request.message = undefined;
    if (this.#ofTurn === request) this.#ofTurn = undefined;
  }

  #fastifyHandler(message: unknown): void {
    const raw = field(field(message, 'request'), 'raw');
    if (typeof raw !== 'object' || raw === null) return;
    const request = this.#requestOf(raw);
    const url = field(field(message, 'route'), 'url');
    if (typeof url === 'string') request.pattern = url;
    this.#enter(message, request);
  }

  #enter(key: unknown, request: RequestAtHand): void {
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
      const hooked = this.#hooked(original as LayerMethod);
      Object.defineProperty(hooked, 'name', { value: original.name, configurable: true });
      wrapped.add(hooked);
      Object.defineProperty(prototype, name, { ...descriptor, value: hooked });
    }
  }

  #hooked(original: LayerMethod): LayerMethod {
    const requests = this;
    return function layer(this: unknown, request, response, next) {
      const key = {};
      requests.#safely(() => requests.#layer(key, request));
      try {
        return apply(original, this, [request, response, next]);
      } finally {
        requests.#leave(key);
      }
    };
  }

  #layer(key: object, message: unknown): void {
    if (typeof message !== 'object' || message === null) return;
    const request = this.#requestOf(message);
    const base = field(message, 'baseUrl');
    const route = field(message, 'route');
    if (route !== undefined && request.pattern === undefined) {
      const path = field(route, 'path');
      const mountedAt = typeof base === 'string' && base !== '' ? mountPattern(base, request.mounted) : '';
      request.pattern = `${mountedAt}${path === '/' && mountedAt !== '' ? '' : String(path)}`.slice(0, longestPattern);
    } else if (typeof base === 'string' && base !== '') {
      for (const [name, value] of Object.entries(Object(field(message, 'params')))) {
        request.mounted ??= new Map();
        if (typeof value === 'string' && request.mounted.size < mostMounted) request.mounted.set(value, name);
      }
    }
    this.#enter(key, request);
  }
}

/** `POST /orders/:id`; nothing as long as the route is not known, unless `isLast`: then the path is told by its shape. */
export function entryName(request: RequestAtHand, isLast: boolean): string | undefined {
  if (request.pattern !== undefined) return `${request.method} ${request.pattern}`;
  if (request.isLost || !(request.ended || isLast)) return undefined;
  return `${request.method} ${routeShape(request.url)}`;
}

/** What a router is mounted at is only known as it came: what was a parameter of it gets its name back. */
function mountPattern(base: string, mounted: ReadonlyMap<string, string> | undefined): string {
  const named = base.split('/').map((segment) => {
    const name = mounted?.get(segment) ?? mounted?.get(decoded(segment));
    return name === undefined ? segment : `:${name}`;
  });
  return named.map((segment) => (segment.startsWith(':') ? segment : routeShape(segment).slice(1))).join('/');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export function contextsAreCheap(): boolean {
  const major = Number(process.versions.node.split('.')[0]);
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  return major >= 24 && !flags.includes('--no-async-context-frame');
}
