import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { histogramCount, quantile } from '@runlens/protocol/histogram';
import { describe, expect, test } from 'vitest';
import { HistogramSum } from '../store/histogram-blob.ts';
import { JsonMetricsReader } from './json-metrics.ts';
import { MalformedRequestError, type MetricsRequest } from './metrics-request.ts';
import { ProtobufMetricsReader } from './protobuf-metrics.ts';

/** What OpenTelemetry's own SDK exports for some calls, not what we believe that it would. */
async function exportedBySdk(temporality: AggregationTemporality, exponential: boolean): Promise<ResourceMetrics> {
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', 'service.version': 'v7', host: 'ignored' }),
    readers: [reader],
    views: exponential
      ? [{ instrumentName: 'code.function.duration', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }]
      : [],
  });
  const meter = provider.getMeter('test');
  const attributes = { 'code.function.name': 'Größe.日本', 'code.file.path': 'src/größe.ts', 'code.line.number': 42 };
  meter.createCounter('code.function.calls', { unit: '{call}' }).add(1_234_567_890_123, attributes);
  meter.createCounter('http.requests').add(3);
  const duration = meter.createHistogram('code.function.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.001, 0.01, 0.1, 1] },
  });
  for (const seconds of durations) duration.record(seconds, attributes);
  await reader.forceFlush();
  const [metrics] = exporter.getMetrics();
  await provider.shutdown();
  if (metrics === undefined) throw new Error('the SDK exported nothing');
  return metrics;
}
const durations = Array.from({ length: 500 }, (_, i) => 0.002 * 1.01 ** i);

function encoded(metrics: ResourceMetrics): { protobuf: Buffer; json: Buffer } {
  const protobuf = ProtobufMetricsSerializer.serializeRequest(metrics);
  const json = JsonMetricsSerializer.serializeRequest(metrics);
  if (protobuf === undefined || json === undefined) throw new Error('the SDK could not encode');
  return { protobuf: Buffer.from(protobuf), json: Buffer.from(json) };
}

describe.each([
  ['delta exponential', AggregationTemporality.DELTA, true],
  ['cumulative exponential', AggregationTemporality.CUMULATIVE, true],
  ['delta explicit', AggregationTemporality.DELTA, false],
  ['cumulative explicit', AggregationTemporality.CUMULATIVE, false],
])('%s metrics of the OpenTelemetry SDK', (_title, temporality, exponential) => {
  test.each(['protobuf', 'json'] as const)('are read from %s', async (encoding) => {
    const both = encoded(await exportedBySdk(temporality, exponential));
    const reader = encoding === 'protobuf' ? new ProtobufMetricsReader() : new JsonMetricsReader();
    const request: MetricsRequest = reader.read(both[encoding]);
    expect([...request.rejected.keys()]).toEqual([]);
    expect(request.ignoredPoints).toBe(1);
    const [resource] = request.resources;
    expect(resource?.resource).toEqual(
      new Map([
        ['service.name', 'shop'],
        ['service.version', 'v7'],
      ]),
    );
    const cumulative = temporality === AggregationTemporality.CUMULATIVE;
    expect(resource?.calls).toMatchObject([
      {
        value: 1_234_567_890_123,
        cumulative,
        attributes: { functionName: 'Größe.日本', filePath: 'src/größe.ts', lineNumber: 42 },
      },
    ]);
    const [point] = resource?.durations ?? [];
    expect(point).toMatchObject({ count: 500, cumulative });
    expect(point?.sumSeconds).toBeCloseTo(
      durations.reduce((sum, each) => sum + each, 0),
      6,
    );
    expect(point?.maxSeconds).toBeCloseTo(Math.max(...durations), 9);
    const sum = new HistogramSum();
    sum.add(point?.histogram ?? new Uint8Array(0));
    const histogram = sum.take();
    expect(histogramCount(histogram)).toBe(500);
    const exact = durations[249] ?? 0;
    // An explicit bucket is a decade wide; an SDK's exponential one of 160 over this range is finer than ours.
    const tolerance = exponential ? 0.03 : 0.5;
    expect(Math.abs((quantile(histogram, 0.5) ?? 0) / exact - 1)).toBeLessThan(tolerance);
  });
});

test('a message that is cut off anywhere is malformed, never half taken', async () => {
  const { protobuf, json } = encoded(await exportedBySdk(AggregationTemporality.DELTA, true));
  const reader = new ProtobufMetricsReader();
  const jsonReader = new JsonMetricsReader();
  for (let length = 1; length < protobuf.length; length += 1) {
    expect(() => reader.read(protobuf.subarray(0, length)), `${length} bytes`).toThrow(MalformedRequestError);
  }
  for (let length = 0; length < json.length; length += 1) {
    expect(() => jsonReader.read(json.subarray(0, length)), `${length} bytes`).toThrow(MalformedRequestError);
  }
});

test('any byte may be anything: the reader answers or says that it is malformed', async () => {
  const { protobuf } = encoded(await exportedBySdk(AggregationTemporality.DELTA, true));
  const reader = new ProtobufMetricsReader();
  let malformed = 0;
  for (let at = 0; at < protobuf.length; at += 1) {
    for (const value of [0x00, 0x07, 0x0b, 0x7f, 0x80, 0xff]) {
      const changed = Buffer.from(protobuf);
      changed[at] = value;
      try {
        reader.read(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedRequestError);
        malformed += 1;
      }
    }
  }
  expect(malformed).toBeGreaterThan(100);
});

test.each([
  ['a list', '[]'],
  ['a text', '"x"'],
  ['null', 'null'],
  ['resourceMetrics that is no list', '{"resourceMetrics":{}}'],
  [
    'a point that is no object',
    '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"x","sum":{"dataPoints":[1]}}]}]}]}',
  ],
  ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
])('JSON that is %s is malformed', (_title, body) => {
  expect(() => new JsonMetricsReader().read(Buffer.from(body))).toThrow(MalformedRequestError);
});

test('points that cannot be meant are rejected with the reason, the others are taken', () => {
  const attributes = [
    { key: 'code.function.name', value: { stringValue: 'f' } },
    { key: 'code.file.path', value: { stringValue: 'f.ts' } },
  ];
  const histogram = (point: object) => ({ aggregationTemporality: 1, dataPoints: [{ attributes, ...point }] });
  const metrics = [
    {
      name: 'code.function.calls',
      sum: {
        aggregationTemporality: 1,
        dataPoints: [
          { attributes, asInt: '-1' },
          { attributes, asInt: '2' },
        ],
      },
    },
    { name: 'code.function.calls', sum: { dataPoints: [{ attributes, asInt: '1' }] } },
    {
      name: 'code.function.duration',
      unit: 's',
      exponentialHistogram: histogram({ count: '5', scale: 5, positive: { bucketCounts: ['1'] } }),
    },
    {
      name: 'code.function.duration',
      unit: 's',
      exponentialHistogram: histogram({ count: '1', scale: 99, positive: { bucketCounts: ['1'] } }),
    },
    {
      name: 'code.function.duration',
      unit: 's',
      histogram: histogram({ count: '1', bucketCounts: ['1'], explicitBounds: [1, 2] }),
    },
    {
      name: 'code.function.duration',
      unit: 's',
      histogram: histogram({ count: '1', bucketCounts: ['1', '0', '0'], explicitBounds: [2, 1] }),
    },
    { name: 'code.function.duration', unit: 'By', histogram: histogram({ count: '0' }) },
    { name: 'code.function.duration', unit: 's', sum: { aggregationTemporality: 1, dataPoints: [{}] } },
  ];
  const request = new JsonMetricsReader().read(
    Buffer.from(JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] })),
  );
  expect(request.resources[0]?.calls.map(({ value }) => value)).toEqual([2]);
  expect([...request.rejected.keys()].sort()).toEqual([
    'a count is negative or not a number',
    'a histogram has a scale outside -10 to 20',
    'a histogram has not one bucket more than bounds',
    'a sum has no aggregation temporality',
    'code.function.duration has the unit "By", which is no time',
    'code.function.duration is not a histogram',
    'the bounds of a histogram do not ascend',
    'the buckets of a histogram do not add up to its count',
  ]);
});

test('the older attribute names are understood', () => {
  const attributes = [
    { key: 'code.namespace', value: { stringValue: 'com.shop.Cart' } },
    { key: 'code.function', value: { stringValue: 'pay' } },
    { key: 'code.filepath', value: { stringValue: 'Cart.java' } },
    { key: 'code.lineno', value: { intValue: 7 } },
  ];
  const metrics = [
    { name: 'code.function.calls', sum: { aggregationTemporality: 1, dataPoints: [{ attributes, asInt: 1 }] } },
  ];
  const request = new JsonMetricsReader().read(
    Buffer.from(JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] })),
  );
  expect(request.resources[0]?.calls[0]?.attributes).toMatchObject({
    functionName: 'com.shop.Cart.pay',
    filePath: 'Cart.java',
    lineNumber: 7,
  });
});
