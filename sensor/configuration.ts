import type {
  defaultCollectorPort as protocolPort,
  environmentVariables as protocolVariables,
} from '@runlens/protocol/home';
import { type KillSignal, killSignal } from './control/kill-signal.ts';
import { functionHost } from './processes/host.ts';

// Types only: protocol/home brings zod, which every start of every process would pay for. The types keep both equal.
const defaultCollectorPort: typeof protocolPort = 4318;
const environmentVariables: Pick<
  typeof protocolVariables,
  | 'enabled'
  | 'killSignal'
  | 'cpuBudget'
  | 'children'
  | 'operations'
  | 'callers'
  | 'probes'
  | 'probesClosed'
  | 'probesFallback'
  | 'redact'
  | 'redactTypes'
  | 'captureOnly'
  | 'exceptions'
  | 'root'
  | 'include'
  | 'exclude'
  | 'flushInterval'
  | 'cache'
  | 'code'
  | 'prepare'
> = {
  enabled: 'RUNLENS_ENABLED',
  killSignal: 'RUNLENS_KILL_SIGNAL',
  cpuBudget: 'RUNLENS_CPU_BUDGET',
  children: 'RUNLENS_CHILDREN',
  operations: 'RUNLENS_OPERATIONS',
  callers: 'RUNLENS_CALLERS',
  probes: 'RUNLENS_PROBES',
  probesClosed: 'RUNLENS_PROBES_CLOSED',
  probesFallback: 'RUNLENS_PROBES_FALLBACK',
  redact: 'RUNLENS_REDACT',
  redactTypes: 'RUNLENS_REDACT_TYPES',
  captureOnly: 'RUNLENS_CAPTURE_ONLY',
  exceptions: 'RUNLENS_EXCEPTIONS',
  root: 'RUNLENS_ROOT',
  include: 'RUNLENS_INCLUDE',
  exclude: 'RUNLENS_EXCLUDE',
  flushInterval: 'RUNLENS_FLUSH_INTERVAL',
  cache: 'RUNLENS_CACHE',
  code: 'RUNLENS_CACHE_CODE',
  prepare: 'RUNLENS_PREPARE',
};

/** How the sensor was told to behave, read from the environment of the service. */
export interface Configuration {
  readonly enabled: boolean;
  /** By which the sensor is switched off and on while it runs. */
  readonly killSignal: KillSignal | undefined;
  /** What the sensor may cost of the CPU time of the process, and at least of a third of a core, 0 to 1; 1: whatever it costs. */
  readonly cpuBudget: number;
  /** Whether processes that a measured service starts are measured too. */
  readonly children: boolean;
  /** Whether queries and calls out are told. */
  readonly operations: boolean;
  /** Whether it is told who calls a function, and for which route or job. */
  readonly callers: boolean;
  /** Whether lines can be probed: functions are loaded with twins. */
  readonly probes: boolean;
  /** Files, and functions behind a colon, that no probe is placed in. */
  readonly probesClosed: readonly string[];
  /** For how many milliseconds V8's inspector may stop the process, for probes where there are no gates; undefined: it is not used. */
  readonly probesFallback: number | undefined;
  /** Names whose values are never captured, beside the built-in ones. */
  readonly secretNames: readonly string[];
  /** Classes whose objects are never captured. */
  readonly hiddenTypes: readonly string[];
  /** Where there are any, values are captured only below these names or paths. */
  readonly shownNames: readonly string[];
  /** Whether it is told what errors say, where they are thrown and who catches them. */
  readonly exceptions: boolean;
  /** The folder that file paths are relative to, or nothing: then it is looked for. */
  readonly root: string | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly flushIntervalMilliseconds: number;
  readonly cache: CacheSetting;
  readonly code: CodeSetting;
  /** The program is planned for later starts and not run: these files and folders, or where there are none all of its own. */
  readonly prepare: readonly string[] | undefined;
  readonly exporter: ExporterConfiguration;
  /** Sentences about settings that could not be used. */
  readonly problems: readonly string[];
}

/** Where plans are kept between starts; `default`: in the user's cache folder. */
export type CacheSetting =
  | { readonly kind: 'default' }
  | { readonly kind: 'off' }
  | { readonly kind: 'folder'; readonly path: string };

/** Whether code is kept there as well; `default`: where the process could write its own program (load/code-cache.ts). */
export type CodeSetting = 'default' | 'on' | 'off';

export interface ExporterConfiguration {
  /** Where metrics are posted to, whole. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly encoding: 'protobuf' | 'json';
  readonly gzip: boolean;
  /** For one request, from connecting to the end of the answer. */
  readonly timeoutMilliseconds: number;
  /** Whether a connection is kept: not where the process is stopped between requests, and the other end gives up on it. */
  readonly keepAlive: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const defaultFlushIntervalMilliseconds = 10_000;
const leastFlushIntervalMilliseconds = 100;
const mostFlushIntervalMilliseconds = 3_600_000;
const usualStopMilliseconds = 50;
const longestStopMilliseconds = 10_000;
const defaultCpuBudget = 0.03;
const leastCpuBudget = 0.001;
const defaultTimeoutMilliseconds = 10_000;
/** There it is what an invocation may be longer by. */
const defaultLambdaTimeoutMilliseconds = 1_000;

/** Reads the configuration. Never throws: what cannot be used is told in `problems` and left at its default. */
export function readConfiguration(environment: Environment): Configuration {
  const problems: string[] = [];
  const value = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const onLambda = functionHost(environment)?.kind === 'lambda';
  return {
    enabled: !isFalse(value(environmentVariables.enabled)) && value('OTEL_SDK_DISABLED')?.toLowerCase() !== 'true',
    killSignal: killSignal(value(environmentVariables.killSignal), process.platform, problems),
    cpuBudget: cpuBudget(value(environmentVariables.cpuBudget), problems),
    children: !isFalse(value(environmentVariables.children)),
    operations: !isFalse(value(environmentVariables.operations)),
    callers: !isFalse(value(environmentVariables.callers)),
    probes: !isFalse(value(environmentVariables.probes)),
    probesClosed: list(value(environmentVariables.probesClosed)),
    probesFallback: probesFallback(value(environmentVariables.probesFallback), problems),
    secretNames: list(value(environmentVariables.redact)),
    hiddenTypes: list(value(environmentVariables.redactTypes)),
    shownNames: list(value(environmentVariables.captureOnly)),
    exceptions: !isFalse(value(environmentVariables.exceptions)),
    root: value(environmentVariables.root),
    include: list(value(environmentVariables.include)),
    exclude: list(value(environmentVariables.exclude)),
    flushIntervalMilliseconds: flushInterval(value(environmentVariables.flushInterval), problems),
    // There the user's folders cannot be written.
    cache: cacheSetting(value(environmentVariables.cache) ?? (onLambda ? 'off' : undefined)),
    code: codeSetting(value(environmentVariables.code)),
    prepare: prepareSetting(value(environmentVariables.prepare)),
    exporter: {
      url: metricsUrl(value('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'), value('OTEL_EXPORTER_OTLP_ENDPOINT'), problems),
      headers: {
        ...keyValues(value('OTEL_EXPORTER_OTLP_HEADERS'), 'OTEL_EXPORTER_OTLP_HEADERS', problems),
        ...keyValues(value('OTEL_EXPORTER_OTLP_METRICS_HEADERS'), 'OTEL_EXPORTER_OTLP_METRICS_HEADERS', problems),
      },
      encoding: encoding(
        value('OTEL_EXPORTER_OTLP_METRICS_PROTOCOL') ?? value('OTEL_EXPORTER_OTLP_PROTOCOL'),
        problems,
      ),
      gzip:
        (value('OTEL_EXPORTER_OTLP_METRICS_COMPRESSION') ?? value('OTEL_EXPORTER_OTLP_COMPRESSION') ?? 'gzip') !==
        'none',
      timeoutMilliseconds: timeout(
        value('OTEL_EXPORTER_OTLP_METRICS_TIMEOUT') ?? value('OTEL_EXPORTER_OTLP_TIMEOUT'),
        onLambda ? defaultLambdaTimeoutMilliseconds : defaultTimeoutMilliseconds,
        problems,
      ),
      keepAlive: !onLambda,
    },
    problems,
  };
}

/**
 * `key=value` pairs with commas between them, percent-decoded, as W3C baggage writes them (OpenTelemetry
 * specification, "Resource SDK" and "OTLP exporter"). A pair that cannot be read is left out and told.
 */
export function keyValues(
  text: string | undefined,
  variable: string,
  problems: string[],
): Readonly<Record<string, string>> {
  const pairs: Record<string, string> = {};
  for (const pair of list(text)) {
    const at = pair.indexOf('=');
    // Properties of a baggage member (`;…`) mean nothing here.
    const raw = pair.slice(at + 1).split(';')[0] ?? '';
    try {
      const key = decodeURIComponent(pair.slice(0, at).trim());
      if (at <= 0 || key === '') throw new Error('no key');
      pairs[key] = decodeURIComponent(raw.trim());
    } catch {
      problems.push(`${variable} has a part that is not key=value; that part is left out`);
    }
  }
  return pairs;
}

function isFalse(value: string | undefined): boolean {
  return value !== undefined && ['0', 'false', 'no', 'off'].includes(value.toLowerCase());
}

function codeSetting(text: string | undefined): CodeSetting {
  if (text === undefined) return 'default';
  return isFalse(text) ? 'off' : 'on';
}

function prepareSetting(text: string | undefined): readonly string[] | undefined {
  if (text === undefined || isFalse(text)) return undefined;
  return /^(?:1|true|on|yes)$/i.test(text) ? [] : list(text);
}

function cacheSetting(text: string | undefined): CacheSetting {
  if (text === undefined) return { kind: 'default' };
  return isFalse(text) ? { kind: 'off' } : { kind: 'folder', path: text };
}

function list(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function flushInterval(text: string | undefined, problems: string[]): number {
  if (text === undefined) return defaultFlushIntervalMilliseconds;
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m)?$/.exec(text);
  const unit = { ms: 1, s: 1_000, m: 60_000 }[match?.[2] ?? 'ms'] ?? 1;
  const milliseconds = match ? Number(match[1]) * unit : Number.NaN;
  if (!(milliseconds >= leastFlushIntervalMilliseconds && milliseconds <= mostFlushIntervalMilliseconds)) {
    problems.push(
      `${environmentVariables.flushInterval}=${text} is not a time between 100 ms and 1 h (such as 500, 1s, 2m); every ${defaultFlushIntervalMilliseconds / 1000} s is used`,
    );
    return defaultFlushIntervalMilliseconds;
  }
  return milliseconds;
}

/** `1`: as usual; a time such as `200ms`: how long a stop may be; nothing, `0`, `off`: not used. */
function probesFallback(text: string | undefined, problems: string[]): number | undefined {
  if (text === undefined || isFalse(text)) return undefined;
  if (/^(?:1|true|on|yes)$/i.test(text)) return usualStopMilliseconds;
  const match = /^(\d{1,5}(?:\.\d+)?)\s*(ms|s)$/.exec(text);
  const milliseconds = Number(match?.[1]) * (match?.[2] === 's' ? 1_000 : 1);
  if (milliseconds > 0 && milliseconds <= longestStopMilliseconds) return milliseconds;
  problems.push(
    `${environmentVariables.probesFallback}=${text} is neither 1 nor a time up to ${longestStopMilliseconds / 1000} s (such as 200ms): V8's inspector is not used for probes`,
  );
  return undefined;
}

/** `3%` or `3`: percent, as people say it; `off`: no limit. */
function cpuBudget(text: string | undefined, problems: string[]): number {
  if (text === undefined) return defaultCpuBudget;
  if (isFalse(text)) return 1;
  const share = Number(/^(\d+(?:\.\d+)?)\s*%?$/.exec(text)?.[1]) / 100;
  if (share >= leastCpuBudget && share <= 1) return share;
  problems.push(
    `${environmentVariables.cpuBudget}=${text} is not a share of the CPU time between 0.1 % and 100 % (such as 3%), or "off"; ${defaultCpuBudget * 100} % is used`,
  );
  return defaultCpuBudget;
}

function metricsUrl(own: string | undefined, base: string | undefined, problems: string[]): string {
  const fallback = `http://127.0.0.1:${defaultCollectorPort}/v1/metrics`;
  const text = own ?? (base === undefined ? fallback : `${base.replace(/\/+$/, '')}/v1/metrics`);
  try {
    const url = new URL(text);
    if (url.protocol === 'http:' || url.protocol === 'https:') return url.href;
  } catch {
    // Told below.
  }
  problems.push(`${own ?? base} is not an http or https URL; numbers are sent to ${fallback}`);
  return fallback;
}

function encoding(protocol: string | undefined, problems: string[]): 'protobuf' | 'json' {
  if (protocol === 'http/json') return 'json';
  if (protocol !== undefined && protocol !== 'http/protobuf') {
    problems.push(`OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not supported; http/protobuf is used`);
  }
  return 'protobuf';
}

function timeout(text: string | undefined, otherwise: number, problems: string[]): number {
  if (text === undefined) return otherwise;
  const milliseconds = Number(text);
  if (milliseconds >= 1 && milliseconds <= 600_000) return milliseconds;
  problems.push(`OTEL_EXPORTER_OTLP_TIMEOUT=${text} is not a number of milliseconds; ${otherwise} is used`);
  return otherwise;
}
