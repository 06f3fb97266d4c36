import { describe, expect, it } from 'vitest';
import { readConfiguration } from './configuration.ts';

describe('the configuration', () => {
  it('has defaults that reach a collector on this machine', () => {
    const { enabled, flushIntervalMilliseconds, exporter, problems } = readConfiguration({});
    expect({ enabled, flushIntervalMilliseconds, problems }).toEqual({
      enabled: true,
      flushIntervalMilliseconds: 10_000,
      problems: [],
    });
    expect(exporter).toMatchObject({ url: 'http://127.0.0.1:4318/v1/metrics', encoding: 'protobuf', gzip: true });
  });

  it.each([
    ['1s', 1_000],
    ['250', 250],
    ['0.5s', 500],
    ['2m', 120_000],
  ])('takes %s for a flush interval', (text, milliseconds) => {
    expect(readConfiguration({ RUNLENS_FLUSH_INTERVAL: text }).flushIntervalMilliseconds).toBe(milliseconds);
  });

  it.each(['soon', '1', '-5s', '9h', 'NaN'])('keeps the default and says so for a flush interval of %s', (text) => {
    const { flushIntervalMilliseconds, problems } = readConfiguration({ RUNLENS_FLUSH_INTERVAL: text });
    expect(flushIntervalMilliseconds).toBe(10_000);
    expect(problems).toHaveLength(1);
  });

  it.each<[string | undefined, number | undefined, number]>([
    [undefined, undefined, 0],
    ['off', undefined, 0],
    ['1', 50, 0],
    ['200ms', 200, 0],
    ['2s', 2_000, 0],
    ['2', undefined, 1],
    ['1h', undefined, 1],
    ['60s', undefined, 1],
  ])("allows V8's inspector for probes only where it is told how far: %s", (text, milliseconds, told) => {
    const { probesFallback, problems } = readConfiguration({ RUNLENS_PROBES_FALLBACK: text });
    expect([probesFallback, problems.length]).toEqual([milliseconds, told]);
  });

  it('prefers the endpoint of metrics, whole, to the common one', () => {
    const both = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://o.example/otlp/',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m.example/x',
    };
    expect(readConfiguration(both).exporter.url).toBe('http://m.example/x');
    expect(readConfiguration({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://o.example/otlp/' }).exporter.url).toBe(
      'https://o.example/otlp/v1/metrics',
    );
  });

  it('tells of an endpoint that is no URL and uses the default', () => {
    const { exporter, problems } = readConfiguration({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' });
    expect(exporter.url).toBe('http://127.0.0.1:4318/v1/metrics');
    expect(problems[0]).toContain('collector:4317');
  });

  it('decodes headers, and leaves out what is not key=value', () => {
    const { exporter, problems } = readConfiguration({
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20a%3Db, x=1;property, broken, =y, z=%E0%A4%A',
    });
    expect(exporter.headers).toEqual({ authorization: 'Bearer a=b', x: '1' });
    expect(problems).toHaveLength(3);
  });

  it.each([
    [{}, { kind: 'default' }],
    [{ RUNLENS_CACHE: 'off' }, { kind: 'off' }],
    [{ RUNLENS_CACHE: '0' }, { kind: 'off' }],
    [{ RUNLENS_CACHE: '/var/cache/x' }, { kind: 'folder', path: '/var/cache/x' }],
  ] as const)('has the cache of %j', (environment, cache) => {
    expect(readConfiguration(environment).cache).toEqual(cache);
  });

  it.each([
    [{}, 'default'],
    [{ RUNLENS_CACHE_CODE: '0' }, 'off'],
    [{ RUNLENS_CACHE_CODE: '1' }, 'on'],
  ] as const)('keeps code by %j', (environment, code) => {
    expect(readConfiguration(environment).code).toBe(code);
  });

  it.each([{ RUNLENS_ENABLED: '0' }, { RUNLENS_ENABLED: 'false' }, { OTEL_SDK_DISABLED: 'TRUE' }])(
    'is off with %j',
    (environment) => {
      expect(readConfiguration(environment).enabled).toBe(false);
    },
  );
});
