/**
 * `node --require otel.cjs program.cjs`: an OpenTelemetry span in every function that the sensor measures, as one would
 * write it by hand: started first, the error recorded, ended at last; handed to the SDK's batch processor with its
 * default limits, and by that to an exporter that drops them. The spans are not made the active ones, which would cost
 * more: this is the least that a span in each function costs. Generators, and functions too small to fail, have a span
 * that ends at once.
 */
import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { wrapBodies } from './bodies.ts';
import { onRequire } from './on-require.ts';

const exporter: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: async () => {},
};
const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
const tracer = provider.getTracer('bench');
const names: string[] = [];

Object.defineProperty(globalThis, '$benchSpan', {
  value: (index: number): Span => tracer.startSpan(names[index] ?? ''),
});
Object.defineProperty(globalThis, '$benchFail', {
  value: (span: Span, error: unknown): unknown => {
    span.recordException(error instanceof Error ? error : String(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    return error;
  },
});

onRequire((required) =>
  wrapBodies(required, ({ name, timed }, isBlock) => {
    const start = `$benchSpan(${names.push(name) - 1})`;
    if (!timed) return isBlock ? { open: `${start}.end();`, close: '' } : { open: `(${start}.end(),`, close: ')' };
    const open = `const $benchS=${start};try{`;
    const close = '}catch($benchE){throw $benchFail($benchS,$benchE)}finally{$benchS.end()}';
    return isBlock ? { open, close } : { open: `{${open}return (`, close: `)${close}}` };
  }),
);
