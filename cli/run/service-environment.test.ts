import { expect, test } from 'vitest';
import { serviceEnvironment } from './service-environment.ts';

const settings = {
  sensorUrl: 'file:///opt/my%20tools/register.js',
  service: undefined,
  environment: undefined,
  collector: { url: 'http://127.0.0.1:4999', token: 'secret', guardsIngest: false },
};

test('a service gets the sensor, the collector and a short interval, and no token where none is asked', () => {
  expect(serviceEnvironment({ PATH: '/bin' }, settings)).toEqual({
    PATH: '/bin',
    NODE_OPTIONS: '--import=file:///opt/my%20tools/register.js',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4999',
    RUNLENS_FLUSH_INTERVAL: '1s',
  });
});

test("the user's own NODE_OPTIONS stay, and the sensor is not added twice", () => {
  const once = serviceEnvironment({ NODE_OPTIONS: '--max-old-space-size=512 --require "./a b.js"' }, settings);
  expect(once.NODE_OPTIONS).toBe(
    '--import=file:///opt/my%20tools/register.js --max-old-space-size=512 --require "./a b.js"',
  );
  expect(serviceEnvironment(once, settings).NODE_OPTIONS).toBe(once.NODE_OPTIONS);
});

test('an endpoint that the user has set stays, and gets no header of ours', () => {
  for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT']) {
    const env = serviceEnvironment({ [name]: 'http://otel:4318' }, { ...settings, collector: remote });
    expect(env[name]).toBe('http://otel:4318');
    expect(env).not.toHaveProperty('OTEL_EXPORTER_OTLP_HEADERS');
    expect(Object.values(env)).not.toContain(remote.url);
  }
});

const remote = { url: 'https://runlens.example.com', token: 'a=b,c d', guardsIngest: true };

test('a collector that guards what comes in is told who reports, with what no list can break', () => {
  const env = serviceEnvironment(
    { OTEL_EXPORTER_OTLP_HEADERS: 'x-team=shop, Authorization=old' },
    { ...settings, collector: remote },
  );
  expect(env.OTEL_EXPORTER_OTLP_HEADERS).toBe('x-team=shop,authorization=Bearer%20a%3Db%2Cc%20d');
});

test('the environment joins what is known of the resource, replacing only its own key', () => {
  const env = serviceEnvironment(
    { OTEL_RESOURCE_ATTRIBUTES: 'team=shop,deployment.environment.name=old', OTEL_SERVICE_NAME: 'before' },
    { ...settings, service: 'shop', environment: 'my laptop' },
  );
  expect(env.OTEL_RESOURCE_ATTRIBUTES).toBe('team=shop,deployment.environment.name=my%20laptop');
  expect(env.OTEL_SERVICE_NAME).toBe('shop');
});

test("the user's own interval stays", () => {
  expect(serviceEnvironment({ RUNLENS_FLUSH_INTERVAL: '5s' }, settings).RUNLENS_FLUSH_INTERVAL).toBe('5s');
});
