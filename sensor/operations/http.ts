import type { Below } from '../runtime/frames.ts';
import type { Shape } from './recorder.ts';
import type { Tools } from './tools.ts';

/** Outgoing HTTP, as Node's own channels tell it: from the request to the head of the answer. */

/** The sensor's own requests carry it; see `requestHeaders` in protocol/telemetry.ts. */
const ownHeader = 'runlens-batch';

/**
 * `http` and `https`: Node tells when a request is made, by the function that makes it, and again when it is on its way,
 * which is when it is timed. Before 22.12 it tells the second only, often after that function has returned; there the
 * method of agents that each request is handed to, in the same turn, is looked at as well.
 */
export function httpIsMade(message: unknown, below: Below, tools: Tools): void {
  const request = field(message, 'request');
  if (typeof request === 'object' && request !== null) tools.askedBy(request, below);
}

function lookAtAgents(request: object, tools: Tools): void {
  for (let at: unknown = field(request, 'agent'), depth = 0; depth < 8; depth += 1) {
    if (typeof at !== 'object' || at === null) return;
    tools.wrap(at, 'addRequest', (original) => {
      function addRequest(this: unknown, ...args: unknown[]): unknown {
        const [request] = args;
        tools.safely(() => {
          if (typeof request === 'object' && request !== null) tools.askedBy(request, addRequest);
        });
        return Reflect.apply(original, this, args);
      }
      return addRequest;
    });
    at = Object.getPrototypeOf(at);
  }
}

export function httpStarts(message: unknown, below: Below, tools: Tools): void {
  const request = field(message, 'request');
  if (typeof request !== 'object' || request === null) return;
  const header: unknown = Reflect.apply(Reflect.get(request, 'getHeader'), request, [ownHeader]);
  if (header !== undefined) return;
  if (!tellsOfMaking) lookAtAgents(request, tools);
  const told: unknown = Reflect.apply(Reflect.get(request, 'getHeader'), request, ['host']);
  const host = field(request, 'host');
  const port = typeof told === 'string' ? /:(\d{1,5})$/.exec(told)?.[1] : undefined;
  const protocol = field(request, 'protocol');
  begin(request, tools, below, String(field(request, 'path')), () =>
    tools.shapes.http(
      String(field(request, 'method')),
      String(host),
      port === undefined ? defaultPort(protocol) : Number(port),
      String(field(request, 'path')),
    ),
  );
}

/** `fetch` and everything else of undici. */
export function undiciStarts(message: unknown, below: Below, tools: Tools): void {
  const request = field(message, 'request');
  if (typeof request !== 'object' || request === null) return;
  const origin = field(request, 'origin');
  const { hostname, port, protocol } = new URL(String(origin));
  begin(request, tools, below, String(field(request, 'path')), () =>
    tools.shapes.http(
      String(field(request, 'method')),
      hostname,
      port === '' ? defaultPort(protocol) : Number(port),
      String(field(request, 'path')),
    ),
  );
}

export function httpAnswers(message: unknown, tools: Tools): void {
  const operation = tools.take(field(message, 'request'));
  if (!operation) return;
  const statusCode = field(field(message, 'response'), 'statusCode');
  if (typeof statusCode !== 'number') tools.end(operation);
  // A client's call has failed when the answer says so (semantic conventions, "HTTP client").
  else tools.end(operation, { statusCode, errorType: statusCode >= 400 ? String(statusCode) : undefined });
}

export function httpFails(message: unknown, tools: Tools): void {
  const operation = tools.take(field(message, 'request'));
  if (operation) tools.failed(operation, field(message, 'error'));
}

function begin(request: object, tools: Tools, below: Below, path: string, shapeOf: () => Shape): void {
  tools.remember(request, tools.begin(shapeOf(), tools.askerOf(request) ?? tools.asker(below), { text: path }));
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const tellsOfMaking = major > 22 || (major === 22 && minor >= 12);

const field = (of: unknown, name: string): unknown => Reflect.get(Object(of), name);
const defaultPort = (protocol: unknown): number => (protocol === 'https:' ? 443 : 80);
