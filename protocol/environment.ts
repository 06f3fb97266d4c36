/** Constants by which the parts find each other; apart from the schemas of `home.ts`, so that small bundles stay small. */

export const defaultCollectorPort = 4318;
export const defaultCollectorUrl = `http://127.0.0.1:${defaultCollectorPort}`;

/** What lies in the Runlens home folder (`RUNLENS_HOME`, default `~/.runlens`), by which the parts find each other. */
export const homeFiles = {
  /** The bearer token of this machine's collector; readable by its user only. */
  token: 'token',
  /** Further tokens with their roles, as digests. */
  tokens: 'tokens.json',
  /** Held while the files of the home folder are changed. */
  lock: 'home.lock',
  /** Where the running collector is: `CollectorAddress` as JSON; removed on a clean stop. */
  collector: 'collector.json',
  /** The store. */
  data: 'data',
  /** The audit log of what was done here without a collector, in `local`; each collector's is in its data folder. */
  audit: 'audit',
  logs: 'logs',
} as const;

/** Environment variables of ours; OpenTelemetry's own configure the rest of a service's side. */
export const environmentVariables = {
  home: 'RUNLENS_HOME',
  collectorUrl: 'RUNLENS_COLLECTOR_URL',
  token: 'RUNLENS_TOKEN',
  /** How long `runlens hook` waits for the collector: milliseconds, or a length such as `2s`. Default 1 s. */
  hookTimeout: 'RUNLENS_HOOK_TIMEOUT',
  /** Milliseconds, or a length such as `1s`, between two exports of a sensor. */
  flushInterval: 'RUNLENS_FLUSH_INTERVAL',
  /** The folder that file paths are relative to; default: the repository's root, else the working directory. */
  root: 'RUNLENS_ROOT',
  /** Comma-separated globs, relative to the root, of files to measure beside first-party ones, or to leave out. */
  include: 'RUNLENS_INCLUDE',
  exclude: 'RUNLENS_EXCLUDE',
  /** `0` or `false`: the sensor does nothing at all. */
  enabled: 'RUNLENS_ENABLED',
  /** The signal that switches a running sensor off, and on again: `SIGUSR2`, `SIGPWR` or `SIGWINCH`. Default: none. */
  killSignal: 'RUNLENS_KILL_SIGNAL',
  /** What a sensor may cost, of the CPU time of its process and at least of a third of a core, before it does less, such as `3%`. Default 3 %. */
  cpuBudget: 'RUNLENS_CPU_BUDGET',
  /** `0` or `false`: queries and calls out are not looked at, and no driver is touched. */
  operations: 'RUNLENS_OPERATIONS',
  /** `0` or `false`: processes that a measured service starts are not measured; those of `cluster` are. */
  children: 'RUNLENS_CHILDREN',
  /** `0` or `false`: who calls a function, and for which route or job, is not looked at. */
  callers: 'RUNLENS_CALLERS',
  /** `0` or `false`: lines cannot be probed, and files are loaded without the text that probing needs. */
  probes: 'RUNLENS_PROBES',
  /**
   * Comma-separated globs of files, relative to the root, each with a pattern of functions behind a colon or without, in
   * which no probe is placed: `src/auth/**`, `src/pay.ts:Card.*`, `:*password*`.
   */
  probesClosed: 'RUNLENS_PROBES_CLOSED',
  /**
   * Allows V8's inspector for probes in code that has no gates: `1`, or for how long it may stop the process (`200ms`).
   * Not used without.
   */
  probesFallback: 'RUNLENS_PROBES_FALLBACK',
  /** Comma-separated names whose values a probe never shows, beside the built-in ones. */
  redact: 'RUNLENS_REDACT',
  /** Comma-separated names of classes whose objects a probe never shows. */
  redactTypes: 'RUNLENS_REDACT_TYPES',
  /** Comma-separated names or paths (`order.lines`): where there are any, a probe shows values only below these. */
  captureOnly: 'RUNLENS_CAPTURE_ONLY',
  /** `0` or `false`: errors are counted by their type only; what they say and who catches them is not looked at. */
  exceptions: 'RUNLENS_EXCEPTIONS',
  /** The folder of caches of any part; default: `runlens` in the user's cache folder. `off`: the sensor keeps none. */
  cache: 'RUNLENS_CACHE',
  /** Whether code is kept there as well. */
  code: 'RUNLENS_CACHE_CODE',
  /**
   * The sensor plans the program for later starts instead of running it: `1`, or comma-separated files and folders, relative
   * to the working directory, if not all of the service's own code is to be.
   */
  prepare: 'RUNLENS_PREPARE',
} as const;

/** The secret that a sender of events and the collector share: `RUNLENS_EVENTS_SECRET_GITHUB`. */
export const eventSecretVariable = (sender: string): string => `RUNLENS_EVENTS_SECRET_${sender.toUpperCase()}`;

/**
 * How Node is started for a collector. V8's young generation grows to what a burst of ingest can fill and is not given
 * back; a smaller one costs some of the ingest rate and a fifth of the memory (`npm run bench -- collector`).
 */
export const collectorNodeFlags = ['--max-semi-space-size=8'] as const;

/**
 * How Node is started for the language server. V8's young generation begins with one megabyte and grows by copying what is
 * in it, which is a seventh of the processor time of the first large document (`npm run bench -- lens`). It may grow as large
 * without these.
 */
export const serverNodeFlags = ['--min-semi-space-size=16', '--max-semi-space-size=16'] as const;
