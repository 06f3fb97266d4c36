/**
 * Reads an ExportMetricsServiceRequest (opentelemetry-proto 1.x, `metrics/v1/metrics.proto`) from protobuf.
 *
 * Written by hand, because this is the collector's hot path: generated code builds an object for each attribute of each
 * point (130 ms for 20,000 functions), this walk finds the attributes of a point by their bytes in a cache and reads
 * them once a function, not once a point (`bench/collector.bench.ts`).
 */
import { AttributeCache } from './attribute-cache.ts';
import { fromExponential, highestMiddle } from './duration-histogram.ts';
import { explicitDuration, explicitProblem } from './explicit-point.ts';
import {
  type DurationPoint,
  type ExemplarPoint,
  emptyResourceMetrics,
  exemplarPoint,
  isHistogramMetric,
  type MetricsRequest,
  mostExemplars,
  type NumberPoint,
  type PointAttributes,
  pointAttributes,
  type ResourceMetrics,
  readExemplarAttributes,
  readResourceAttributes,
  storedMetric,
  unitSeconds,
} from './metrics-request.ts';
import { WireReader, wire } from './wire-reader.ts';

const deltaTemporality = 1;
const cumulativeTemporality = 2;
const noRecordedValue = 1;
const noExemplars: readonly ExemplarPoint[] = [];

/** Keep one a collector: it remembers attribute sets between requests. */
export class ProtobufMetricsReader {
  readonly #attributes = new AttributeCache(readAttributes);

  /** Throws `MalformedRequestError`; then nothing of the request has been used. */
  read(body: Buffer): MetricsRequest {
    return new RequestWalk(body, this.#attributes).walk();
  }
}

class RequestWalk {
  readonly #in: WireReader;
  readonly #attributes: AttributeCache;
  readonly #resources: ResourceMetrics[] = [];
  readonly #rejected = new Map<string, number>();
  readonly #span = new AttributeSpan();
  #ignored = 0;
  /** Bucket counts of the point at hand; reused. */
  #counts = new Float64Array(256);
  #countsLength = 0;

  constructor(body: Buffer, attributes: AttributeCache) {
    this.#in = new WireReader(body);
    this.#attributes = attributes;
  }

  walk(): MetricsRequest {
    const reader = this.#in;
    const end = reader.bytes.length;
    while (reader.next(end)) {
      if (reader.field === 1) this.#resourceMetrics(reader.enter(end));
      else reader.skip(end);
    }
    return { resources: this.#resources, ignoredPoints: this.#ignored, rejected: this.#rejected };
  }

  /** Fields come in any order, so what the points need (resource, name, temporality) is looked for first. */
  #resourceMetrics(end: number): void {
    const reader = this.#in;
    const start = reader.offset;
    const resource = new Map<string, string>();
    while (reader.next(end)) {
      if (reader.field === 1) this.#resource(reader.enter(end), resource);
      else reader.skip(end);
    }
    const into = emptyResourceMetrics(resource);
    this.#resources.push(into);
    reader.offset = start;
    while (reader.next(end)) {
      if (reader.field === 2) this.#scopeMetrics(reader.enter(end), into);
      else reader.skip(end);
    }
  }

  #resource(end: number, into: Map<string, string>): void {
    const reader = this.#in;
    while (reader.next(end)) {
      if (reader.field === 1) this.#keyValue(reader.enter(end), into, readResourceAttributes);
      else reader.skip(end);
    }
  }

  #scopeMetrics(end: number, into: ResourceMetrics): void {
    const reader = this.#in;
    while (reader.next(end)) {
      if (reader.field === 2) this.#metric(reader.enter(end), into);
      else reader.skip(end);
    }
  }

  #metric(end: number, into: ResourceMetrics): void {
    const reader = this.#in;
    const start = reader.offset;
    let name = '';
    let unit = '';
    while (reader.next(end)) {
      if (reader.field === 1) name = reader.text(end);
      else if (reader.field === 3) unit = reader.text(end);
      else reader.skip(end);
    }
    const metric = storedMetric(name);
    reader.offset = start;
    while (reader.next(end)) {
      const { field } = reader;
      if (field !== 5 && field !== 7 && field !== 9 && field !== 10 && field !== 11) {
        reader.skip(end);
        continue;
      }
      const dataEnd = reader.enter(end);
      if (metric === undefined) this.#ignored += this.#countPoints(dataEnd);
      else if (isHistogramMetric(metric)) {
        const seconds = unitSeconds(metric, unit);
        if (seconds === undefined) {
          this.#reject(`${name} has the unit "${unit.slice(0, 20)}", which is no time`, this.#countPoints(dataEnd));
        } else if (field === 9 || field === 10) {
          this.#histogram(dataEnd, field === 10, seconds, into[metric]);
        } else this.#reject(`${name} is not a histogram`, this.#countPoints(dataEnd));
      } else if (field === 5 || field === 7) this.#numbers(dataEnd, field === 7, into[metric]);
      else this.#reject(`${name} is neither a sum nor a gauge`, this.#countPoints(dataEnd));
      reader.offset = dataEnd;
    }
  }

  #countPoints(end: number): number {
    const reader = this.#in;
    let points = 0;
    while (reader.next(end)) {
      if (reader.field === 1) points += 1;
      reader.skip(end);
    }
    return points;
  }

  /** The aggregation temporality of a sum or histogram; the offset stays. */
  #temporality(end: number): number {
    const reader = this.#in;
    const start = reader.offset;
    let temporality = 0;
    while (reader.next(end)) {
      if (reader.field === 2) {
        reader.expect(wire.varint);
        temporality = reader.varint(end);
      } else reader.skip(end);
    }
    reader.offset = start;
    return temporality;
  }

  #numbers(end: number, isSum: boolean, into: NumberPoint[]): void {
    const reader = this.#in;
    const temporality = isSum ? this.#temporality(end) : deltaTemporality;
    if (temporality !== deltaTemporality && temporality !== cumulativeTemporality) {
      this.#reject('a sum has no aggregation temporality', this.#countPoints(end));
      return;
    }
    while (reader.next(end)) {
      if (reader.field !== 1) {
        reader.skip(end);
        continue;
      }
      const point = this.#numberPoint(reader.enter(end), temporality === cumulativeTemporality);
      if (point !== undefined) into.push(point);
    }
  }

  #numberPoint(end: number, cumulative: boolean): NumberPoint | undefined {
    const reader = this.#in;
    const attributes = this.#span;
    attributes.begin();
    let start = 0;
    let time = 0;
    let value = 0;
    let flags = 0;
    while (true) {
      const fieldStart = reader.offset;
      if (!reader.next(end)) break;
      switch (reader.field) {
        case 7:
          reader.offset = attributes.add(fieldStart, reader.enter(end));
          break;
        case 2:
          start = this.#instant(end);
          break;
        case 3:
          time = this.#instant(end);
          break;
        case 4:
          reader.expect(wire.fixed64);
          value = reader.double(end);
          break;
        case 6:
          reader.expect(wire.fixed64);
          value = reader.signedFixed64(end);
          break;
        case 8:
          reader.expect(wire.varint);
          flags = reader.varint(end);
          break;
        default:
          reader.skip(end);
      }
    }
    if ((flags & noRecordedValue) !== 0) return undefined;
    if (!Number.isFinite(value) || value < 0) {
      this.#reject('a count is negative or not a number', 1);
      return undefined;
    }
    return { attributes: this.#pointAttributes(), start, time, cumulative, value };
  }

  #histogram(end: number, exponential: boolean, unit: number, into: DurationPoint[]): void {
    const reader = this.#in;
    const temporality = this.#temporality(end);
    if (temporality !== deltaTemporality && temporality !== cumulativeTemporality) {
      this.#reject('a histogram has no aggregation temporality', this.#countPoints(end));
      return;
    }
    const cumulative = temporality === cumulativeTemporality;
    while (reader.next(end)) {
      if (reader.field !== 1) {
        reader.skip(end);
        continue;
      }
      const pointEnd = reader.enter(end);
      const point = exponential
        ? this.#exponentialPoint(pointEnd, unit, cumulative)
        : this.#explicitPoint(pointEnd, unit, cumulative);
      if (point !== undefined) into.push(point);
    }
  }

  #exponentialPoint(end: number, unit: number, cumulative: boolean): DurationPoint | undefined {
    const reader = this.#in;
    const attributes = this.#span;
    attributes.begin();
    let start = 0;
    let time = 0;
    let count = 0;
    let sum = 0;
    let scale = 0;
    let zeroCount = 0;
    let offset = 0;
    let max = Number.NaN;
    let flags = 0;
    let negative = 0;
    let exemplars: ExemplarPoint[] | undefined;
    this.#countsLength = 0;
    while (true) {
      const fieldStart = reader.offset;
      if (!reader.next(end)) break;
      switch (reader.field) {
        case 1:
          reader.offset = attributes.add(fieldStart, reader.enter(end));
          break;
        case 2:
          start = this.#instant(end);
          break;
        case 3:
          time = this.#instant(end);
          break;
        case 4:
          reader.expect(wire.fixed64);
          count = reader.fixed64(end);
          break;
        case 5:
          reader.expect(wire.fixed64);
          sum = reader.double(end);
          break;
        case 6:
          reader.expect(wire.varint);
          scale = reader.signed(end);
          break;
        case 7:
          reader.expect(wire.fixed64);
          zeroCount = reader.fixed64(end);
          break;
        case 8:
          offset = this.#buckets(reader.enter(end));
          break;
        case 9: {
          // A duration below zero is a clock that went back: there is nothing to show for it but that it was a call.
          const kept = this.#countsLength;
          this.#buckets(reader.enter(end));
          for (let i = kept; i < this.#countsLength; i += 1) negative += this.#counts[i] ?? 0;
          this.#countsLength = kept;
          break;
        }
        case 10:
          reader.expect(wire.varint);
          flags = reader.varint(end);
          break;
        case 11:
          exemplars ??= [];
          this.#exemplar(reader.enter(end), unit, exemplars);
          break;
        case 13:
          reader.expect(wire.fixed64);
          max = reader.double(end);
          break;
        default:
          reader.skip(end);
      }
    }
    if ((flags & noRecordedValue) !== 0) return undefined;
    if (!this.#plausible(count, sum) || scale < -10 || scale > 20) {
      if (scale < -10 || scale > 20) this.#reject('a histogram has a scale outside -10 to 20', 1);
      return undefined;
    }
    let total = zeroCount + negative;
    for (let i = 0; i < this.#countsLength; i += 1) total += this.#counts[i] ?? 0;
    if (total !== count) {
      this.#reject('the buckets of a histogram do not add up to its count', 1);
      return undefined;
    }
    const histogram = fromExponential({
      scale,
      zeroCount: zeroCount + negative,
      offset,
      counts: this.#counts,
      length: this.#countsLength,
      unitSeconds: unit,
    });
    return {
      attributes: this.#pointAttributes(),
      start,
      time,
      cumulative,
      count,
      sumSeconds: sum * unit,
      maxSeconds: Number.isNaN(max) ? highestMiddle(histogram) : Math.max(0, max * unit),
      histogram,
      exemplars: exemplars ?? noExemplars,
    };
  }

  #exemplar(end: number, unit: number, into: ExemplarPoint[]): void {
    const reader = this.#in;
    const attributes = new Map<string, string>();
    let time = 0;
    let value = Number.NaN;
    let spanId = '';
    let traceId = '';
    while (reader.next(end)) {
      switch (reader.field) {
        case 2:
          time = this.#instant(end);
          break;
        case 3:
          reader.expect(wire.fixed64);
          value = reader.double(end);
          break;
        case 4:
          spanId = reader.hex(end);
          break;
        case 5:
          traceId = reader.hex(end);
          break;
        case 6:
          reader.expect(wire.fixed64);
          value = reader.signedFixed64(end);
          break;
        case 7:
          this.#keyValue(reader.enter(end), attributes, readExemplarAttributes);
          break;
        default:
          reader.skip(end);
      }
    }
    const exemplar = exemplarPoint({ time, seconds: value * unit, traceId, spanId, attributes });
    if (exemplar !== undefined && into.length < mostExemplars) into.push(exemplar);
  }

  #explicitPoint(end: number, unit: number, cumulative: boolean): DurationPoint | undefined {
    const reader = this.#in;
    const attributes = this.#span;
    attributes.begin();
    let start = 0;
    let time = 0;
    let count = 0;
    let sum = 0;
    let min: number | undefined;
    let max: number | undefined;
    let flags = 0;
    const counts: number[] = [];
    const bounds: number[] = [];
    let exemplars: ExemplarPoint[] | undefined;
    while (true) {
      const fieldStart = reader.offset;
      if (!reader.next(end)) break;
      switch (reader.field) {
        case 9:
          reader.offset = attributes.add(fieldStart, reader.enter(end));
          break;
        case 2:
          start = this.#instant(end);
          break;
        case 3:
          time = this.#instant(end);
          break;
        case 4:
          reader.expect(wire.fixed64);
          count = reader.fixed64(end);
          break;
        case 5:
          reader.expect(wire.fixed64);
          sum = reader.double(end);
          break;
        case 6:
          this.#packed(end, counts, (to) => reader.fixed64(to));
          break;
        case 7:
          this.#packed(end, bounds, (to) => reader.double(to));
          break;
        case 8:
          exemplars ??= [];
          this.#exemplar(reader.enter(end), unit, exemplars);
          break;
        case 10:
          reader.expect(wire.varint);
          flags = reader.varint(end);
          break;
        case 11:
          reader.expect(wire.fixed64);
          min = reader.double(end);
          break;
        case 12:
          reader.expect(wire.fixed64);
          max = reader.double(end);
          break;
        default:
          reader.skip(end);
      }
    }
    if ((flags & noRecordedValue) !== 0 || !this.#plausible(count, sum)) return undefined;
    const problem = explicitProblem(count, counts, bounds);
    if (problem !== undefined) {
      this.#reject(problem, 1);
      return undefined;
    }
    return explicitDuration(this.#pointAttributes(), {
      start,
      time,
      cumulative,
      count,
      sum,
      min,
      max,
      unit,
      counts,
      bounds,
      exemplars: exemplars ?? noExemplars,
    });
  }

  #plausible(count: number, sum: number): boolean {
    if (Number.isSafeInteger(count) && Number.isFinite(sum) && sum >= 0) return true;
    this.#reject('a histogram has a count or a sum that no duration can have', 1);
    return false;
  }

  /** Reads `Buckets` into `#counts` and returns their offset. */
  #buckets(end: number): number {
    const reader = this.#in;
    let offset = 0;
    while (reader.next(end)) {
      if (reader.field === 1) {
        reader.expect(wire.varint);
        offset = reader.signed(end);
      } else if (reader.field === 2 && reader.wireType === wire.bytes) {
        const to = reader.enter(end);
        while (reader.offset < to) this.#pushCount(reader.varint(to));
      } else if (reader.field === 2 && reader.wireType === wire.varint) this.#pushCount(reader.varint(end));
      else reader.skip(end);
    }
    return offset;
  }

  #pushCount(count: number): void {
    if (this.#countsLength === this.#counts.length) {
      const longer = new Float64Array(this.#counts.length * 2);
      longer.set(this.#counts);
      this.#counts = longer;
    }
    this.#counts[this.#countsLength++] = count;
  }

  #packed(end: number, into: number[], read: (end: number) => number): void {
    const reader = this.#in;
    if (reader.wireType === wire.bytes) {
      const to = reader.enter(end);
      while (reader.offset < to) into.push(read(to));
    } else {
      reader.expect(wire.fixed64);
      into.push(read(end));
    }
  }

  /** Nanoseconds since 1970 as milliseconds. */
  #instant(end: number): number {
    this.#in.expect(wire.fixed64);
    return this.#in.fixed64(end) / 1e6;
  }

  #pointAttributes(): PointAttributes {
    const { bytes } = this.#in;
    const span = this.#span;
    if (span.pieces === undefined) return this.#attributes.of(bytes, span.start, span.end);
    const joined = Buffer.concat(span.pieces.map(([start, end]) => bytes.subarray(start, end)));
    return this.#attributes.of(joined, 0, joined.length);
  }

  #keyValue(end: number, into: Map<string, string>, only: ReadonlySet<string>): void {
    readKeyValue(this.#in, end, into, only);
  }

  #reject(reason: string, points: number): void {
    if (points > 0) this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + points);
  }
}

/**
 * Where the attributes of the point at hand lie; used again for each. All encoders write them one after the other, which is
 * the case that is fast: nothing is allocated for it.
 */
class AttributeSpan {
  start = 0;
  end = 0;
  /** Where each field lies, once they do not follow each other. */
  pieces: [start: number, end: number][] | undefined;

  begin(): void {
    this.start = 0;
    this.end = 0;
    this.pieces = undefined;
  }

  /** Notes a field from its tag to its end; returns the end. */
  add(tagStart: number, end: number): number {
    if (this.pieces !== undefined) this.pieces.push([tagStart, end]);
    else if (this.end === 0) {
      this.start = tagStart;
      this.end = end;
    } else if (this.end === tagStart) this.end = end;
    else
      this.pieces = [
        [this.start, this.end],
        [tagStart, end],
      ];
    return end;
  }
}

/** The attributes of a point from the bytes of its fields. */
function readAttributes(identity: string, bytes: Buffer): PointAttributes {
  const values = new Map<string, string>();
  const reader = new WireReader(bytes);
  while (reader.next(bytes.length)) readKeyValue(reader, reader.enter(bytes.length), values);
  return pointAttributes(identity, values);
}

/** A KeyValue whose value is a scalar; arrays and maps mean nothing here and are skipped. */
function readKeyValue(reader: WireReader, end: number, into: Map<string, string>, only?: ReadonlySet<string>): void {
  let key = '';
  let value: string | undefined;
  while (reader.next(end)) {
    if (reader.field === 1) key = reader.text(end);
    else if (reader.field === 2) value = readAnyValue(reader, reader.enter(end));
    else reader.skip(end);
  }
  if (value !== undefined && (only === undefined || only.has(key))) into.set(key, value);
}

function readAnyValue(reader: WireReader, end: number): string | undefined {
  let value: string | undefined;
  while (reader.next(end)) {
    switch (reader.field) {
      case 1:
        value = reader.text(end);
        break;
      case 2:
        reader.expect(wire.varint);
        value = reader.varint(end) === 0 ? 'false' : 'true';
        break;
      case 3:
        reader.expect(wire.varint);
        value = String(reader.varint(end));
        break;
      case 4:
        reader.expect(wire.fixed64);
        value = String(reader.double(end));
        break;
      default:
        reader.skip(end);
    }
  }
  return value;
}
