import { type SensorLevel, sensorLevels } from '@runlens/protocol/control-names';
import { conditionScale, histogramCount, histogramScale, type SparseHistogram } from '@runlens/protocol/histogram';
import { attributes, metrics } from '@runlens/protocol/telemetry';
import type { SpanIds } from '../conditions/active-span.ts';
import type { SeriesMetric } from '../operations/recorder.ts';
import {
  type Batch,
  type DurationNumbers,
  type FunctionIdentity,
  type FunctionNumbers,
  type OperationNumbers,
  pointsOfFunction,
} from './batch.ts';
import type { DroppedPoints } from './dropped.ts';

/** The OTLP data model, as far as the sensor needs it; both encodings are written from it. */
export type Attribute = readonly [key: string, value: string | number];

export interface NumberPoint {
  readonly attributes: readonly Attribute[];
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

export interface HistogramPoint {
  readonly attributes: readonly Attribute[];
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly scale: number;
  readonly zeroCount: number;
  /** The index of the first of `bucketCounts`; the others follow without gaps. */
  readonly offset: number;
  readonly bucketCounts: readonly number[];
  /** Seconds. */
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly exemplars?: readonly Exemplar[];
}

/** One of the values of a histogram. */
export interface Exemplar {
  readonly attributes: readonly Attribute[];
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Seconds. */
  readonly value: number;
  readonly span: SpanIds | undefined;
}

export type Metric =
  | { readonly kind: 'sum'; readonly name: string; readonly unit: string; readonly points: NumberPoint[] }
  | { readonly kind: 'gauge'; readonly name: string; readonly unit: string; readonly points: NumberPoint[] }
  | { readonly kind: 'histogram'; readonly name: string; readonly unit: string; readonly points: HistogramPoint[] };

/** A file whose text runs in this process. */
export interface LoadedSource {
  readonly file: string;
  /** Git's object id of the text as written; nothing when that text could not be had. */
  readonly blob: string | undefined;
}

/** A function that was seen and is not measured. */
export interface UnmeasuredFunction extends FunctionIdentity {
  readonly reason: string;
}

/** What is told once, and again after an outage: which functions and files there are. */
export interface Inventory {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly functions: readonly FunctionIdentity[];
  readonly sources: readonly LoadedSource[];
  readonly unmeasured: readonly UnmeasuredFunction[];
}

/** What the sensor itself does and costs. */
export interface SensorReading {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: SensorLevel;
  /** As `SensorState.cpuShare` of the protocol; undefined: not known. */
  readonly cpuShare: number | undefined;
}

/** What goes into one request; its points keep the times of the batch that they are of. */
export interface Shipment {
  readonly batches: readonly Batch[];
  readonly inventory: Inventory | undefined;
  /** What had to be dropped before. */
  readonly dropped?: DroppedPoints | undefined;
  readonly sensor?: SensorReading | undefined;
  /** Points of its batches. */
  readonly points: number;
}

/** At most `mostPoints` points in each shipment; a batch too large for one is split, with the same times. */
export function toShipments(
  batches: readonly Batch[],
  inventory: Inventory | undefined,
  mostPoints: number,
): Shipment[] {
  const shipments: Shipment[] = [];
  if (inventory) {
    for (const part of splitInventory(inventory, mostPoints))
      shipments.push({ batches: [], inventory: part, points: 0 });
  }
  let parts: Batch[] = [];
  let points = 0;
  for (const batch of batches) {
    let functions = new Map<FunctionIdentity, FunctionNumbers>();
    let operations = new Map<string, OperationNumbers>();
    const ship = (): void => {
      if (functions.size + operations.size > 0) parts.push({ ...batch, functions, operations });
      functions = new Map();
      operations = new Map();
    };
    const makeRoom = (more: number): void => {
      if (points === 0 || points + more <= mostPoints) return;
      ship();
      shipments.push({ batches: parts, inventory: undefined, points });
      parts = [];
      points = 0;
    };
    for (const [identity, numbers] of batch.functions) {
      const more = pointsOfFunction(numbers);
      makeRoom(more);
      functions.set(identity, numbers);
      points += more;
    }
    for (const [key, numbers] of batch.operations) {
      makeRoom(1);
      operations.set(key, numbers);
      points += 1;
    }
    ship();
  }
  if (parts.length > 0) shipments.push({ batches: parts, inventory: undefined, points });
  return shipments;
}

function splitInventory(inventory: Inventory, most: number): Inventory[] {
  const { at, functions, sources, unmeasured } = inventory;
  const parts: Inventory[] = [];
  const longest = Math.max(functions.length, sources.length, unmeasured.length);
  const each = Math.max(1, Math.floor(most / 3));
  for (let from = 0; from < longest; from += each) {
    const of = <T>(list: readonly T[]) => list.slice(from, from + each);
    parts.push({ at, functions: of(functions), sources: of(sources), unmeasured: of(unmeasured) });
  }
  return parts;
}

/** The metrics of a shipment, in OTLP's data model. */
export function toMetrics({ batches, inventory, dropped, sensor }: Shipment): readonly Metric[] {
  const builder = new MetricsBuilder();
  if (inventory) addInventory(builder, inventory);
  for (const batch of batches) addBatch(builder, batch);
  if (dropped) addDropped(builder, dropped);
  if (sensor) addSensor(builder, sensor);
  return builder.finish();
}

function addBatch(builder: MetricsBuilder, batch: Batch): void {
  const { start, end } = batch;
  for (const [identity, numbers] of batch.functions) {
    const own = functionAttributes(identity);
    builder.number('sum', metrics.calls, '{call}', { attributes: own, start, end, value: numbers.calls });
    for (const [type, value] of numbers.errors) {
      const typed = [...own, [attributes.errorType, type] as const];
      builder.number('sum', metrics.errors, '{call}', { attributes: typed, start, end, value });
    }
    if (numbers.duration) {
      const point = histogramPoint(own, start, end, numbers.duration);
      const { exemplars } = numbers;
      builder.histogram(metrics.duration, 's', exemplars.length > 0 ? { ...point, exemplars } : point);
    }
  }
  for (const { metric, attributes: own, numbers } of batch.operations.values()) {
    const unit = seriesUnits[metric];
    if (typeof numbers === 'number')
      builder.number('sum', metric, unit, { attributes: own, start, end, value: numbers });
    else {
      const scale = metric === metrics.conditions ? conditionScale : histogramScale;
      builder.histogram(metric, unit, histogramPoint(own, start, end, numbers, scale));
    }
  }
}

const seriesUnits: Readonly<Record<SeriesMetric, string>> = {
  [metrics.callers]: '{call}',
  [metrics.exceptions]: '{exception}',
  [metrics.conditions]: 's',
  [metrics.breakers]: '{breaker}',
  [metrics.coldStarts]: '{coldstart}',
  [metrics.dbDuration]: 's',
  [metrics.dbRows]: '{row}',
  [metrics.httpDuration]: 's',
  [metrics.serverDuration]: 's',
  [metrics.processDuration]: 's',
  [metrics.repeats]: '{query}',
  [metrics.serialWaits]: '{call}',
  [metrics.sameAsked]: '{operation}',
};

function addDropped(builder: MetricsBuilder, { start, end, points }: DroppedPoints): void {
  for (const [reason, value] of points) {
    const told: Attribute[] = [[attributes.reason, reason]];
    builder.number('sum', metrics.dropped, '{point}', { attributes: told, start, end, value });
  }
}

function addSensor(builder: MetricsBuilder, { at, level, cpuShare }: SensorReading): void {
  const when = { start: at, end: at };
  const state: Attribute[] = [[attributes.sensorState, level]];
  builder.number('gauge', metrics.sensorLevel, '1', { attributes: state, ...when, value: sensorLevels.indexOf(level) });
  if (cpuShare !== undefined) {
    builder.number('gauge', metrics.sensorCpuShare, '1', { attributes: [], ...when, value: cpuShare });
  }
}

function addInventory(builder: MetricsBuilder, inventory: Inventory): void {
  const at = { start: inventory.at, end: inventory.at };
  for (const { file, blob } of inventory.sources) {
    const known: Attribute[] = [[attributes.filePath, file]];
    if (blob !== undefined) known.push([attributes.sourceBlob, blob]);
    builder.number('gauge', metrics.sourceFile, '1', { attributes: known, ...at, value: 1 });
  }
  for (const identity of inventory.functions) {
    builder.number('sum', metrics.calls, '{call}', { attributes: functionAttributes(identity), ...at, value: 0 });
  }
  for (const one of inventory.unmeasured) {
    const told: Attribute[] = [...functionAttributes(one), [attributes.reason, one.reason]];
    builder.number('gauge', metrics.unmeasured, '1', { attributes: told, ...at, value: 1 });
  }
}

export function functionAttributes(identity: FunctionIdentity): readonly Attribute[] {
  return [
    [attributes.functionName, identity.name],
    [attributes.filePath, identity.file],
    [attributes.lineNumber, identity.line],
  ];
}

function histogramPoint(
  attributes: readonly Attribute[],
  start: number,
  end: number,
  { histogram, sum, min, max }: DurationNumbers,
  scale: number = histogramScale,
): HistogramPoint {
  return {
    attributes,
    start,
    end,
    count: histogramCount(histogram),
    scale,
    zeroCount: histogram.zeroCount,
    ...denseBuckets(histogram),
    sum,
    min,
    max,
  };
}

/** OTLP's buckets have no gaps: those between the first and the last that hold something are written as zeros. */
function denseBuckets({ indexes, counts }: SparseHistogram): { offset: number; bucketCounts: number[] } {
  const offset = indexes[0] ?? 0;
  const bucketCounts = new Array<number>((indexes.at(-1) ?? offset - 1) - offset + 1).fill(0);
  indexes.forEach((index, i) => {
    bucketCounts[index - offset] = counts[i] ?? 0;
  });
  return { offset, bucketCounts };
}

class MetricsBuilder {
  readonly #metrics = new Map<string, Metric>();

  number(kind: 'sum' | 'gauge', name: string, unit: string, point: NumberPoint): void {
    const metric = this.#metric(name, () => ({ kind, name, unit, points: [] }));
    if (metric.kind !== 'histogram') metric.points.push(point);
  }

  histogram(name: string, unit: string, point: HistogramPoint): void {
    const metric = this.#metric(name, () => ({ kind: 'histogram', name, unit, points: [] }));
    if (metric.kind === 'histogram') metric.points.push(point);
  }

  finish(): readonly Metric[] {
    return [...this.#metrics.values()];
  }

  #metric(name: string, make: () => Metric): Metric {
    const known = this.#metrics.get(name);
    if (known) return known;
    const made = make();
    this.#metrics.set(name, made);
    return made;
  }
}
