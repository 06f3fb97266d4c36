/** Where `@opentelemetry/api` 1.x registers what it is given, and where it keeps the span of a context. */
const apiKey = Symbol.for('opentelemetry.js.api.1');
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN');
const hexOf = (length: number): RegExp => new RegExp(`^(?!0+$)[0-9a-f]{${length}}$`);
const traceIdForm = hexOf(32);
const spanIdForm = hexOf(16);

export interface SpanIds {
  /** 32 digits, hexadecimal. */
  readonly traceId: string;
  /** 16 digits. */
  readonly spanId: string;
}

/**
 * The span that is active right now, where the program has set up OpenTelemetry: read from the API's global, which any
 * copy of the API shares, so that nothing is imported into the program. Undefined: there is none. May throw what the
 * program's context manager throws.
 */
export function activeSpan(): SpanIds | undefined {
  const api: unknown = Reflect.get(globalThis, apiKey);
  if (typeof api !== 'object' || api === null) return undefined;
  const context = call(Reflect.get(api, 'context'), 'active');
  const span = call(context, 'getValue', spanKey);
  const ids = call(span, 'spanContext');
  if (typeof ids !== 'object' || ids === null) return undefined;
  const traceId: unknown = Reflect.get(ids, 'traceId');
  const spanId: unknown = Reflect.get(ids, 'spanId');
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return undefined;
  return traceIdForm.test(traceId) && spanIdForm.test(spanId) ? { traceId, spanId } : undefined;
}

function call(on: unknown, method: string, ...given: unknown[]): unknown {
  if (typeof on !== 'object' || on === null) return undefined;
  const found: unknown = Reflect.get(on, method);
  return typeof found === 'function' ? Reflect.apply(found, on, given) : undefined;
}
