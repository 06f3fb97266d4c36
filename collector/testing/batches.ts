/** Builds what tests give to a store or post to a collector. */
import { bucketIndex } from '@runlens/protocol/histogram';
import { encodeHistogram } from '../store/histogram-blob.ts';
import type { Batch, Delta, ServiceInstance } from '../store/profile-store.ts';

export const shop: ServiceInstance = {
  service: 'shop',
  environment: 'production',
  version: 'v1',
  revision: undefined,
  repository: undefined,
  instance: 'one',
};

export interface CalledFunction {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly calls?: number;
  readonly errors?: number;
  /** Of each call. */
  readonly seconds?: number;
}

/** A stretch of ten seconds that ends at `time`. */
export function delta(time: number, called: CalledFunction): Delta {
  const { name, file = 'src/shop.ts', line = 1, calls = 1, errors = 0, seconds } = called;
  const timed = seconds !== undefined && calls > 0;
  return {
    key: { functionName: name, filePath: file, lineNumber: line },
    start: time - 10_000,
    time,
    calls,
    errors,
    seconds: timed ? seconds * calls : 0,
    maxSeconds: timed ? seconds : 0,
    samples: timed ? calls : 0,
    histogram: encodeHistogram({
      zeroCount: 0,
      indexes: timed ? [bucketIndex(seconds)] : [],
      counts: timed ? [calls] : [],
    }),
  };
}

export function batch(time: number, functions: readonly CalledFunction[], overrides: Partial<Batch> = {}): Batch {
  return {
    instance: shop,
    arrival: time,
    sources: [],
    unmeasured: [],
    details: [],
    exemplars: [],
    deltas: functions.map((called) => delta(time, called)),
    ...overrides,
  };
}

/** An OTLP/JSON metrics request with delta sums of calls and exponential histograms of durations. */
export function otlpRequest(
  time: number,
  functions: readonly CalledFunction[],
  resource: Readonly<Record<string, string>> = {},
): object {
  const timeUnixNano = `${Math.round(time)}000000`;
  const startTimeUnixNano = `${Math.round(time - 1_000)}000000`;
  const attributes = ({ name, file = 'src/shop.ts', line = 1 }: CalledFunction): object[] => [
    { key: 'code.function.name', value: { stringValue: name } },
    { key: 'code.file.path', value: { stringValue: file } },
    { key: 'code.line.number', value: { intValue: String(line) } },
  ];
  const sum = (value: (called: CalledFunction) => number): object => ({
    aggregationTemporality: 1,
    isMonotonic: true,
    dataPoints: functions.map((called) => ({
      attributes: attributes(called),
      startTimeUnixNano,
      timeUnixNano,
      asInt: String(value(called)),
    })),
  });
  const timed = functions.filter(({ seconds }) => seconds !== undefined);
  const resourceAttributes = {
    'service.name': 'shop',
    'service.version': 'v1',
    'service.instance.id': 'one',
    'deployment.environment.name': 'production',
    ...resource,
  };
  return {
    resourceMetrics: [
      {
        resource: {
          attributes: Object.entries(resourceAttributes).map(([key, value]) => ({
            key,
            value: { stringValue: value },
          })),
        },
        scopeMetrics: [
          {
            metrics: [
              { name: 'code.function.calls', unit: '{call}', sum: sum(({ calls = 1 }) => calls) },
              { name: 'code.function.errors', unit: '{call}', sum: sum(({ errors = 0 }) => errors) },
              {
                name: 'code.function.duration',
                unit: 's',
                exponentialHistogram: {
                  aggregationTemporality: 1,
                  dataPoints: timed.map((called) => ({
                    attributes: attributes(called),
                    startTimeUnixNano,
                    timeUnixNano,
                    count: String(called.calls ?? 1),
                    sum: (called.seconds ?? 0) * (called.calls ?? 1),
                    scale: 5,
                    zeroCount: '0',
                    positive: { offset: bucketIndex(called.seconds ?? 1), bucketCounts: [String(called.calls ?? 1)] },
                    max: called.seconds ?? 0,
                  })),
                },
              },
            ],
          },
        ],
      },
    ],
  };
}
