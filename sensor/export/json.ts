import type { Resource } from '../resource.ts';
import type { Attribute, Exemplar, HistogramPoint, Metric, NumberPoint } from './metrics.ts';
import { nanoseconds, type PartialSuccess, type Scope } from './protobuf.ts';

/**
 * `ExportMetricsServiceRequest` in OTLP's JSON: protobuf's JSON mapping, with 64-bit integers as decimal text and enums
 * as numbers (OTLP specification, "JSON Protobuf Encoding").
 */
export function encodeJson(resource: Resource, scope: Scope, metrics: readonly Metric[]): Uint8Array {
  const body = {
    resourceMetrics: [
      {
        resource: { attributes: [...resource].map(attribute) },
        scopeMetrics: [{ scope: { name: scope.name, version: scope.version }, metrics: metrics.map(metricJson) }],
      },
    ],
  };
  return Buffer.from(JSON.stringify(body), 'utf8');
}

function metricJson(metric: Metric): unknown {
  const { name, unit } = metric;
  switch (metric.kind) {
    case 'gauge':
      return { name, unit, gauge: { dataPoints: metric.points.map(numberPoint) } };
    case 'sum':
      return {
        name,
        unit,
        sum: { dataPoints: metric.points.map(numberPoint), aggregationTemporality: 1, isMonotonic: true },
      };
    case 'histogram':
      return {
        name,
        unit,
        exponentialHistogram: { dataPoints: metric.points.map(histogramPoint), aggregationTemporality: 1 },
      };
  }
}

function numberPoint(point: NumberPoint): unknown {
  const value = Number.isInteger(point.value) ? { asInt: String(point.value) } : { asDouble: point.value };
  return { ...times(point), ...value, attributes: point.attributes.map(attribute) };
}

function histogramPoint(point: HistogramPoint): unknown {
  return {
    attributes: point.attributes.map(attribute),
    ...times(point),
    count: String(point.count),
    sum: point.sum,
    scale: point.scale,
    zeroCount: String(point.zeroCount),
    positive: { offset: point.offset, bucketCounts: point.bucketCounts.map(String) },
    min: point.min,
    max: point.max,
    ...(point.exemplars ? { exemplars: point.exemplars.map(exemplarJson) } : {}),
  };
}

/** Ids are hexadecimal, not base64 as other bytes: OTLP specification, "JSON Protobuf Encoding". */
function exemplarJson({ attributes, time, value, span }: Exemplar): unknown {
  return {
    timeUnixNano: String(nanoseconds(time)),
    asDouble: value,
    ...(span ? { spanId: span.spanId, traceId: span.traceId } : {}),
    filteredAttributes: attributes.map(attribute),
  };
}

function times({ start, end }: { readonly start: number; readonly end: number }): object {
  return { startTimeUnixNano: String(nanoseconds(start)), timeUnixNano: String(nanoseconds(end)) };
}

function attribute([key, value]: Attribute): unknown {
  return { key, value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) } };
}

/** The `partialSuccess` of an answer in JSON, or nothing. Throws on text that is no JSON. */
export function partialSuccessOfJson(text: string): PartialSuccess | undefined {
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== 'object' || answer === null) return undefined;
  const partial: unknown = Reflect.get(answer, 'partialSuccess');
  if (typeof partial !== 'object' || partial === null) return undefined;
  return {
    rejectedPoints: Number(Reflect.get(partial, 'rejectedDataPoints') ?? 0),
    message: String(Reflect.get(partial, 'errorMessage') ?? ''),
  };
}
