import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { activeSpan } from './active-span.ts';

const apiKey = Symbol.for('opentelemetry.js.api.1');

afterEach(() => {
  context.disable();
  trace.disable();
  propagation.disable();
});

describe('the active span', () => {
  it('is none where the program has no OpenTelemetry, or no span', () => {
    expect(activeSpan()).toBeUndefined();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    expect(activeSpan()).toBeUndefined();
  });

  it('is that of the program, also behind an await', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(new BasicTracerProvider());
    await trace.getTracer('test').startActiveSpan('request', async (span) => {
      const { traceId, spanId } = span.spanContext();
      expect(activeSpan()).toEqual({ traceId, spanId });
      await null;
      expect(activeSpan()).toEqual({ traceId, spanId });
      span.end();
    });
    expect(activeSpan()).toBeUndefined();
  });

  it.each([
    ['something else under the key', 'a text'],
    ['a context manager that is none', { context: { active: 3 } }],
    ['ids that are none', api({ traceId: 'x'.repeat(32), spanId: '0123456789abcdef' })],
    ['the ids of no trace', api({ traceId: '0'.repeat(32), spanId: '0'.repeat(16) })],
    ['ids of another form', api({ traceId: 12n, spanId: {} })],
  ])('is none where there is %s', (_, value) => {
    const before: unknown = Reflect.get(globalThis, apiKey);
    Reflect.set(globalThis, apiKey, value);
    expect(activeSpan()).toBeUndefined();
    Reflect.set(globalThis, apiKey, before);
  });
});

function api(ids: unknown): object {
  return { context: { active: () => ({ getValue: () => ({ spanContext: () => ids }) }) } };
}
