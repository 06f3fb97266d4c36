/** The environment in which `runlens run` starts a service: what the user has set stays, what the sensor needs is added. */
import { environmentVariables, resourceAttributes } from '@runlens/protocol';
import type { CollectorLocation } from '../home.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ServiceSettings {
  /** The `file:` URL of the sensor's `register.js`. */
  readonly sensorUrl: string;
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly collector: Pick<CollectorLocation, 'url' | 'token' | 'guardsIngest'>;
}

const endpoint = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const metricsEndpoint = 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT';
const headers = 'OTEL_EXPORTER_OTLP_HEADERS';

/** How often a service that a developer runs reports, so that an edit shows its effect at once. */
const flushInterval = '1s';

/**
 * Where telemetry already goes by the user's own setting, if it does. It is left alone: it may be an OpenTelemetry
 * Collector that passes everything on, and the service's own SDK reads the same variable.
 */
export function ownEndpoint(env: Environment): string | undefined {
  return env[metricsEndpoint] || env[endpoint] || undefined;
}

export function serviceEnvironment(env: Environment, settings: ServiceSettings): Record<string, string | undefined> {
  const { collector, environment, sensorUrl, service } = settings;
  return {
    ...env,
    NODE_OPTIONS: withImport(env.NODE_OPTIONS, sensorUrl),
    ...(service !== undefined && { OTEL_SERVICE_NAME: service }),
    ...(environment !== undefined && {
      OTEL_RESOURCE_ATTRIBUTES: withPair(
        env.OTEL_RESOURCE_ATTRIBUTES,
        resourceAttributes.environment,
        encodeURIComponent(environment),
      ),
    }),
    ...(ownEndpoint(env) === undefined && {
      [endpoint]: collector.url,
      // Where telemetry is taken in without a token, a service needs no key to what others report.
      ...(collector.token !== undefined &&
        collector.guardsIngest && {
          [headers]: withPair(env[headers], 'authorization', encodeURIComponent(`Bearer ${collector.token}`)),
        }),
    }),
    [environmentVariables.flushInterval]: env[environmentVariables.flushInterval] || flushInterval,
  };
}

/** NODE_OPTIONS with the sensor first, so that it is there before whatever else is loaded; not added twice. */
function withImport(options: string | undefined, url: string): string {
  // A file URL has its blanks, quotes and backslashes percent-encoded, so nothing in it needs quoting.
  const own = `--import=${url}`;
  if (!options?.trim()) return own;
  return options.split(/\s+/).includes(own) ? options : `${own} ${options.trim()}`;
}

/** A list `key=value,key=value` (values percent-encoded, as OpenTelemetry's variables are) with one key set. */
function withPair(list: string | undefined, key: string, value: string): string {
  const others = (list ?? '')
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && pair.split('=')[0]?.trim().toLowerCase() !== key.toLowerCase());
  return [...others, `${key}=${value}`].join(',');
}
