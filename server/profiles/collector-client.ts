/** The collector's HTTP API, with every failure a value that a person can read. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { problemSchema } from '@runlens/protocol/api/problem';
import axios, { type AxiosInstance } from 'axios';
import type { z } from 'zod';
import { type CollectorEndpoint, isLoopback } from './collector-address.ts';
import { quickCheck } from './quick-check.ts';

export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T; readonly etag: string | undefined }
  | { readonly kind: 'notModified' }
  | { readonly kind: 'unauthorized'; readonly message: string }
  /** It cannot be reached, or took too long. */
  | { readonly kind: 'unreachable'; readonly message: string }
  /** It answered with something that is not of its API, or with a problem. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'cancelled' };

const deadlineMilliseconds = 10_000;
const mostBytes = 64 * 1024 * 1024;

export interface GetOptions {
  readonly params?: object;
  readonly etag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class CollectorClient {
  readonly endpoint: CollectorEndpoint;
  readonly #http: AxiosInstance;
  readonly #agents: readonly [HttpAgent, HttpsAgent];
  readonly #disposed = new AbortController();

  /** `headers`: sent with each request. */
  constructor(endpoint: CollectorEndpoint, headers: Readonly<Record<string, string>> = {}) {
    this.endpoint = endpoint;
    this.#agents = [new HttpAgent({ keepAlive: true }), new HttpsAgent({ keepAlive: true })];
    this.#http = axios.create({
      baseURL: endpoint.url,
      httpAgent: this.#agents[0],
      httpsAgent: this.#agents[1],
      // A proxy of the environment is for other hosts.
      ...(isLoopback(endpoint.url) ? { proxy: false as const } : {}),
      maxRedirects: 0,
      validateStatus: () => true,
      headers: { ...headers, ...(endpoint.token !== undefined && { authorization: `Bearer ${endpoint.token}` }) },
    });
  }

  /** Asks, and checks the answer against its schema. Never rejects. */
  async get<T>(path: string, schema: z.ZodType<T>, options: GetOptions = {}): Promise<Answer<T>> {
    const timeout = AbortSignal.timeout(deadlineMilliseconds);
    const given = AbortSignal.any([this.#disposed.signal, ...(options.signal ? [options.signal] : [])]);
    try {
      const response = await this.#http.get<unknown>(path, {
        params: options.params,
        responseType: 'text',
        // Axios would answer text that is not JSON as it is.
        transformResponse: (body: unknown) => body,
        maxContentLength: mostBytes,
        signal: AbortSignal.any([timeout, given]),
        headers: options.etag === undefined ? {} : { 'if-none-match': options.etag },
      });
      if (response.status === 304) return { kind: 'notModified' };
      const body = parseJson(response.data);
      if (response.status === 401 || response.status === 403) {
        return { kind: 'unauthorized', message: problemOf(body) ?? 'The collector does not accept the token.' };
      }
      if (response.status !== 200) {
        return {
          kind: 'refused',
          message:
            problemOf(body) ??
            `${this.endpoint.url} answered ${response.status} to ${path}: is it a Runlens collector?`,
        };
      }
      const checked = quickCheck(schema, body) ? { success: true as const, data: body } : schema.safeParse(body);
      if (!checked.success) {
        return {
          kind: 'refused',
          message: `${this.endpoint.url} answered ${path} with something else than a Runlens collector does: is it one, and of this version?`,
        };
      }
      const etag: unknown = response.headers.etag;
      return { kind: 'ok', value: checked.data, etag: typeof etag === 'string' ? etag : undefined };
    } catch (error) {
      if (given.aborted) return { kind: 'cancelled' };
      return this.#failure(error, timeout.aborted);
    }
  }

  /** Asks for a change; what the collector does not allow is `refused`, with its reason. Never rejects. */
  async send<T>(
    method: 'POST' | 'DELETE',
    path: string,
    schema: z.ZodType<T>,
    body?: object,
  ): Promise<Exclude<Answer<T>, { readonly kind: 'notModified' }>> {
    const timeout = AbortSignal.timeout(deadlineMilliseconds);
    try {
      const response = await this.#http.request<unknown>({
        method,
        url: path,
        ...(body === undefined ? {} : { data: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        responseType: 'text',
        transformResponse: (text: unknown) => text,
        maxContentLength: mostBytes,
        signal: AbortSignal.any([timeout, this.#disposed.signal]),
      });
      const answer = parseJson(response.data);
      if (response.status === 401) {
        return { kind: 'unauthorized', message: problemOf(answer) ?? 'The collector does not accept the token.' };
      }
      const checked = schema.safeParse(answer);
      if (response.status === 200 && checked.success) return { kind: 'ok', value: checked.data, etag: undefined };
      return {
        kind: 'refused',
        message: problemOf(answer) ?? `${this.endpoint.url} answered ${response.status} to ${path}.`,
      };
    } catch (error) {
      if (this.#disposed.signal.aborted) return { kind: 'cancelled' };
      return this.#failure(error, timeout.aborted);
    }
  }

  /** Opens the stream of events; the caller destroys it. */
  async open(path: string, signal: AbortSignal, lastEventId?: string): Promise<Answer<Readable>> {
    try {
      const response = await this.#http.get<Readable>(path, {
        responseType: 'stream',
        signal,
        headers: {
          accept: 'text/event-stream',
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
      });
      if (response.status === 200) return { kind: 'ok', value: response.data, etag: undefined };
      response.data.destroy();
      return response.status === 401 || response.status === 403
        ? { kind: 'unauthorized', message: 'The collector does not accept the token.' }
        : { kind: 'refused', message: `${this.endpoint.url} answered ${response.status} to ${path}.` };
    } catch (error) {
      if (signal.aborted) return { kind: 'cancelled' };
      return this.#failure(error, false);
    }
  }

  #failure(error: unknown, timedOut: boolean): Extract<Answer<never>, { readonly message: string }> {
    if (timedOut) {
      return {
        kind: 'unreachable',
        message: `${this.endpoint.url} did not answer within ${deadlineMilliseconds / 1000} s.`,
      };
    }
    const code = axios.isAxiosError(error) ? error.code : undefined;
    const detail = error instanceof Error ? error.message : String(error);
    if (code === 'ERR_BAD_RESPONSE' && detail.includes('maxContentLength')) {
      return {
        kind: 'refused',
        message: `The answer of ${this.endpoint.url} is larger than ${mostBytes / 1024 / 1024} MiB.`,
      };
    }
    return { kind: 'unreachable', message: `${this.endpoint.url} cannot be reached (${code ?? detail}).` };
  }

  /** What is under way is cancelled: it says nothing of the collector. */
  dispose(): void {
    this.#disposed.abort();
    for (const agent of this.#agents) agent.destroy();
  }
}

function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(body: unknown): string | undefined {
  const problem = problemSchema.safeParse(body);
  return problem.success ? problem.data.detail : undefined;
}
