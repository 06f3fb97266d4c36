import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

export interface InvocationOptions {
  /** `host:port` of the Runtime API: `AWS_LAMBDA_RUNTIME_API`. */
  readonly runtimeApi: string;
  /** Sends all there is, in at most so many milliseconds. */
  readonly flush: (milliseconds: number) => Promise<void>;
  /** For all that one invocation leaves to send. */
  readonly mostMilliseconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The request by which the runtime asks for the next event (Lambda Runtime API, version 2018-06-01). */
const nextPath = '/2018-06-01/runtime/invocation/next';
const deadlineHeader = 'lambda-runtime-deadline-ms';
/** AWS's runtime asks by this addon of its own, or by `http` where it is told to. */
const nativeClient = 'rapid-client.node';
/** What is left of the function's time to the platform: a flush must never be what makes an invocation time out. */
const reserveMilliseconds = 100;
const leastMilliseconds = 20;

/**
 * Lambda stops the whole process between two invocations, and may never let it go on. It does so once the runtime asks for
 * the next event, when the answer to the last one is already on its way to who called. So that request is what waits: for
 * the numbers of the invocation, for a bounded time that is within the function's own. The start is not held up: its
 * numbers go with the first invocation's.
 */
export class LambdaInvocations {
  readonly #options: InvocationOptions;
  #asked = false;
  /** Milliseconds since 1970; infinite: not told. */
  #deadline = Number.POSITIVE_INFINITY;

  constructor(options: InvocationOptions) {
    this.#options = options;
    this.#hookNativeClient();
    this.#hookHttp();
  }

  #hookNativeClient(): void {
    const original = process.dlopen;
    const { dlopen } = {
      dlopen: (...all: Parameters<typeof original>): void => {
        original.apply(process, all);
        const [module, file] = all;
        if (typeof file === 'string' && basename(file) === nativeClient) this.#hookNext(Reflect.get(module, 'exports'));
      },
    };
    process.dlopen = dlopen;
  }

  #hookNext(client: unknown): void {
    const original: unknown = Reflect.get(Object(client), 'next');
    if (typeof original !== 'function') return;
    const next = (...all: unknown[]): unknown => {
      const ask = (): unknown => {
        const answer: unknown = Reflect.apply(original, client, all);
        if (answer instanceof Promise) {
          answer.then(
            (event: unknown) => this.#begins(Reflect.get(Object(event), 'headers')),
            () => {},
          );
        }
        return answer;
      };
      const ending = this.#ends();
      return ending ? ending.then(ask) : ask();
    };
    Reflect.set(Object(client), 'next', next);
  }

  #hookHttp(): void {
    const original: unknown = http.request;
    if (typeof original !== 'function') return;
    const request = (...all: unknown[]): unknown => {
      const made: unknown = Reflect.apply(original, http, all);
      if (made instanceof http.ClientRequest && this.#asksNext(made)) this.#holdBack(made);
      return made;
    };
    Reflect.set(http, 'request', request);
    // Also for those that import it by name.
    syncBuiltinESMExports();
  }

  #asksNext(request: http.ClientRequest): boolean {
    return request.path === nextPath && request.getHeader('host') === this.#options.runtimeApi;
  }

  /** A request without a body begins with its end. */
  #holdBack(request: http.ClientRequest): void {
    request.prependOnceListener('response', ({ headers }: http.IncomingMessage) => this.#begins(headers));
    const ending = this.#ends();
    if (!ending) return;
    const end: unknown = request.end;
    Reflect.set(request, 'end', (...all: unknown[]): http.ClientRequest => {
      void ending.then(() => Reflect.apply(end as (...all: unknown[]) => unknown, request, all));
      return request;
    });
  }

  #begins(headers: unknown): void {
    const deadline = Number(Reflect.get(Object(headers), deadlineHeader));
    this.#deadline = deadline > 0 ? deadline : Number.POSITIVE_INFINITY;
  }

  /** An invocation has ended, or the start. Resolves when the process may be stopped; nothing: it may be at once. */
  #ends(): Promise<void> | undefined {
    if (!this.#asked) {
      this.#asked = true;
      return undefined;
    }
    const left = this.#deadline - this.#options.now() - reserveMilliseconds;
    const milliseconds = Math.min(this.#options.mostMilliseconds, left);
    // They stay, and go with the next ones.
    return milliseconds < leastMilliseconds ? undefined : this.#options.flush(milliseconds).catch(() => {});
  }
}
