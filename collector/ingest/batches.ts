/** Turns a metrics request into what the store takes: checked, with times of this clock and deltas only. */
import { bucketMiddle } from '@runlens/protocol/histogram';
import {
  conditions,
  defaultEnvironment,
  resourceAttributes,
  unknownService,
  unknownVersion,
} from '@runlens/protocol/telemetry';
import { type SensorReading, sensorLevelOf } from '../control/sensor-readings.ts';
import { ingestLimits } from '../defaults.ts';
import { entryKey } from '../store/entries.ts';
import { emptyBlob, HistogramSum } from '../store/histogram-blob.ts';
import type {
  Batch,
  Delta,
  Detail,
  DetailKind,
  Exemplar,
  FunctionKey,
  ServiceInstance,
} from '../store/profile-store.ts';
import { cleanText } from './clean-text.ts';
import type {
  DurationPoint,
  ExemplarPoint,
  MetricsRequest,
  NumberPoint,
  PointAttributes,
  ResourceMetrics,
} from './metrics-request.ts';
import type { StagedSeries } from './temporality.ts';

/** A sensor that could not reach the collector for longer says so by several points. */
const longestStretch = 3_600_000;

export interface AcceptedRequest {
  readonly batches: readonly Batch[];
  /** Points that were not taken, by a sentence that says why. */
  readonly rejected: Map<string, number>;
  /** Points whose time lies ahead of this clock; taken as of now. */
  readonly ahead: number;
  /** What sensors say they had to drop. */
  readonly droppedBySensors: number;
  /** What sensors say of themselves; of one that says nothing, nothing. */
  readonly readings: readonly SensorReading[];
  readonly points: number;
}

export function batchesOf(request: MetricsRequest, arrival: number, series: StagedSeries): AcceptedRequest {
  const building = new Building(arrival, series, request.rejected);
  const batches = request.resources.map((resource) => building.batch(resource));
  return { batches, ...building.figures() };
}

class Building {
  readonly #arrival: number;
  readonly #series: StagedSeries;
  readonly #rejected: Map<string, number>;
  #ahead = 0;
  #dropped = 0;
  #points = 0;
  readonly #readings: SensorReading[] = [];

  constructor(arrival: number, series: StagedSeries, rejected: ReadonlyMap<string, number>) {
    this.#arrival = arrival;
    this.#series = series;
    this.#rejected = new Map(rejected);
  }

  figures(): Omit<AcceptedRequest, 'batches'> {
    return {
      rejected: this.#rejected,
      ahead: this.#ahead,
      droppedBySensors: this.#dropped,
      readings: this.#readings,
      points: this.#points,
    };
  }

  batch(metrics: ResourceMetrics): Batch {
    const instance = serviceInstance(metrics.resource);
    const origin = JSON.stringify([instance.service, instance.environment, instance.version, instance.instance]);
    const deltas: Delta[] = [];
    const details: Detail[] = [];
    const exemplars: { readonly key: FunctionKey; readonly exemplar: Exemplar }[] = [];
    for (const point of this.#numbers(metrics.calls, `${origin}calls`)) {
      if (this.#named(point)) deltas.push(this.#delta(point, Math.round(point.value), 0));
    }
    for (const point of this.#numbers(metrics.errors, `${origin}errors`)) {
      if (!this.#named(point)) continue;
      const count = Math.round(point.value);
      deltas.push(this.#delta(point, 0, count));
      const { errorType } = point.attributes;
      if (errorType !== '') this.#detail(details, point, 'exception', short(errorType), count);
    }
    // A sender that counts no calls at all (a plain OpenTelemetry histogram) has told them by its histogram.
    const countsCalls = metrics.calls.length > 0 || metrics.sourceFiles.length > 0;
    for (const point of this.#durations(metrics.durations, `${origin}durations`)) {
      if (!this.#named(point)) continue;
      deltas.push(this.#duration(point, countsCalls));
      for (const each of point.exemplars) exemplars.push({ key: point.attributes, exemplar: this.#exemplar(each) });
    }
    for (const point of this.#durations(metrics.conditions, `${origin}conditions`)) {
      const { condition, entry } = point.attributes;
      if (!this.#named(point)) continue;
      const durations = { seconds: point.sumSeconds, maxSeconds: point.maxSeconds, histogram: point.histogram };
      if (conditionSet.has(condition)) this.#detail(details, point, 'condition', condition, point.count, durations);
      else if (entry !== '') this.#detail(details, point, 'entryDuration', short(entry), point.count, durations);
    }
    for (const point of this.#numbers(metrics.callers, `${origin}callers`)) {
      if (!this.#named(point)) continue;
      const count = Math.round(point.value);
      const { callerFunctionName, callerFilePath, entry } = point.attributes;
      if (callerFunctionName !== '') {
        this.#detail(details, point, 'caller', short(`${callerFilePath}\n${callerFunctionName}`), count);
      }
      if (entry !== '') this.#detail(details, point, 'entry', short(entry), count);
    }
    for (const point of this.#numbers(metrics.exceptions, `${origin}exceptions`)) {
      const { exception } = point.attributes;
      if (exception !== '' && this.#named(point)) {
        this.#detail(details, point, 'thrown', exception, Math.round(point.value));
      }
    }
    this.#operations(details, metrics.queries, `${origin}queries`, 'query', queryOf);
    this.#operations(details, metrics.outgoing, `${origin}outgoing`, 'call', ({ target }) => short(target));
    for (const point of this.#durations(metrics.served, `${origin}served`)) {
      this.#points += 1;
      const { route, errorType, statusCode } = point.attributes;
      if (route === '') continue;
      const failed = errorType !== '' || /^5\d\d$/.test(statusCode);
      const errors = failed ? point.count : 0;
      deltas.push({ ...this.#duration(point, false), key: entryKey(short(route)), errors });
    }
    for (const point of this.#durations(metrics.repeats, `${origin}repeats`)) {
      const query = queryOf(point.attributes);
      const { within } = point.attributes;
      if (query === '' || !this.#asked(point)) continue;
      for (const [least, { count, queries }] of byMagnitude(point)) {
        const label = `${least}\n${within === '' ? '\n' : within}\n${query}`;
        this.#detail(details, point, 'repeats', label, count, { seconds: queries });
      }
    }
    for (const point of this.#numbers(metrics.serialWaits, `${origin}serialWaits`)) {
      const waits = short(point.attributes.waits);
      if (waits !== '' && this.#named(point)) this.#detail(details, point, 'serialWaits', waits, point.value);
    }
    for (const point of this.#numbers(metrics.sameAsked, `${origin}sameAsked`)) {
      const { same, target } = point.attributes;
      const query = queryOf(point.attributes);
      const asked = query === '' ? `call\n${short(target)}` : `query\n${query}`;
      if ((query === '' && target === '') || !/^(?:true|false)$/.test(same) || !this.#asked(point)) continue;
      this.#detail(details, point, 'sameAsked', `${same}\n${asked}`, point.value);
    }
    this.#reading(metrics, instance, this.#numbers(metrics.dropped, `${origin}dropped`));
    this.#points += metrics.sourceFiles.length + metrics.dropped.length;
    return {
      instance,
      arrival: this.#arrival,
      deltas,
      details,
      exemplars,
      sources: metrics.sourceFiles
        .filter(({ attributes: { filePath, sourceBlob } }) => isPath(filePath) && /^[0-9a-f]{40,64}$/.test(sourceBlob))
        .map(({ attributes }) => ({ filePath: attributes.filePath, blob: attributes.sourceBlob })),
      unmeasured: metrics.unmeasured
        .filter((point) => this.#namedOrWholeFile(point))
        .map(({ attributes }) => ({
          key: attributes,
          reason: short(attributes.reason) || 'the sensor does not say why',
        })),
    };
  }

  #reading(metrics: ResourceMetrics, instance: ServiceInstance, drops: readonly NumberPoint[]): void {
    const { sensorLevels, sensorShares, breakers } = metrics;
    const told = sensorLevels.length + sensorShares.length + breakers.length;
    this.#points += told;
    if (told + drops.length === 0) return;
    for (const { value } of drops) this.#dropped += value;
    const { service, environment, instance: id } = instance;
    this.#readings.push({
      service,
      environment,
      instance: id,
      level: sensorLevelOf(sensorLevels.at(-1)?.attributes.sensorState ?? ''),
      cpuShare: sensorShares.at(-1)?.value,
      breakers: breakers
        .filter(({ attributes: { breakerState } }) => breakerState === 'open' || breakerState === 'closed')
        .map(({ attributes: { breakerName, breakerState, filePath, functionName, lineNumber } }) => ({
          ...{ name: short(breakerName), isOpen: breakerState === 'open' },
          ...{ file: filePath, function: functionName, line: lineNumber },
        })),
      dropped: drops.map(({ attributes, value }) => ({
        reason: short(attributes.reason) || 'the sensor does not say why',
        points: value,
      })),
    });
  }

  /** Queries or calls of other services; those that failed are told by `error.type`, each in a series of its own. */
  #operations(
    into: Detail[],
    points: readonly DurationPoint[],
    origin: string,
    kind: 'query' | 'call',
    labelOf: (attributes: PointAttributes) => string,
  ): void {
    for (const point of this.#durations(points, origin)) {
      const label = labelOf(point.attributes);
      if (label === '' || !this.#asked(point)) continue;
      this.#detail(into, point, kind, label, point.count, { seconds: point.sumSeconds });
      const { errorType } = point.attributes;
      if (errorType === '') continue;
      this.#detail(into, point, `${kind}Error`, label, point.count);
      if (kind === 'call') this.#detail(into, point, 'callErrorType', `${short(errorType)}\n${label}`, point.count);
    }
  }

  /** What no function is known to have asked (another sender's, or a pool's own query) has no place to be shown. */
  #asked(point: NumberPoint | DurationPoint): boolean {
    const { functionName, filePath } = point.attributes;
    if (functionName !== '' || filePath !== '') return this.#named(point);
    this.#points += 1;
    return false;
  }

  /** The points as deltas, which those of sensors are. */
  #numbers(points: readonly NumberPoint[], origin: string): readonly NumberPoint[] {
    if (!points.some(isCumulative)) return points;
    return points.flatMap((point) =>
      isCumulative(point) ? (this.#series.number(origin + point.attributes.identity, point) ?? []) : point,
    );
  }

  #durations(points: readonly DurationPoint[], origin: string): readonly DurationPoint[] {
    if (!points.some(isCumulative)) return points;
    return points.flatMap((point) =>
      isCumulative(point) ? (this.#series.duration(origin + point.attributes.identity, point) ?? []) : point,
    );
  }

  #named(point: NumberPoint | DurationPoint): boolean {
    const { functionName, filePath } = point.attributes;
    const reason =
      functionName === ''
        ? 'a point has no code.function.name'
        : filePath === ''
          ? 'a point has no code.file.path'
          : functionName.length > ingestLimits.nameLength
            ? `a function name is longer than ${ingestLimits.nameLength} characters`
            : isPath(filePath)
              ? undefined
              : `a file path is longer than ${ingestLimits.pathLength} characters`;
    if (reason === undefined) {
      this.#points += 1;
      return true;
    }
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
    return false;
  }

  /** What cannot be read as a whole has no function that could be named. */
  #namedOrWholeFile(point: NumberPoint): boolean {
    const { functionName, filePath } = point.attributes;
    if (functionName !== '' || !isPath(filePath)) return this.#named(point);
    this.#points += 1;
    return true;
  }

  #delta(point: NumberPoint, calls: number, errors: number): Delta {
    const time = this.#time(point);
    return {
      key: point.attributes,
      start: time - lengthOf(point),
      time,
      calls,
      errors,
      seconds: 0,
      maxSeconds: 0,
      samples: 0,
      histogram: emptyBlob,
    };
  }

  #duration(point: DurationPoint, countsCalls: boolean): Delta {
    const time = this.#time(point);
    return {
      key: point.attributes,
      start: time - lengthOf(point),
      time,
      calls: countsCalls ? 0 : point.count,
      errors: 0,
      seconds: point.sumSeconds,
      maxSeconds: point.count > 0 ? point.maxSeconds : 0,
      samples: point.count,
      histogram: point.histogram,
    };
  }

  #detail(
    into: Detail[],
    point: NumberPoint | DurationPoint,
    kind: DetailKind,
    label: string,
    count: number,
    durations: Pick<Detail, 'seconds' | 'maxSeconds' | 'histogram'> = {},
  ): void {
    if (count > 0) into.push({ key: point.attributes, time: this.#time(point), kind, label, count, ...durations });
  }

  #exemplar({ time, seconds, entry, conditions, traceId, spanId, queries }: ExemplarPoint): Exemplar {
    const at = time <= 0 ? this.#arrival : Math.min(time, this.#arrival);
    const asked = queries && { count: queries.count, summary: short(queries.summary) };
    return { time: at, seconds, entry: short(entry), conditions, traceId, spanId, queries: asked };
  }

  /** The point's own time, so that what arrives late goes where it belongs; but nothing is in the future. */
  #time(point: { readonly time: number; readonly attributes: PointAttributes }): number {
    if (point.time <= 0) return this.#arrival;
    if (point.time <= this.#arrival) return point.time;
    if (point.time > this.#arrival + ingestLimits.clockAheadMilliseconds) this.#ahead += 1;
    return this.#arrival;
  }
}

/** A clock that is ahead moves the whole stretch; a start that cannot be meant counts as none. */
const lengthOf = ({ start, time }: { readonly start: number; readonly time: number }): number =>
  start > 0 && time > start ? Math.min(time - start, longestStretch) : 0;
const isCumulative = ({ cumulative }: { readonly cumulative: boolean }): boolean => cumulative;
const isPath = (path: string): boolean => path !== '' && path.length <= ingestLimits.pathLength;
const queryOf = ({ query }: PointAttributes): string => query.slice(0, ingestLimits.statementLength);

const sum = new HistogramSum();

/** A histogram of repeats by powers of two: what is asked once, twice or three times, four to seven times… */
function byMagnitude({ histogram }: DurationPoint): Map<number, { count: number; queries: number }> {
  const magnitudes = new Map<number, { count: number; queries: number }>();
  sum.add(histogram);
  const { indexes, counts } = sum.take();
  indexes.forEach((index, i) => {
    const queries = Math.max(1, Math.round(bucketMiddle(index)));
    const least = 2 ** Math.min(20, Math.floor(Math.log2(queries)));
    const known = magnitudes.get(least) ?? { count: 0, queries: 0 };
    const count = counts[i] ?? 0;
    magnitudes.set(least, { count: known.count + count, queries: known.queries + count * queries });
  });
  return magnitudes;
}

const conditionSet: ReadonlySet<string> = new Set(Object.values(conditions));
const short = (text: string): string => text.slice(0, ingestLimits.labelLength);

function serviceInstance(resource: ReadonlyMap<string, string>): ServiceInstance {
  const value = (name: string): string | undefined => {
    const text = short(cleanText(resource.get(name) ?? '')).trim();
    return text === '' ? undefined : text;
  };
  const revision = value(resourceAttributes.revision);
  return {
    service: value(resourceAttributes.serviceName) ?? unknownService,
    environment: value(resourceAttributes.environment) ?? value('deployment.environment') ?? defaultEnvironment,
    version: value(resourceAttributes.serviceVersion) ?? revision ?? unknownVersion,
    revision,
    repository: value(resourceAttributes.repositoryUrl),
    instance: value(resourceAttributes.serviceInstanceId) ?? '',
  };
}
