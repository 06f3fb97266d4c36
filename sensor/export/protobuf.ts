import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Resource } from '../resource.ts';
import type { Attribute, Exemplar, HistogramPoint, Metric, NumberPoint } from './metrics.ts';

/**
 * `ExportMetricsServiceRequest` in protobuf, after opentelemetry-proto 1.x `metrics/v1/metrics.proto`. Written by hand
 * on a writer of the wire format: the generated code would be 100 kB in every service for nine messages.
 */
const delta = 1;

export interface Scope {
  readonly name: string;
  readonly version: string;
}

export function encodeProtobuf(resource: Resource, scope: Scope, metrics: readonly Metric[]): Uint8Array {
  const writer = new BinaryWriter();
  message(writer, 1, () => {
    message(writer, 1, () => {
      for (const attribute of resource) writeAttribute(writer, 1, attribute);
    });
    message(writer, 2, () => {
      message(writer, 1, () => {
        writer.uint32(tag(1, WireType.LengthDelimited)).string(scope.name);
        writer.uint32(tag(2, WireType.LengthDelimited)).string(scope.version);
      });
      for (const metric of metrics) message(writer, 2, () => writeMetric(writer, metric));
    });
  });
  return writer.finish();
}

function writeMetric(writer: BinaryWriter, metric: Metric): void {
  writer.uint32(tag(1, WireType.LengthDelimited)).string(metric.name);
  writer.uint32(tag(3, WireType.LengthDelimited)).string(metric.unit);
  switch (metric.kind) {
    case 'gauge':
      message(writer, 5, () => {
        for (const point of metric.points) message(writer, 1, () => writeNumberPoint(writer, point));
      });
      return;
    case 'sum':
      message(writer, 7, () => {
        for (const point of metric.points) message(writer, 1, () => writeNumberPoint(writer, point));
        writer.uint32(tag(2, WireType.Varint)).int32(delta);
        writer.uint32(tag(3, WireType.Varint)).bool(true);
      });
      return;
    case 'histogram':
      message(writer, 10, () => {
        for (const point of metric.points) message(writer, 1, () => writeHistogramPoint(writer, point));
        writer.uint32(tag(2, WireType.Varint)).int32(delta);
      });
      return;
  }
}

function writeNumberPoint(writer: BinaryWriter, point: NumberPoint): void {
  writeTimes(writer, point);
  if (Number.isInteger(point.value)) writer.uint32(tag(6, WireType.Bit64)).sfixed64(point.value);
  else writer.uint32(tag(4, WireType.Bit64)).double(point.value);
  for (const attribute of point.attributes) writeAttribute(writer, 7, attribute);
}

function writeHistogramPoint(writer: BinaryWriter, point: HistogramPoint): void {
  for (const attribute of point.attributes) writeAttribute(writer, 1, attribute);
  writeTimes(writer, point);
  writer.uint32(tag(4, WireType.Bit64)).fixed64(point.count);
  writer.uint32(tag(5, WireType.Bit64)).double(point.sum);
  writer.uint32(tag(6, WireType.Varint)).sint32(point.scale);
  writer.uint32(tag(7, WireType.Bit64)).fixed64(point.zeroCount);
  message(writer, 8, () => {
    writer.uint32(tag(1, WireType.Varint)).sint32(point.offset);
    writer.uint32(tag(2, WireType.LengthDelimited)).fork();
    for (const count of point.bucketCounts) writer.uint64(count);
    writer.join();
  });
  for (const exemplar of point.exemplars ?? []) message(writer, 11, () => writeExemplar(writer, exemplar));
  writer.uint32(tag(12, WireType.Bit64)).double(point.min);
  writer.uint32(tag(13, WireType.Bit64)).double(point.max);
}

function writeExemplar(writer: BinaryWriter, { attributes, time, value, span }: Exemplar): void {
  writer.uint32(tag(2, WireType.Bit64)).fixed64(nanoseconds(time));
  writer.uint32(tag(3, WireType.Bit64)).double(value);
  if (span) {
    writer.uint32(tag(4, WireType.LengthDelimited)).bytes(Buffer.from(span.spanId, 'hex'));
    writer.uint32(tag(5, WireType.LengthDelimited)).bytes(Buffer.from(span.traceId, 'hex'));
  }
  for (const attribute of attributes) writeAttribute(writer, 7, attribute);
}

function writeTimes(writer: BinaryWriter, { start, end }: { readonly start: number; readonly end: number }): void {
  writer.uint32(tag(2, WireType.Bit64)).fixed64(nanoseconds(start));
  writer.uint32(tag(3, WireType.Bit64)).fixed64(nanoseconds(end));
}

function writeAttribute(writer: BinaryWriter, field: number, [key, value]: Attribute): void {
  message(writer, field, () => {
    writer.uint32(tag(1, WireType.LengthDelimited)).string(key);
    message(writer, 2, () => {
      if (typeof value === 'string') writer.uint32(tag(1, WireType.LengthDelimited)).string(value);
      else writer.uint32(tag(3, WireType.Varint)).int64(value);
    });
  });
}

function message(writer: BinaryWriter, field: number, content: () => void): void {
  writer.uint32(tag(field, WireType.LengthDelimited)).fork();
  content();
  writer.join();
}

const tag = (field: number, type: WireType): number => ((field << 3) | type) >>> 0;

/** Milliseconds since 1970, fractions included, as nanoseconds. */
export function nanoseconds(milliseconds: number): bigint {
  const whole = Math.floor(milliseconds);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((milliseconds - whole) * 1e6));
}

export interface PartialSuccess {
  readonly rejectedPoints: number;
  readonly message: string;
}

/** The `partial_success` of an `ExportMetricsServiceResponse`, or nothing. Throws on bytes that are no such message. */
export function decodePartialSuccess(bytes: Uint8Array): PartialSuccess | undefined {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field !== 1 || type !== WireType.LengthDelimited) {
      reader.skip(type, field);
      continue;
    }
    const inner = new BinaryReader(reader.bytes());
    let rejectedPoints = 0;
    let text = '';
    while (inner.pos < inner.len) {
      const [innerField, innerType] = inner.tag();
      if (innerField === 1 && innerType === WireType.Varint) rejectedPoints = Number(inner.int64());
      else if (innerField === 2 && innerType === WireType.LengthDelimited) text = inner.string();
      else inner.skip(innerType, innerField);
    }
    return { rejectedPoints, message: text };
  }
  return undefined;
}
