/**
 * Reads an ExportMetricsServiceRequest for tests, from protobuf or JSON. Written from the field numbers of
 * opentelemetry-proto, sharing nothing with the sensor's encoder.
 */
export interface RecordedPoint {
  readonly metric: string;
  readonly unit: string;
  readonly temporality: number | undefined;
  readonly monotonic: boolean | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly time: bigint;
  readonly value: number | undefined;
  readonly histogram: RecordedHistogram | undefined;
  readonly exemplars: readonly RecordedExemplar[];
}

export interface RecordedExemplar {
  readonly attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly value: number;
  /** Hexadecimal; empty: none. */
  readonly traceId: string;
  readonly spanId: string;
}

export interface RecordedHistogram {
  readonly count: number;
  readonly sum: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly offset: number;
  readonly bucketCounts: readonly number[];
  readonly min: number;
  readonly max: number;
}

interface Decoded {
  readonly resource: Record<string, string>;
  readonly points: RecordedPoint[];
}

export function decodeMetrics(body: Buffer, contentType: string): Decoded {
  return contentType.includes('json') ? decodeJson(body) : decodeProtobuf(body);
}

type Field = { readonly number: number; readonly varint: bigint; readonly bytes: Buffer };

function* fields(bytes: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    const first = bytes[at];
    if (first !== undefined && first < 0x80) {
      at += 1;
      return BigInt(first);
    }
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined || shift > 63n) throw new Error('a varint without an end');
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error('a field reaches beyond its message');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { number, varint: varint(), bytes: Buffer.alloc(0) };
        break;
      case 1:
        yield { number, varint: 0n, bytes: take(8) };
        break;
      case 2:
        yield { number, varint: 0n, bytes: take(Number(varint())) };
        break;
      default:
        throw new Error(`wire type ${tag & 7}`);
    }
  }
}

const parsed = new WeakMap<Buffer, readonly Field[]>();
/** Each message is read once, however often it is asked for a field. */
function fieldsOf(bytes: Buffer): readonly Field[] {
  let known = parsed.get(bytes);
  if (!known) {
    known = [...fields(bytes)];
    parsed.set(bytes, known);
  }
  return known;
}
const all = (bytes: Buffer, number: number): Field[] => fieldsOf(bytes).filter((field) => field.number === number);
const one = (bytes: Buffer, number: number): Field | undefined =>
  fieldsOf(bytes).findLast((field) => field.number === number);
const text = (bytes: Buffer, number: number): string => one(bytes, number)?.bytes.toString('utf8') ?? '';
const fixed = (bytes: Buffer, number: number): bigint => one(bytes, number)?.bytes.readBigUInt64LE() ?? 0n;
const double = (bytes: Buffer, number: number): number => one(bytes, number)?.bytes.readDoubleLE() ?? Number.NaN;
const zigzag = (value: bigint): number => Number((value >> 1n) ^ -(value & 1n));

/** Of a number data point: `as_double` or `as_int`. */
const numberOf = (point: Buffer): number =>
  one(point, 4) ? double(point, 4) : Number(BigInt.asIntN(64, fixed(point, 6)));

function attributes(bytes: Buffer, number: number): Record<string, string> {
  return Object.fromEntries(
    all(bytes, number).map(({ bytes: pair }) => {
      const value = one(pair, 2)?.bytes ?? Buffer.alloc(0);
      const integer = one(value, 3);
      return [text(pair, 1), integer ? String(BigInt.asIntN(64, integer.varint)) : text(value, 1)];
    }),
  );
}

function decodeProtobuf(body: Buffer): Decoded {
  const resourceMetrics = one(body, 1)?.bytes ?? Buffer.alloc(0);
  const points: RecordedPoint[] = [];
  for (const scope of all(resourceMetrics, 2)) {
    for (const { bytes: metric } of all(scope.bytes, 2)) {
      for (const kind of [5, 7, 10]) {
        const data = one(metric, kind)?.bytes;
        if (!data) continue;
        const temporality = one(data, 2);
        const monotonic = kind === 7 ? one(data, 3)?.varint === 1n : undefined;
        const name = text(metric, 1);
        const unit = text(metric, 3);
        for (const { bytes: point } of all(data, 1)) {
          points.push({
            metric: name,
            unit,
            temporality: temporality && Number(temporality.varint),
            monotonic,
            attributes: attributes(point, kind === 10 ? 1 : 7),
            start: fixed(point, 2),
            time: fixed(point, 3),
            value: kind === 10 ? undefined : numberOf(point),
            histogram: kind === 10 ? histogram(point) : undefined,
            exemplars: kind === 10 ? all(point, 11).map(({ bytes }) => exemplar(bytes)) : [],
          });
        }
      }
    }
  }
  return { resource: attributes(one(resourceMetrics, 1)?.bytes ?? Buffer.alloc(0), 1), points };
}

function histogram(point: Buffer): RecordedHistogram {
  const positive = one(point, 8)?.bytes ?? Buffer.alloc(0);
  const packed = one(positive, 2)?.bytes ?? Buffer.alloc(0);
  return {
    count: Number(fixed(point, 4)),
    sum: double(point, 5),
    scale: zigzag(one(point, 6)?.varint ?? 0n),
    zeroCount: Number(fixed(point, 7)),
    offset: zigzag(one(positive, 1)?.varint ?? 0n),
    bucketCounts: packedVarints(packed),
    min: double(point, 12),
    max: double(point, 13),
  };
}

function exemplar(bytes: Buffer): RecordedExemplar {
  return {
    attributes: attributes(bytes, 7),
    time: fixed(bytes, 2),
    value: double(bytes, 3),
    traceId: one(bytes, 5)?.bytes.toString('hex') ?? '',
    spanId: one(bytes, 4)?.bytes.toString('hex') ?? '',
  };
}

function packedVarints(packed: Buffer): number[] {
  const values: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of packed) {
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    values.push(value);
    value = 0;
    scale = 1;
  }
  return values;
}

// What follows is only ever given what the sensor under test wrote as JSON; a wrong shape fails the test that reads it.
type Json = { readonly [key: string]: Json } & readonly Json[] & string;

function decodeJson(body: Buffer): Decoded {
  const request = JSON.parse(body.toString('utf8')) as Json;
  const resourceMetrics = request.resourceMetrics?.[0];
  const points: RecordedPoint[] = [];
  for (const scope of resourceMetrics?.scopeMetrics ?? []) {
    for (const metric of scope.metrics ?? []) {
      const data = metric.gauge ?? metric.sum ?? metric.exponentialHistogram;
      for (const point of data?.dataPoints ?? []) {
        points.push({
          metric: String(metric.name),
          unit: String(metric.unit),
          temporality: data?.aggregationTemporality === undefined ? undefined : Number(data.aggregationTemporality),
          monotonic: metric.sum ? Boolean(data?.isMonotonic) : undefined,
          attributes: jsonAttributes(point.attributes),
          start: BigInt(point.startTimeUnixNano ?? 0),
          time: BigInt(point.timeUnixNano ?? 0),
          value: metric.exponentialHistogram ? undefined : Number(point.asInt ?? point.asDouble),
          histogram: metric.exponentialHistogram ? jsonHistogram(point) : undefined,
          exemplars: [...(point.exemplars ?? [])].map((each) => ({
            attributes: jsonAttributes(each.filteredAttributes),
            time: BigInt(each.timeUnixNano ?? 0),
            value: Number(each.asDouble),
            traceId: String(each.traceId ?? ''),
            spanId: String(each.spanId ?? ''),
          })),
        });
      }
    }
  }
  return { resource: jsonAttributes(resourceMetrics?.resource?.attributes), points };
}

function jsonAttributes(list: Json | undefined): Record<string, string> {
  return Object.fromEntries(
    (list ?? ([] as unknown as Json)).map((pair) => [
      String(pair.key),
      String(pair.value?.stringValue ?? pair.value?.intValue),
    ]),
  );
}

function jsonHistogram(point: Json): RecordedHistogram {
  return {
    count: Number(point.count),
    sum: Number(point.sum),
    scale: Number(point.scale),
    zeroCount: Number(point.zeroCount),
    offset: Number(point.positive?.offset),
    bucketCounts: (point.positive?.bucketCounts ?? ([] as unknown as Json)).map(Number),
    min: Number(point.min),
    max: Number(point.max),
  };
}
