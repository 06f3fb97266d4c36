import { bucketIndex, bucketMiddle, histogramCount, quantile } from '@runlens/protocol/histogram';
import { describe, expect, test } from 'vitest';
import { readExceptionLabel } from '../store/exception-label.ts';
import { HistogramSum } from '../store/histogram-blob.ts';
import { otlpRequest } from '../testing/batches.ts';
import { batchesOf } from './batches.ts';
import { fromExplicit, fromExponential } from './duration-histogram.ts';
import { JsonMetricsReader } from './json-metrics.ts';
import type { DurationPoint, NumberPoint } from './metrics-request.ts';
import { CumulativeSeries } from './temporality.ts';

const now = Date.UTC(2026, 5, 15, 12);
const accepted = (request: object) =>
  batchesOf(new JsonMetricsReader().read(Buffer.from(JSON.stringify(request))), now, new CumulativeSeries(now).stage());
const histogramOf = (blob: Uint8Array) => {
  const sum = new HistogramSum();
  sum.add(blob);
  return sum.take();
};

describe('clocks that disagree', () => {
  test('a clock ahead counts as now, and is noticed', () => {
    const { batches, ahead } = accepted(otlpRequest(now + 3_600_000, [{ name: 'pay' }]));
    expect(batches[0]?.deltas[0]).toMatchObject({ time: now, start: now - 1_000 });
    expect(ahead).toBeGreaterThan(0);
  });
  test('a clock some milliseconds ahead is not worth a word', () => {
    const { batches, ahead } = accepted(otlpRequest(now + 300, [{ name: 'pay' }]));
    expect(batches[0]?.deltas[0]?.time).toBe(now);
    expect(ahead).toBe(0);
  });
  test('what comes late keeps its own time', () => {
    expect(accepted(otlpRequest(now - 7_200_000, [{ name: 'pay' }])).batches[0]?.deltas[0]?.time).toBe(now - 7_200_000);
  });
  test('no time at all is now', () => {
    expect(accepted(otlpRequest(0, [{ name: 'pay' }])).batches[0]?.deltas[0]?.time).toBe(now);
  });
});

describe('errors', () => {
  const request = (own: Readonly<Record<string, string>>) => ({
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'runlens.function.exceptions',
                sum: {
                  aggregationTemporality: 1,
                  isMonotonic: true,
                  dataPoints: [
                    {
                      asInt: '3',
                      attributes: Object.entries({
                        'code.function.name': 'pay',
                        'code.file.path': 'a.ts',
                        'exception.type': 'Error',
                        ...own,
                      }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  });
  const facts = (own: Readonly<Record<string, string>>) => {
    const [detail] = accepted(request(own)).batches[0]?.details ?? [];
    return detail && { ...readExceptionLabel(detail.label), kind: detail.kind, count: detail.count };
  };
  const nothing = { kind: 'thrown', count: 3, type: 'Error', cause: '', shape: '', file: '', function: '', line: 0 };

  test('are taken with what they say, where they were thrown and what became of them', () => {
    const own = {
      'runlens.exception.shape': 'no such card: {n}',
      'runlens.exception.cause': 'TypeError < ENOENT',
      'runlens.exception.handled': 'here',
      'runlens.exception.thrown.function.name': 'check',
      'runlens.exception.thrown.file.path': 'src/card.ts',
      'runlens.exception.thrown.line.number': '7',
    };
    expect(facts(own)).toEqual({
      ...nothing,
      shape: 'no such card: {n}',
      cause: 'TypeError < ENOENT',
      handled: 'here',
      function: 'check',
      file: 'src/card.ts',
      line: 7,
    });
  });

  test.each([
    ['an outcome that nobody knows', { 'runlens.exception.handled': 'perhaps' }, {}],
    [
      'a line end, which would move all that follows',
      { 'runlens.exception.shape': 'a\nhere' },
      { shape: 'a\ufffdhere' },
    ],
    ['a text that is too long', { 'runlens.exception.shape': 'x'.repeat(9_000) }, { shape: 'x'.repeat(256) }],
    ['a place without a file', { 'runlens.exception.thrown.function.name': 'check' }, {}],
    ['a line that is none', { 'runlens.exception.thrown.line.number': '1e9999' }, {}],
  ])('%s does no harm', (_title, own, expected) => {
    expect(facts(own)).toEqual({ ...nothing, handled: 'unknown', ...expected });
  });

  test('without a type are nothing to be told of', () => {
    expect(accepted(request({ 'exception.type': '' })).batches[0]?.details).toEqual([]);
  });
});

describe('names from outside', () => {
  test.each([
    ['control characters', 'a\u0000b\u001b[31m\nc', 'a\ufffdb\ufffd[31m\ufffdc'],
    ['marks that turn the direction of writing', 'admin\u202egnp.exe', 'admin\ufffdgnp.exe'],
    ['a lone surrogate', 'x\ud800y', 'x\ufffdy'],
    ['line separators', 'a\u2028b', 'a\ufffdb'],
  ])('%s are made visible', (_title, name, clean) => {
    expect(accepted(otlpRequest(now, [{ name }])).batches[0]?.deltas[0]?.key.functionName).toBe(clean);
  });
  test.each([
    '日本語',
    'Ünïcödé',
    '𝔘𝔫𝔦',
    '👩‍👩‍👧',
    'עברית',
    '$_',
    '#private',
    'a.[Symbol.iterator]',
    '__proto__',
    'constructor',
  ])('%s stays as it is', (name) => {
    expect(accepted(otlpRequest(now, [{ name }])).batches[0]?.deltas[0]?.key.functionName).toBe(name);
  });
  test('no name, no file, and names without end are rejected with the reason', () => {
    const functions = [
      { name: '' },
      { name: 'a', file: '' },
      { name: 'x'.repeat(600) },
      { name: 'b', file: 'y'.repeat(2_000) },
    ];
    const { batches, rejected } = accepted(otlpRequest(now, functions));
    expect(batches[0]?.deltas).toEqual([]);
    expect(rejected.size).toBe(4);
  });
});

test('a service that tells nothing of itself has a name, an environment and a version', () => {
  const request = { resourceMetrics: [{ scopeMetrics: [] }] };
  expect(accepted(request).batches[0]?.instance).toMatchObject({
    service: 'unknown_service:node',
    environment: 'development',
    version: 'unknown',
  });
});

test('a sender that counts no calls has told them by its histogram', () => {
  const request = JSON.parse(JSON.stringify(otlpRequest(now, [{ name: 'pay', calls: 4, seconds: 0.1 }])));
  request.resourceMetrics[0].scopeMetrics[0].metrics.splice(0, 2);
  expect(accepted(request).batches[0]?.deltas).toMatchObject([{ calls: 4, samples: 4 }]);
});

describe('conditions and slowest calls', () => {
  const name = 'a\u202egnp.exe';
  function request(attribute: readonly [key: string, value: string], exemplars: readonly object[] = []): object {
    const made = JSON.parse(JSON.stringify(otlpRequest(now, [{ name: 'pay', calls: 4, seconds: 0.1 }])));
    const { metrics } = made.resourceMetrics[0].scopeMetrics[0];
    const duration = metrics[2];
    const condition = JSON.parse(JSON.stringify(duration));
    condition.name = 'runlens.function.duration';
    const [key, value] = attribute;
    condition.exponentialHistogram.dataPoints[0].attributes.push({ key, value: { stringValue: value } });
    duration.exponentialHistogram.dataPoints[0].exemplars = exemplars;
    metrics.push(condition);
    return made;
  }

  test('durations are kept by a condition that is known, or else by entry; nothing else is', () => {
    expect(accepted(request(['runlens.condition', 'cold'])).batches[0]?.details).toMatchObject([
      { kind: 'condition', label: 'cold', count: 4, seconds: 0.4, maxSeconds: 0.1 },
    ]);
    const [entry] = accepted(request(['runlens.entry', `GET /${name}`])).batches[0]?.details ?? [];
    expect(entry).toMatchObject({ kind: 'entryDuration', label: 'GET /a\ufffdgnp.exe', count: 4 });
    expect(histogramOf(entry?.histogram ?? new Uint8Array(0)).counts).toEqual([4]);
    expect(accepted(request(['runlens.condition', '<script>'])).batches[0]?.details).toEqual([]);
  });

  test('exemplars are kept with what can be meant of them', () => {
    const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    const accept = (...exemplars: readonly object[]) =>
      accepted(request(['runlens.condition', 'cold'], exemplars)).batches[0]?.exemplars.map(({ exemplar }) => exemplar);
    const known = { timeUnixNano: `${now - 500}000000`, asDouble: 0.09 };
    const nothing = { entry: '', conditions: [], traceId: '', spanId: '', queries: undefined };
    const ids = { traceId: '0AF7651916CD43DD8448EB211C80319C', spanId: 'b7ad6b7169203331' };
    expect(
      accept(
        {
          ...known,
          ...ids,
          filteredAttributes: [
            text('runlens.entry', `GET /${name}`),
            text('runlens.conditions', 'failed,nonsense,cold'),
            text('user.id', 'not read'),
            { key: 'runlens.queries', value: { intValue: '24' } },
            text('runlens.queries.summary', 'SELECT orders × 24'),
          ],
        },
        { ...known, traceId: '0'.repeat(32), spanId: 'zz' },
        { asInt: '2', timeUnixNano: `${now + 3_600_000}000000` },
        { asDouble: -1 },
      ),
    ).toEqual([
      {
        time: now - 500,
        seconds: 0.09,
        entry: 'GET /a\ufffdgnp.exe',
        conditions: ['cold', 'failed'],
        traceId: ids.traceId.toLowerCase(),
        spanId: ids.spanId,
        queries: { count: 24, summary: 'SELECT orders × 24' },
      },
      { time: now - 500, seconds: 0.09, ...nothing },
      { time: now, seconds: 2, ...nothing },
    ]);
    expect(accept(...Array.from({ length: 1_000 }, () => known))).toHaveLength(10);
    expect(() => accept({ asDouble: {} })).toThrow('"asDouble" is not a number');
  });
});

describe('histograms of other scales', () => {
  test.each([20, 12, 8, 6, 5, 4, 3, 2, 1, 0, -1, -3])(
    'scale %i keeps every call, and percentiles within its bucket',
    (scale) => {
      const base = 2 ** (2 ** -scale);
      const values = Array.from({ length: 1_000 }, (_, i) => 0.001 * 1.005 ** i);
      const indexes = values.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1);
      const offset = Math.min(...indexes);
      const counts = new Array<number>(Math.max(...indexes) - offset + 1).fill(0);
      for (const index of indexes) counts[index - offset] = (counts[index - offset] ?? 0) + 1;
      const histogram = histogramOf(
        fromExponential({ scale, zeroCount: 3, offset, counts, length: counts.length, unitSeconds: 1 }),
      );
      expect(histogramCount(histogram)).toBe(1_003);
      expect(histogram.zeroCount).toBe(3);
      const exact = values[499] ?? 0;
      const factor = Math.max(base, 2 ** (1 / 32)) * 1.02;
      expect(quantile(histogram, 503 / 1_003)).toBeGreaterThan(exact / factor);
      expect(quantile(histogram, 503 / 1_003)).toBeLessThan(exact * factor);
    },
  );
  test('milliseconds become seconds', () => {
    const histogram = histogramOf(
      fromExponential({ scale: 5, zeroCount: 0, offset: bucketIndex(250), counts: [7], length: 1, unitSeconds: 1e-3 }),
    );
    expect(Math.abs(bucketMiddle(histogram.indexes[0] ?? 0) / 0.25 - 1)).toBeLessThan(0.03);
  });
  test('classic buckets keep every call between their bounds', () => {
    const histogram = histogramOf(fromExplicit({ bounds: [0.1, 1], counts: [10, 20, 5], max: 3, unitSeconds: 1 }));
    expect(histogramCount(histogram)).toBe(35);
    expect(quantile(histogram, 0.5)).toBeGreaterThan(0.1);
    expect(quantile(histogram, 0.5)).toBeLessThan(1);
    expect(quantile(histogram, 1)).toBeLessThan(3.1);
  });
});

describe('cumulative points', () => {
  const attributes = { identity: '' } as NumberPoint['attributes']; // only the identity is looked at here
  const number = (time: number, value: number, start = 0): NumberPoint => ({
    attributes,
    start,
    time,
    cumulative: true,
    value,
  });
  const started = 1_000;

  test('the first of an old series is its base line, later ones count what was added', () => {
    const series = new CumulativeSeries(started);
    const step = (point: NumberPoint) => {
      const staged = series.stage();
      const added = staged.number('s', point)?.value;
      staged.commit();
      return added;
    };
    expect(step(number(2_000, 100))).toBeUndefined();
    expect(step(number(3_000, 130))).toBe(30);
    expect(step(number(3_000, 130))).toBeUndefined();
    expect(step(number(2_500, 120))).toBeUndefined();
    // Smaller: the process was started anew.
    expect(step(number(4_000, 7))).toBe(7);
    expect(step(number(6_000, 20, 5_000))).toBe(20);
  });
  test('a series that began after the collector counts whole', () => {
    expect(new CumulativeSeries(started).stage().number('s', number(3_000, 5, 2_000))?.value).toBe(5);
  });
  test('what a refused request brought is asked for again', () => {
    const series = new CumulativeSeries(started);
    const first = series.stage();
    first.number('s', number(2_000, 100));
    first.commit();
    series.stage().number('s', number(3_000, 130));
    expect(series.stage().number('s', number(4_000, 150))?.value).toBe(50);
  });
  test('histograms are subtracted by bucket', () => {
    const point = (time: number, counts: number[]): DurationPoint => ({
      attributes,
      start: 0,
      time,
      cumulative: true,
      count: counts.reduce((sum, each) => sum + each, 0),
      sumSeconds: time / 1_000,
      maxSeconds: 1,
      histogram: fromExponential({ scale: 5, zeroCount: 0, offset: -3, counts, length: counts.length, unitSeconds: 1 }),
      exemplars: [],
    });
    const series = new CumulativeSeries(started).stage();
    series.duration('s', point(2_000, [1, 2, 3]));
    const added = series.duration('s', point(3_000, [1, 5, 4]));
    expect(added).toMatchObject({ count: 4, sumSeconds: 1 });
    expect(histogramOf(added?.histogram ?? new Uint8Array(0))).toEqual({
      zeroCount: 0,
      indexes: [-2, -1],
      counts: [3, 1],
    });
  });
});

describe('requests that a service has answered', () => {
  const answered = (attributes: Readonly<Record<string, string | number>>, count = 3): object => ({
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'http.server.request.duration',
                unit: 's',
                histogram: {
                  aggregationTemporality: 1,
                  dataPoints: [
                    {
                      attributes: Object.entries(attributes).map(([key, value]) => ({
                        key,
                        value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
                      })),
                      timeUnixNano: `${now}000000`,
                      count: String(count),
                      sum: 0.3,
                      explicitBounds: [0.05, 0.2],
                      bucketCounts: ['0', String(count), '0'],
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  });
  const route = { 'http.request.method': 'GET', 'http.route': '/orders/:id' };
  test.each([
    ['a fine answer', { ...route, 'http.response.status_code': 200 }, 0],
    ["a client's mistake", { ...route, 'http.response.status_code': 404 }, 0],
    ['a failure by status', { ...route, 'http.response.status_code': 503 }, 3],
    ['a failure by its type', { ...route, 'error.type': 'timeout' }, 3],
    ['the names before semantic conventions 1.21', { 'http.method': 'GET', 'http.route': '/orders/:id' }, 0],
  ])('%s is counted for its route', (_title, attributes, errors) => {
    const { batches, points } = accepted(answered(attributes));
    expect(batches[0]?.deltas).toMatchObject([
      { key: { functionName: 'GET /orders/:id' }, calls: 3, errors, samples: 3 },
    ]);
    expect(points).toBe(1);
  });
  test.each([
    ['with its entry', { 'runlens.entry': 'queue: mails/send' }, 'queue: mails/send'],
    ['of another sender', {}, 'queue: mails'],
  ])('a job of a queue %s is counted', (_title, more, name) => {
    const request = JSON.stringify(answered({ 'messaging.destination.name': 'mails', 'error.type': 'Error', ...more }));
    const { batches } = accepted(JSON.parse(request.replace('http.server.request', 'messaging.process')));
    expect(batches[0]?.deltas).toMatchObject([{ key: { functionName: name }, calls: 3, errors: 3 }]);
  });
  test('of no route is taken and not shown', () => {
    const { batches, points, rejected } = accepted(answered({ 'http.request.method': 'GET' }));
    expect([batches[0]?.deltas, points, rejected.size]).toEqual([[], 1, 0]);
  });
  test('no sender can put a function where the entries are', () => {
    const [one] = accepted(answered(route)).batches;
    const file = one?.deltas[0]?.key.filePath ?? '';
    expect(accepted(otlpRequest(now, [{ name: 'x', file }])).batches[0]?.deltas[0]?.key.filePath).not.toBe(file);
  });
});

test('circuit breakers are told with who asks by them, and what is no state of one is not', () => {
  const point = (of: Readonly<Record<string, string>>) => ({
    asInt: '1',
    attributes: Object.entries({ 'runlens.breaker.name': 'gateway', ...of }).map(([key, stringValue]) => ({
      ...{ key, value: { stringValue } },
    })),
  });
  const asking = { 'code.function.name': 'charge', 'code.file.path': 'pay.ts' };
  const dataPoints = [
    point({ 'runlens.breaker.state': 'open', ...asking }),
    point({ 'runlens.breaker.state': 'closed' }),
    point({ 'runlens.breaker.state': 'ajar' }),
  ];
  const metric = { name: 'runlens.breaker', sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints } };
  const { readings } = accepted({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] });
  expect(readings[0]?.breakers).toEqual([
    { name: 'gateway', isOpen: true, file: 'pay.ts', function: 'charge', line: 0 },
    { name: 'gateway', isOpen: false, file: '', function: '', line: 0 },
  ]);
});
