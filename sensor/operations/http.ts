import type { Below } from '../runtime/frames.ts';
import type { Shape } from './recorder.ts';
import type { Tools } from './tools.ts';

/** Outgoing HTTP, as Node's own channels tell it: from the request to the head of the answer. */

/** The sensor's own requests carry it; see `requestHeaders` in protocol/telemetry.ts. */
const ownHeader = 'runlens-batch';

/** `http` and `https`: told when the request is ended, by the function that ends it. */
export function httpStarts(message: unknown, below: Below, tools: Tools): void {
  const request = field(message, 'request');
  if (typeof request !== 'object' || request === null) return;
  const header: unknown = Reflect.apply(Reflect.get(request, 'getHeader'), request, [ownHeader]);
  if (header !== undefined) return;
  const told: unknown = Reflect.apply(Reflect.get(request, 'getHeader'), request, ['host']);
  const host = field(request, 'host');
  const port = typeof told === 'string' ? /:(\d{1,5})$/.exec(told)?.[1] : undefined;
  const protocol = field(request, 'protocol');
  begin(request, tools, below, () =>
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
  begin(request, tools, below, () =>
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

function begin(request: object, tools: Tools, below: Below, shapeOf: () => Shape): void {
  tools.remember(request, tools.begin(shapeOf(), tools.path(below)));
}

const field = (of: unknown, name: string): unknown => Reflect.get(Object(of), name);
const defaultPort = (protocol: unknown): number => (protocol === 'https:' ? 443 : 80);
