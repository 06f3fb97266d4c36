/** What a measured service sends: an OTLP/JSON metrics request, built from the few things that a test is about. */
import { bucketIndex, histogramScale } from '@runlens/protocol/histogram';
import { attributes, metrics, resourceAttributes } from '@runlens/protocol/telemetry';

export interface TelledFunction {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly calls: number;
  readonly errors?: number;
  /** Of each call. */
  readonly seconds?: number;
}

export interface ServiceTelemetry {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly revision?: string;
  readonly instance?: string;
  readonly functions: readonly TelledFunction[];
  /** Git's ids of the texts that run, by file. */
  readonly blobs?: Readonly<Record<string, string>>;
  readonly unmeasured?: readonly {
    readonly name: string;
    readonly file: string;
    readonly line: number;
    readonly reason: string;
  }[];
}

type Attribute = readonly [key: string, value: string | number];

/** Posts the last ten seconds of a service to a collector. Throws when it does not take them. */
export async function tell(collectorUrl: string, telemetry: ServiceTelemetry, now = Date.now()): Promise<void> {
  const response = await fetch(`${collectorUrl}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(metricsRequest(telemetry, now)),
  });
  const body = await response.text();
  if (!response.ok || /rejected/i.test(body)) throw new Error(`the collector answered ${response.status}: ${body}`);
}

function metricsRequest(telemetry: ServiceTelemetry, now: number): object {
  const time = { startTimeUnixNano: `${now - 10_000}000000`, timeUnixNano: `${now}000000` };
  const point = (of: readonly Attribute[], value: object): object => ({
    attributes: of.map(keyValue),
    ...time,
    ...value,
  });
  const identity = ({
    name,
    file,
    line,
  }: {
    readonly name: string;
    readonly file: string;
    readonly line: number;
  }): Attribute[] => [
    [attributes.functionName, name],
    [attributes.filePath, file],
    [attributes.lineNumber, line],
  ];
  const { functions } = telemetry;
  const timed = functions.flatMap((each) =>
    each.seconds !== undefined && each.calls > 0 ? [{ ...each, seconds: each.seconds }] : [],
  );
  const failed = functions.flatMap((each) => (each.errors ? [{ ...each, errors: each.errors }] : []));
  const sum = (dataPoints: readonly object[]): object => ({
    sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints },
  });
  const all = [
    { name: metrics.calls, ...sum(functions.map((each) => point(identity(each), { asInt: String(each.calls) }))) },
    {
      name: metrics.errors,
      ...sum(
        failed.map((each) =>
          point([...identity(each), [attributes.errorType, 'Error']], { asInt: String(each.errors) }),
        ),
      ),
    },
    {
      name: metrics.duration,
      unit: 's',
      exponentialHistogram: {
        aggregationTemporality: 1,
        dataPoints: timed.map((each) =>
          point(identity(each), {
            count: String(each.calls),
            sum: each.calls * each.seconds,
            min: each.seconds,
            max: each.seconds,
            scale: histogramScale,
            zeroCount: '0',
            positive: { offset: bucketIndex(each.seconds), bucketCounts: [String(each.calls)] },
          }),
        ),
      },
    },
    {
      name: metrics.sourceFile,
      gauge: {
        dataPoints: Object.entries(telemetry.blobs ?? {}).map(([file, blob]) =>
          point(
            [
              [attributes.filePath, file],
              [attributes.sourceBlob, blob],
            ],
            { asInt: '1' },
          ),
        ),
      },
    },
    {
      name: metrics.unmeasured,
      gauge: {
        dataPoints: (telemetry.unmeasured ?? []).map((each) =>
          point([...identity(each), [attributes.reason, each.reason]], { asInt: '1' }),
        ),
      },
    },
  ];
  const resource: Attribute[] = [
    [resourceAttributes.serviceName, telemetry.service],
    [resourceAttributes.environment, telemetry.environment],
    [resourceAttributes.serviceVersion, telemetry.version],
    [resourceAttributes.serviceInstanceId, telemetry.instance ?? 'one'],
    ...(telemetry.revision === undefined ? [] : [[resourceAttributes.revision, telemetry.revision] as const]),
  ];
  return { resourceMetrics: [{ resource: { attributes: resource.map(keyValue) }, scopeMetrics: [{ metrics: all }] }] };
}

const keyValue = ([key, value]: Attribute): object => ({
  key,
  value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
});
