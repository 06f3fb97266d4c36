import http from 'node:http';
import { requestHeaders } from '@runlens/protocol/telemetry';
import type { ExporterConfiguration } from '../configuration.ts';
import { partialSuccessOfJson } from './json.ts';
import { decodePartialSuccess, type PartialSuccess } from './protobuf.ts';
import type { EncodedRequest } from './request.ts';
import { transportOf } from './transport.ts';
import { untraced } from './untraced.ts';

/** What became of one request. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly partial: PartialSuccess | undefined }
  /** The collector is away or busy: again later, and the same bytes if they may have arrived. */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly afterMilliseconds: number | undefined;
      readonly mayHaveArrived: boolean;
    }
  /** The collector will never take it. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface Sending {
  readonly outcome: Promise<Outcome>;
  /** Whether the whole request was handed to the operating system, so that it arrives even if the process ends now. */
  readonly handedOver: () => boolean;
  readonly abandon: () => void;
}

const mostAnswerBytes = 64 * 1024;
const mostRetryAfterMilliseconds = 600_000;
/** OTLP specification, "Failures": these may be sent again, other 4xx and 5xx must not. */
const retryable = new Set([408, 429, 502, 503, 504]);

/** Posts one request at a time to the collector, over one connection that is kept where it may be. */
export class CollectorClient {
  readonly #url: URL;
  readonly #configuration: ExporterConfiguration;
  readonly #agent: http.Agent;

  constructor(configuration: ExporterConfiguration) {
    this.#configuration = configuration;
    this.#url = new URL(configuration.url);
    const { Agent } = transportOf(this.#url);
    this.#agent = new Agent({ keepAlive: configuration.keepAlive, maxSockets: 1, maxFreeSockets: 1 });
  }

  post({ body, id }: EncodedRequest): Sending {
    const { promise, resolve } = settleOnce<Outcome>();
    // The class, not http.request: tools that trace a service's outgoing calls wrap that function, and these requests
    // are no calls of the service. Nor is the connection, which some of them trace too.
    const request = untraced(
      () =>
        new http.ClientRequest(
          // `_defaultAgent` is what https.request itself passes on; without it http refuses the protocol.
          Object.assign(requestOptions(this.#url), {
            method: 'POST',
            agent: this.#agent,
            _defaultAgent: this.#agent,
            headers: headersOf(this.#configuration, body.byteLength, id),
          }),
        ),
    );
    let mayHaveArrived = false;
    const retry = (reason: string) => resolve({ kind: 'retry', reason, afterMilliseconds: undefined, mayHaveArrived });
    const timer = setTimeout(() => {
      retry(`no answer within ${this.#configuration.timeoutMilliseconds} ms`);
      request.destroy();
    }, this.#configuration.timeoutMilliseconds);
    timer.unref();
    request.on('socket', (socket) => {
      socket.unref();
      const connected = () => {
        mayHaveArrived = true;
      };
      if (socket.connecting) socket.once('connect', connected);
      else connected();
    });
    request.on('error', (error) => retry(error.message || String(Reflect.get(error, 'code') ?? 'connection failed')));
    request.on('close', () => {
      clearTimeout(timer);
      retry('the connection was closed');
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength;
        if (bytes <= mostAnswerBytes) chunks.push(chunk);
      });
      response.on('error', (error) => retry(error.message));
      response.on('end', () => resolve(outcomeOf(response, Buffer.concat(chunks))));
    });
    request.end(body);
    return { outcome: promise, handedOver: () => request.writableFinished, abandon: () => request.destroy() };
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Where a request goes, as `http.request` wants it. */
export function requestOptions(url: URL): http.RequestOptions {
  return {
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port || (url.protocol === 'https:' ? 443 : 80),
    path: `${url.pathname}${url.search}`,
    ...(url.username || url.password
      ? { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` }
      : {}),
  };
}

/** Whether an address is on this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

export function headersOf(
  configuration: ExporterConfiguration,
  bytes: number,
  id: string,
): Record<string, string | number> {
  return {
    ...configuration.headers,
    [requestHeaders.batch]: id,
    'content-type': configuration.encoding === 'json' ? 'application/json' : 'application/x-protobuf',
    ...(configuration.gzip ? { 'content-encoding': 'gzip' } : {}),
    'content-length': bytes,
    'user-agent': 'runlens-sensor',
  };
}

function outcomeOf(response: http.IncomingMessage, body: Buffer): Outcome {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return { kind: 'accepted', partial: partialSuccess(response, body) };
  const reason = `${status} ${response.statusMessage ?? ''}`.trim();
  if (retryable.has(status)) {
    const afterMilliseconds = retryAfter(response.headers['retry-after'], Date.now());
    // Whoever answers may be a gateway, behind which a collector has taken it.
    return { kind: 'retry', reason, afterMilliseconds, mayHaveArrived: true };
  }
  return { kind: 'refused', reason };
}

function partialSuccess(response: http.IncomingMessage, body: Buffer): PartialSuccess | undefined {
  try {
    const isJson = (response.headers['content-type'] ?? '').includes('json');
    const partial = isJson ? partialSuccessOfJson(body.toString('utf8')) : decodePartialSuccess(body);
    return partial && (partial.rejectedPoints > 0 || partial.message !== '') ? partial : undefined;
  } catch {
    // An answer that cannot be read is still an acceptance.
    return undefined;
  }
}

/** `Retry-After` in milliseconds from `now`: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const milliseconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(0, milliseconds), mostRetryAfterMilliseconds);
}

function settleOnce<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
