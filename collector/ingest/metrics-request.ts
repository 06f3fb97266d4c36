/** What both readers (protobuf and JSON) make of an OTLP metrics request: only what Runlens stores, at one scale. */
import {
  type Condition,
  conditions,
  metrics,
  attributes as names,
  resourceAttributes,
} from '@runlens/protocol/telemetry';
import { exceptionLabel } from '../store/exception-label.ts';
import type { AskedQueries, FunctionKey } from '../store/profile-store.ts';
import { cleanText } from './clean-text.ts';

/** The attributes of a point that mean something here. Shared between points and requests with equal attributes. */
export interface PointAttributes extends FunctionKey {
  /** Tells series of one metric and resource apart: all attributes, also those that mean nothing here. */
  readonly identity: string;
  readonly errorType: string;
  readonly callerFunctionName: string;
  readonly callerFilePath: string;
  readonly entry: string;
  /** Under which the calls of a point ran: one of `conditions` in `protocol/telemetry.ts`. Empty: not told. */
  readonly condition: string;
  /** The route of an answered request, or the queue of a job: `POST /orders/:id`, `queue: mails/send`. Empty: neither. */
  readonly route: string;
  /** Of an HTTP answer; empty: not told. */
  readonly statusCode: string;
  readonly sourceBlob: string;
  readonly reason: string;
  /** How much a sensor does; empty: not told. */
  readonly sensorState: string;
  /** The name of a circuit breaker, and whether it is `open` or `closed`; empty: not told. */
  readonly breakerName: string;
  readonly breakerState: string;
  /** What is asked of a database: its system, line end, the statement. Empty: nothing is. */
  readonly query: string;
  /** What is asked of another service: `POST pay.example:443/charges`. Empty: nothing is. */
  readonly target: string;
  /** The function in one call of which a query was repeated: file, line end, function. Empty: not told. */
  readonly within: string;
  /** What is told of an error; the label of `store/exception-label.ts`. Empty: it is none. */
  readonly exception: string;
  /** What a function waits for one after the other, with lines. Empty: not told. */
  readonly waits: string;
  /** Whether the same was asked before: `true`, `false`, or empty: not told. */
  readonly same: string;
}

interface PointBase {
  readonly attributes: PointAttributes;
  /** Milliseconds since 1970; 0: not told. */
  readonly start: number;
  readonly time: number;
  readonly cumulative: boolean;
}
export interface NumberPoint extends PointBase {
  readonly value: number;
}
export interface DurationPoint extends PointBase {
  readonly count: number;
  readonly sumSeconds: number;
  /** NaN: not told. */
  readonly maxSeconds: number;
  /** Bytes of `store/histogram-blob.ts`. */
  readonly histogram: Uint8Array;
  /** Some of its calls: none where the sender gives none, and for metrics of which they are not kept. */
  readonly exemplars: readonly ExemplarPoint[];
}
/** One call among those of a histogram. */
export interface ExemplarPoint {
  /** Milliseconds since 1970; 0: not told. */
  readonly time: number;
  readonly seconds: number;
  /** Hexadecimal; empty: not told. */
  readonly traceId: string;
  readonly spanId: string;
  readonly entry: string;
  readonly conditions: readonly Condition[];
  readonly queries: AskedQueries | undefined;
}

/** The metrics that are stored, by what they do here. */
export const storedMetrics = {
  [metrics.calls]: 'calls',
  [metrics.errors]: 'errors',
  [metrics.duration]: 'durations',
  [metrics.conditions]: 'conditions',
  [metrics.callers]: 'callers',
  [metrics.exceptions]: 'exceptions',
  [metrics.dbDuration]: 'queries',
  [metrics.httpDuration]: 'outgoing',
  [metrics.serverDuration]: 'served',
  [metrics.processDuration]: 'served',
  [metrics.repeats]: 'repeats',
  [metrics.serialWaits]: 'serialWaits',
  [metrics.sameAsked]: 'sameAsked',
  [metrics.sourceFile]: 'sourceFiles',
  [metrics.unmeasured]: 'unmeasured',
  [metrics.dropped]: 'dropped',
  [metrics.breakers]: 'breakers',
  [metrics.sensorLevel]: 'sensorLevels',
  [metrics.sensorCpuShare]: 'sensorShares',
} as const;
export type StoredMetric = (typeof storedMetrics)[keyof typeof storedMetrics];

const histogramMetrics = ['durations', 'conditions', 'queries', 'outgoing', 'served', 'repeats'] as const;
export type HistogramMetric = (typeof histogramMetrics)[number];
const histogramMetricSet: ReadonlySet<string> = new Set(histogramMetrics);
export const isHistogramMetric = (metric: StoredMetric): metric is HistogramMetric => histogramMetricSet.has(metric);

export const storedMetric = (name: string): StoredMetric | undefined =>
  Object.hasOwn(storedMetrics, name) ? storedMetrics[name as keyof typeof storedMetrics] : undefined; // hasOwn has just shown it to be a key

export interface ResourceMetrics {
  readonly resource: ReadonlyMap<string, string>;
  readonly calls: NumberPoint[];
  readonly errors: NumberPoint[];
  readonly callers: NumberPoint[];
  readonly exceptions: NumberPoint[];
  readonly serialWaits: NumberPoint[];
  readonly sameAsked: NumberPoint[];
  readonly sourceFiles: NumberPoint[];
  readonly unmeasured: NumberPoint[];
  readonly dropped: NumberPoint[];
  readonly breakers: NumberPoint[];
  /** What the sensor tells of itself: how much it does, by an attribute, and what it costs. */
  readonly sensorLevels: NumberPoint[];
  readonly sensorShares: NumberPoint[];
  readonly durations: DurationPoint[];
  readonly conditions: DurationPoint[];
  readonly queries: DurationPoint[];
  readonly outgoing: DurationPoint[];
  /** Requests that the service has answered. */
  readonly served: DurationPoint[];
  /** Values are counts of queries, not seconds. */
  readonly repeats: DurationPoint[];
}

export const emptyResourceMetrics = (resource: ReadonlyMap<string, string>): ResourceMetrics => ({
  resource,
  calls: [],
  errors: [],
  callers: [],
  exceptions: [],
  serialWaits: [],
  sameAsked: [],
  sourceFiles: [],
  unmeasured: [],
  dropped: [],
  breakers: [],
  sensorLevels: [],
  sensorShares: [],
  durations: [],
  conditions: [],
  queries: [],
  outgoing: [],
  served: [],
  repeats: [],
});

export interface MetricsRequest {
  readonly resources: readonly ResourceMetrics[];
  /** Points of metrics that Runlens does not store: taken and forgotten, since other receivers may want them. */
  readonly ignoredPoints: number;
  /** Points that are not valid, by a sentence that says why. */
  readonly rejected: ReadonlyMap<string, number>;
}

/** The request cannot be read: `message` says where and why. */
export class MalformedRequestError extends Error {
  override readonly name = 'MalformedRequestError';
}

/** Resource attributes that are read; others are skipped unread. */
export const readResourceAttributes: ReadonlySet<string> = new Set([
  ...Object.values(resourceAttributes),
  // The name before semantic conventions 1.27.
  'deployment.environment',
]);

/** The old names (semantic conventions before 1.33) stand in where the stable ones are absent. */
export function pointAttributes(identity: string, values: ReadonlyMap<string, string>): PointAttributes {
  const text = (name: string, older?: string): string =>
    cleanText(values.get(name) ?? (older === undefined ? undefined : values.get(older)) ?? '');
  const namespace = cleanText(values.get('code.namespace') ?? '');
  const older = cleanText(values.get('code.function') ?? '');
  const line = Number(values.get(names.lineNumber) ?? values.get('code.lineno') ?? 0);
  return {
    identity,
    found: undefined,
    functionName: text(names.functionName) || (namespace && older ? `${namespace}.${older}` : older),
    filePath: text(names.filePath, 'code.filepath'),
    lineNumber: Number.isSafeInteger(line) && line > 0 && line < 2 ** 31 ? line : 0,
    errorType: text(names.errorType),
    callerFunctionName: text(names.callerFunctionName),
    callerFilePath: text(names.callerFilePath),
    entry: text(names.entry),
    condition: text(names.condition),
    route: routeOf(text),
    statusCode: text(names.httpStatusCode, 'http.status_code'),
    sourceBlob: text(names.sourceBlob),
    reason: text(names.reason),
    sensorState: text(names.sensorState),
    breakerName: text(names.breakerName),
    breakerState: text(names.breakerState),
    query: queryOf(text),
    target: targetOf(text),
    exception: exceptionOf(text),
    waits: text(names.waits),
    same: text(names.same),
    within: text(names.withinFunctionName) && `${text(names.withinFilePath)}\n${text(names.withinFunctionName)}`,
  };
}

/** Exemplars that are read of one point: a sensor gives three. */
export const mostExemplars = 10;
/** Attributes of an exemplar that are read. */
export const readExemplarAttributes: ReadonlySet<string> = new Set([
  names.entry,
  names.conditions,
  names.queries,
  names.queriesSummary,
]);
const traceIdForm = /^(?!0+$)[0-9a-f]{32}$/;
const spanIdForm = /^(?!0+$)[0-9a-f]{16}$/;
const knownConditions: readonly Condition[] = Object.values(conditions);

export interface RawExemplar {
  readonly time: number;
  readonly seconds: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Undefined: it is no duration. Ids that are none, and conditions that are not known, are left out. */
export function exemplarPoint({ time, seconds, traceId, spanId, attributes }: RawExemplar): ExemplarPoint | undefined {
  if (!Number.isFinite(seconds) || seconds < 0) return undefined;
  const told = new Set((attributes.get(names.conditions) ?? '').split(','));
  const queries = attributes.get(names.queries) ?? '';
  const trace = traceId.toLowerCase();
  const span = spanId.toLowerCase();
  return {
    time,
    seconds,
    traceId: traceIdForm.test(trace) ? trace : '',
    spanId: spanIdForm.test(span) ? span : '',
    entry: cleanText(attributes.get(names.entry) ?? ''),
    conditions: knownConditions.filter((condition) => told.has(condition)),
    queries: /^\d{1,9}$/.test(queries)
      ? { count: Number(queries), summary: cleanText(attributes.get(names.queriesSummary) ?? '') }
      : undefined,
  };
}

/** With the names before semantic conventions 1.33 as well. */
function queryOf(text: (name: string, older?: string) => string): string {
  const system = text(names.dbSystem, 'db.system');
  if (system === '') return '';
  const operation = `${text(names.dbOperation, 'db.operation')} ${text(names.dbCollection)}`.trim();
  return `${system}\n${text(names.dbText, 'db.statement') || text(names.dbSummary) || operation}`;
}

function exceptionOf(text: (name: string) => string): string {
  const type = text(names.exceptionType);
  if (type === '') return '';
  const line = Number(text(names.thrownLineNumber));
  return exceptionLabel({
    type,
    handled: text(names.exceptionHandled),
    cause: text(names.exceptionCause),
    shape: text(names.exceptionShape),
    file: text(names.thrownFilePath),
    function: text(names.thrownFunctionName),
    line: Number.isSafeInteger(line) && line > 0 && line < 2 ** 31 ? line : 0,
  });
}

function routeOf(text: (name: string, older?: string) => string): string {
  const route = text(names.httpRoute) || text(names.urlTemplate);
  if (route !== '') return `${text(names.httpMethod, 'http.method')} ${route}`.trim();
  const queue = text(names.messagingDestination);
  return queue === '' ? '' : text(names.entry) || `queue: ${queue}`;
}

function targetOf(text: (name: string, older?: string) => string): string {
  const address = text(names.serverAddress, 'net.peer.name');
  if (address === '' || text(names.dbSystem, 'db.system') !== '') return '';
  const port = text(names.serverPort, 'net.peer.port');
  const where = `${address}${port === '' ? '' : `:${port}`}${text(names.urlTemplate)}`;
  return `${text(names.httpMethod, 'http.method')} ${where}`.trim();
}

/** How many seconds one of a metric's unit is (UCUM); undefined for a unit that is no time. Repeats are plain counts. */
export function unitSeconds(metric: HistogramMetric, unit: string): number | undefined {
  if (metric === 'repeats') return 1;
  switch (unit) {
    case '':
    case 's':
      return 1;
    case 'ms':
      return 1e-3;
    case 'us':
      return 1e-6;
    case 'ns':
      return 1e-9;
    case 'min':
      return 60;
    default:
      return undefined;
  }
}
