/**
 * Reads an ExportMetricsServiceRequest from OTLP/JSON (opentelemetry-proto, "JSON Protobuf Encoding"): lower camel case
 * names, 64-bit integers as strings or numbers, enums as numbers, unknown fields ignored.
 */

import { LRUCache } from 'lru-cache';
import { fromExponential, highestMiddle } from './duration-histogram.ts';
import { explicitDuration, explicitProblem } from './explicit-point.ts';
import {
  type DurationPoint,
  type ExemplarPoint,
  emptyResourceMetrics,
  exemplarPoint,
  isHistogramMetric,
  MalformedRequestError,
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

type Json = Readonly<Record<string, unknown>>;

const cachedAttributes = 60_000;
const cumulativeTemporality = 2;

/** Keep one a collector: it remembers attribute sets between requests. */
export class JsonMetricsReader {
  readonly #attributes = new LRUCache<string, PointAttributes>({ max: cachedAttributes });

  /** Throws `MalformedRequestError`; then nothing of the request has been used. */
  read(body: Buffer): MetricsRequest {
    let value: unknown;
    try {
      value = JSON.parse(body.toString('utf8'));
    } catch (error) {
      throw new MalformedRequestError(`it is not JSON (${error instanceof Error ? error.message : 'unreadable'})`);
    }
    const walk = new RequestWalk(this.#attributes);
    return walk.walk(object(value, 'the request'));
  }
}

class RequestWalk {
  readonly #attributes: LRUCache<string, PointAttributes>;
  readonly #rejected = new Map<string, number>();
  #ignored = 0;

  constructor(attributes: LRUCache<string, PointAttributes>) {
    this.#attributes = attributes;
  }

  walk(request: Json): MetricsRequest {
    const resources = array(request.resourceMetrics, 'resourceMetrics').map((each) =>
      this.#resourceMetrics(object(each, 'resourceMetrics')),
    );
    return { resources, ignoredPoints: this.#ignored, rejected: this.#rejected };
  }

  #resourceMetrics(from: Json): ResourceMetrics {
    const resource = from.resource === undefined ? {} : object(from.resource, 'resource');
    const into = emptyResourceMetrics(attributeValues(resource.attributes, readResourceAttributes));
    for (const scope of array(from.scopeMetrics, 'scopeMetrics')) {
      for (const metric of array(object(scope, 'scopeMetrics').metrics, 'metrics'))
        this.#metric(object(metric, 'metrics'), into);
    }
    return into;
  }

  #metric(metric: Json, into: ResourceMetrics): void {
    const name = text(metric.name ?? '', 'name');
    const stored = storedMetric(name);
    for (const kind of ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const) {
      if (metric[kind] === undefined) continue;
      const data = object(metric[kind], kind);
      const points = array(data.dataPoints, 'dataPoints').map((point) => object(point, 'dataPoints'));
      const isNumber = kind === 'gauge' || kind === 'sum';
      if (stored === undefined) this.#ignored += points.length;
      else if (isHistogramMetric(stored)) {
        const unit = unitSeconds(stored, text(metric.unit ?? '', 'unit'));
        if (unit === undefined) {
          this.#reject(`${name} has the unit "${String(metric.unit).slice(0, 20)}", which is no time`, points.length);
        } else if (isNumber || kind === 'summary') this.#reject(`${name} is not a histogram`, points.length);
        else this.#durations(points, temporalityOf(data), kind === 'exponentialHistogram', unit, into[stored]);
      } else if (!isNumber) this.#reject(`${name} is neither a sum nor a gauge`, points.length);
      else this.#numbers(points, kind === 'sum' ? temporalityOf(data) : 1, into[stored]);
    }
  }

  #numbers(points: readonly Json[], temporality: number, into: NumberPoint[]): void {
    if (temporality !== 1 && temporality !== cumulativeTemporality) {
      this.#reject('a sum has no aggregation temporality', points.length);
      return;
    }
    for (const point of points) {
      if (noValue(point)) continue;
      const value = number(point.asInt ?? point.asDouble ?? 0, 'asInt');
      if (!Number.isFinite(value) || value < 0) {
        this.#reject('a count is negative or not a number', 1);
        continue;
      }
      into.push({ ...this.#base(point, temporality), value });
    }
  }

  #durations(
    points: readonly Json[],
    temporality: number,
    exponential: boolean,
    unit: number,
    into: DurationPoint[],
  ): void {
    if (temporality !== 1 && temporality !== cumulativeTemporality) {
      this.#reject('a histogram has no aggregation temporality', points.length);
      return;
    }
    for (const point of points) {
      if (noValue(point)) continue;
      const count = number(point.count ?? 0, 'count');
      const sum = number(point.sum ?? 0, 'sum');
      if (!Number.isSafeInteger(count) || count < 0 || !Number.isFinite(sum) || sum < 0) {
        this.#reject('a histogram has a count or a sum that no duration can have', 1);
        continue;
      }
      const read = exponential ? this.#exponential(point, unit) : this.#explicit(point, count, sum, unit, temporality);
      if (read === undefined) continue;
      const exemplars = exemplarsOf(point, unit);
      into.push({ ...read, ...this.#base(point, temporality), count, sumSeconds: sum * unit, exemplars });
    }
  }

  #exponential(point: Json, unit: number): Pick<DurationPoint, 'histogram' | 'maxSeconds'> | undefined {
    const scale = number(point.scale ?? 0, 'scale');
    if (!Number.isInteger(scale) || scale < -10 || scale > 20) {
      this.#reject('a histogram has a scale outside -10 to 20', 1);
      return undefined;
    }
    const positive = point.positive === undefined ? {} : object(point.positive, 'positive');
    const negative = point.negative === undefined ? {} : object(point.negative, 'negative');
    const counts = numbers(positive.bucketCounts, 'bucketCounts');
    const below = numbers(negative.bucketCounts, 'bucketCounts').reduce((sum, each) => sum + each, 0);
    const zeroCount = number(point.zeroCount ?? 0, 'zeroCount') + below;
    const total = counts.reduce((sum, each) => sum + each, zeroCount);
    if (total !== number(point.count ?? 0, 'count') || counts.some((each) => each < 0 || !Number.isInteger(each))) {
      this.#reject('the buckets of a histogram do not add up to its count', 1);
      return undefined;
    }
    const offset = number(positive.offset ?? 0, 'offset');
    const histogram = fromExponential({ scale, zeroCount, offset, counts, length: counts.length, unitSeconds: unit });
    const max = point.max === undefined ? undefined : number(point.max, 'max');
    return { histogram, maxSeconds: max === undefined ? highestMiddle(histogram) : Math.max(0, max * unit) };
  }

  #explicit(point: Json, count: number, sum: number, unit: number, temporality: number): DurationPoint | undefined {
    const counts = numbers(point.bucketCounts, 'bucketCounts');
    const bounds = numbers(point.explicitBounds, 'explicitBounds');
    const problem = explicitProblem(count, counts, bounds);
    if (problem !== undefined) {
      this.#reject(problem, 1);
      return undefined;
    }
    const { start, time, cumulative, attributes } = this.#base(point, temporality);
    const min = point.min === undefined ? undefined : number(point.min, 'min');
    const max = point.max === undefined ? undefined : number(point.max, 'max');
    return explicitDuration(attributes, {
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
      exemplars: [],
    });
  }

  #base(point: Json, temporality: number): Pick<NumberPoint, 'attributes' | 'start' | 'time' | 'cumulative'> {
    return {
      attributes: this.#pointAttributes(point.attributes),
      start: instant(point.startTimeUnixNano),
      time: instant(point.timeUnixNano),
      cumulative: temporality === cumulativeTemporality,
    };
  }

  #pointAttributes(from: unknown): PointAttributes {
    const identity = JSON.stringify(from) ?? '';
    const known = this.#attributes.get(identity);
    if (known !== undefined) return known;
    const attributes = pointAttributes(identity, attributeValues(from));
    this.#attributes.set(identity, attributes);
    return attributes;
  }

  #reject(reason: string, points: number): void {
    if (points > 0) this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + points);
  }
}

/** Ids are hexadecimal here, not base64 as other bytes. */
function exemplarsOf(point: Json, unit: number): readonly ExemplarPoint[] {
  return array(point.exemplars, 'exemplars')
    .slice(0, mostExemplars)
    .flatMap((each) => {
      const { timeUnixNano, asDouble, asInt, spanId, traceId, filteredAttributes } = object(each, 'exemplars');
      const exemplar = exemplarPoint({
        time: instant(timeUnixNano),
        seconds: number(asDouble ?? asInt ?? 0, 'asDouble') * unit,
        traceId: text(traceId ?? '', 'traceId'),
        spanId: text(spanId ?? '', 'spanId'),
        attributes: attributeValues(filteredAttributes, readExemplarAttributes),
      });
      return exemplar ?? [];
    });
}

function attributeValues(from: unknown, only?: ReadonlySet<string>): Map<string, string> {
  const values = new Map<string, string>();
  for (const each of array(from, 'attributes')) {
    const { key, value } = object(each, 'attributes');
    const name = text(key ?? '', 'key');
    if (only !== undefined && !only.has(name)) continue;
    const scalar = value === undefined ? {} : object(value, 'value');
    const found = scalar.stringValue ?? scalar.intValue ?? scalar.doubleValue ?? scalar.boolValue;
    if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean')
      values.set(name, String(found));
  }
  return values;
}

const noValue = (point: Json): boolean => (number(point.flags ?? 0, 'flags') & 1) !== 0;

/** The specification asks for the number; the enum's name is what some encoders write. */
function temporalityOf(data: Json): number {
  switch (data.aggregationTemporality) {
    case 1:
    case 'AGGREGATION_TEMPORALITY_DELTA':
      return 1;
    case 2:
    case 'AGGREGATION_TEMPORALITY_CUMULATIVE':
      return cumulativeTemporality;
    default:
      return 0;
  }
}

const instant = (nanoseconds: unknown): number => number(nanoseconds ?? 0, 'timeUnixNano') / 1e6;

function object(value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedRequestError(`"${where}" is not an object`);
  }
  // An object that JSON.parse made has string keys.
  return value as Json;
}

function array(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedRequestError(`"${where}" is not a list`);
  return value;
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new MalformedRequestError(`"${where}" is not a text`);
  return value;
}

function number(value: unknown, where: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(value)) return Number(value);
  throw new MalformedRequestError(`"${where}" is not a number`);
}

const numbers = (value: unknown, where: string): number[] => array(value, where).map((each) => number(each, where));
