import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Batch, FunctionIdentity } from '@runlens/sensor/export/batch';
import { encodeJson } from '@runlens/sensor/export/json';
import { type HistogramPoint, type Metric, type NumberPoint, toMetrics } from '@runlens/sensor/export/metrics';
import { encodeProtobuf } from '@runlens/sensor/export/protobuf';
import { describe, expect, it } from 'vitest';
import { decodeMetrics } from './otlp-decoder.ts';

const scope = { name: '@runlens/sensor', version: '0.1.0' };
const resource = new Map([
  ['service.name', 'Größe 日本 🛒'],
  ['service.version', '1.0.0+abc'],
]);
const at = (line: number, name: string): FunctionIdentity => ({ name, file: 'src/größe.ts', line });
const batch: Batch = {
  start: 1_795_254_274_123,
  end: 1_795_254_284_123.25,
  operations: new Map([
    [
      'one',
      {
        metric: 'runlens.query.repeats',
        attributes: [
          ['db.query.text', 'SELECT ?'],
          ['server.port', 5432],
        ],
        numbers: { histogram: { zeroCount: 0, indexes: [149], counts: [3] }, sum: 75, min: 25, max: 25 },
      },
    ],
  ]),
  functions: new Map([
    [at(1, 'never'), { calls: 0, errors: new Map(), duration: undefined, exemplars: [] }],
    [
      at(70_000, 'often'),
      { calls: 2 ** 52 + 1, errors: new Map([['RangeError', 3]]), duration: undefined, exemplars: [] },
    ],
    [
      at(7, 'a\nb"\\\u0001\u2028'),
      {
        calls: 300,
        errors: new Map(),
        duration: {
          histogram: { zeroCount: 2, indexes: [-400, -399, -380, 3], counts: [1, 127, 128, 42] },
          sum: 0.1 + 0.2,
          min: 1e-9,
          max: 3.5,
        },
        exemplars: [],
      },
    ],
  ]),
};
const metrics = toMetrics({
  batches: [batch, { ...batch, start: batch.end, end: batch.end + 10_000 }],
  inventory: {
    at: batch.start,
    functions: [at(9, 'announced')],
    sources: [
      { file: 'src/größe.ts', blob: 'a'.repeat(40) },
      { file: 'no-text.js', blob: undefined },
    ],
    unmeasured: [{ ...at(3, 'left.alone'), reason: 'a with statement is around it' }],
  },
  dropped: { start: batch.start, end: batch.end, points: new Map([['refused', 12]]) },
  points: 0,
});

/** The same data as OpenTelemetry's SDK holds it, for its own serializers. */
function asSdk(data: readonly Metric[]): ResourceMetrics {
  const time = (milliseconds: number): [number, number] => [
    Math.floor(milliseconds / 1000),
    Math.round((milliseconds % 1000) * 1e6),
  ];
  const common = (point: NumberPoint | HistogramPoint) => ({
    startTime: time(point.start),
    endTime: time(point.end),
    attributes: Object.fromEntries(point.attributes),
  });
  return {
    resource: resourceFromAttributes(Object.fromEntries(resource)),
    scopeMetrics: [
      {
        scope,
        metrics: data.map((metric) => {
          // INT, as all of the sensor's counts are.
          const descriptor = { name: metric.name, unit: metric.unit, description: '', valueType: 0 };
          const aggregationTemporality = AggregationTemporality.DELTA;
          if (metric.kind === 'histogram') {
            return {
              descriptor: { ...descriptor, valueType: 1 },
              aggregationTemporality,
              dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
              dataPoints: metric.points.map((point) => ({
                ...common(point),
                value: {
                  count: point.count,
                  sum: point.sum,
                  min: point.min,
                  max: point.max,
                  scale: point.scale,
                  zeroCount: point.zeroCount,
                  positive: { offset: point.offset, bucketCounts: [...point.bucketCounts] },
                  negative: { offset: 0, bucketCounts: [] },
                },
              })),
            };
          }
          const dataPoints = metric.points.map((point) => ({ ...common(point), value: point.value }));
          return metric.kind === 'gauge'
            ? { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints }
            : { descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
        }),
      },
    ],
  };
}

describe.each([
  ['protobuf', encodeProtobuf, ProtobufMetricsSerializer],
  ['json', encodeJson, JsonMetricsSerializer],
] as const)('%s', (encoding, encode, serializer) => {
  it("says what OpenTelemetry's own serializer says of the same data", () => {
    const theirs = serializer.serializeRequest(asSdk(metrics)) ?? new Uint8Array();
    const ours = encode(resource, scope, metrics);
    const decoded = decodeMetrics(Buffer.from(ours), encoding);
    expect(decoded).toEqual(decodeMetrics(Buffer.from(theirs), encoding));
    expect(decoded.points).toHaveLength(1 + 2 + 1 + 1 + 2 * (3 + 1 + 1 + 1));
    expect(decoded.resource).toEqual(Object.fromEntries(resource));
  });
});

it('exemplars have what OTLP asks for, also where no trace is known', () => {
  const exemplars = [
    {
      attributes: [['runlens.entry', 'GET /größe/:id']],
      time: batch.start + 0.5,
      value: 1.25,
      span: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' },
    },
    { attributes: [], time: batch.start, value: 0.001, span: undefined },
  ] as const;
  const duration = { histogram: { zeroCount: 0, indexes: [3], counts: [1] }, sum: 1, min: 1, max: 1 };
  const numbers = { calls: 1, errors: new Map(), duration, exemplars };
  const functions = new Map([[at(1, 'slow'), numbers]]);
  const told = toMetrics({
    batches: [{ ...batch, operations: new Map(), functions }],
    inventory: undefined,
    points: 0,
  });
  for (const [encoding, encode] of [
    ['protobuf', encodeProtobuf],
    ['json', encodeJson],
  ] as const) {
    const { points } = decodeMetrics(Buffer.from(encode(resource, scope, told)), encoding);
    expect(points.find(({ metric }) => metric === 'code.function.duration')?.exemplars).toEqual([
      {
        attributes: { 'runlens.entry': 'GET /größe/:id' },
        time: 1_795_254_274_123_500_000n,
        value: 1.25,
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
      },
      { attributes: {}, time: 1_795_254_274_123_000_000n, value: 0.001, traceId: '', spanId: '' },
    ]);
  }
});

it('JSON has the fields and forms of OpenTelemetry’s own, but for those that are empty there', () => {
  const withoutEmpty = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(withoutEmpty);
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([key, inner]) => {
      if (key === 'description' || key === 'droppedAttributesCount' || key === 'flags') return false;
      // A gauge has no temporality, and a positive duration no negative buckets.
      return key !== 'negative' && inner !== undefined;
    });
    return Object.fromEntries(
      kept.map(([key, inner]) => {
        // Both forms of a 64-bit integer are allowed (OTLP specification, "JSON Protobuf Encoding").
        const is64 = /^(?:asInt|intValue|count|zeroCount)$/.test(key) || key === 'bucketCounts';
        return [key, is64 ? [inner].flat().map(String) : withoutEmpty(inner)];
      }),
    );
  };
  const theirs = JSON.parse(Buffer.from(JsonMetricsSerializer.serializeRequest(asSdk(metrics)) ?? []).toString());
  const ours = JSON.parse(Buffer.from(encodeJson(resource, scope, metrics)).toString());
  expect(withoutEmpty(ours)).toEqual(withoutEmpty(theirs));
});
