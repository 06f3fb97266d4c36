/**
 * The names of the channel by which a collector speaks to sensors; apart from the schemas of `control.ts`, so that the
 * sensor's bundles stay without zod.
 */

/** Raised when an older side would misunderstand; what is only added (a kind of command, a field) raises nothing. */
export const controlVersion = 1;

/**
 * Carries {@link controlVersion}. Asked for with every request of the channel: a page in a browser cannot send it to
 * another origin unasked (Fetch standard, "CORS-safelisted request-header").
 */
export const controlHeader = 'runlens-control';

/** Beside the path that metrics are posted to, so that a gateway that passes on the one passes on the others. */
export const controlPaths = {
  /** POST of a hello; the answer is a stream of commands, one JSON document a line, for as long as both are there. */
  connect: 'v1/control/connect',
  /** POST of a report. */
  report: 'v1/control/report',
  /** POST of what probes have captured. */
  captures: 'v1/control/captures',
} as const;

export const controlLimits = {
  /** Of one line of the stream, and of a hello or a report. */
  bytes: 256 * 1024,
  /** The collector writes at least this often. A sensor that hears nothing for three of them connects anew. */
  heartbeatMilliseconds: 15_000,
  /** Files that a state names. */
  files: 8,
} as const;

/** What a sensor does, from all to nothing; each does less than the one before it. The place is the metric's value. */
export const sensorLevels = [
  'full',
  /** Calls are timed a quarter as often. */
  'fewer-samples',
  /** No callers and entries, no queries and calls out. */
  'no-details',
  /** Calls and errors only: nothing is timed. */
  'counts-only',
  /** The same, and of the files that cost most not even calls. */
  'files-off',
  'off',
] as const;
export type SensorLevel = (typeof sensorLevels)[number];

/** Who may have switched a sensor off; each has to switch it on again itself. `process`: of a worker thread, its process. */
export const switchedBy = ['signal', 'collector', 'process'] as const;
export type SwitchedBy = (typeof switchedBy)[number];
