/** How a probe stands, in each instance and altogether. */
import { z } from 'zod';
import { probeSchema } from './probe.ts';

/** `proposed`: an agent's, which waits for a person's yes. */
export const probeStates = [
  'proposed',
  'waiting',
  'armed',
  'limited',
  'paused',
  'refused',
  'expired',
  'done',
  'removed',
] as const;
export type ProbeState = (typeof probeStates)[number];

/** Each way in which a probe can fail or stop, told apart by a program; the sentence beside it is for people. */
export const probeCauses = [
  'needs-approval',
  'no-instance',
  'no-such-file',
  'file-not-loaded',
  'line-without-code',
  'no-such-function',
  'stale-source-map',
  'version-mismatch',
  'ambiguous-place',
  'not-instrumented',
  'name-not-in-scope',
  'bad-expression',
  'closed-by-service',
  'closed-by-policy',
  'probes-off',
  'over-budget',
  'rate-limit',
  'hit-limit',
  'expired',
  'disarmed',
  'owner-gone',
  'collector-lost',
  'sensor-failed',
] as const;
export type ProbeCause = (typeof probeCauses)[number];

/** A name that a probe can read where it stands. */
export const capturableNameSchema = z.object({
  name: z.string().max(256),
  kind: z.enum(['parameter', 'local', 'closure', 'this']),
  /** Its value may be secret: it is not shown. */
  hidden: z.boolean(),
});
export type CapturableName = z.infer<typeof capturableNameSchema>;

export const instanceStateSchema = z.object({
  instance: z.string().max(256),
  state: z.enum(probeStates),
  cause: z.enum(probeCauses).optional(),
  /** One sentence that says what to do. */
  detail: z.string().max(1000).optional(),
  /** `gate`: inline in the function's twin, exact. `inspector`: the fallback, in windows. */
  engine: z.enum(['gate', 'inspector']).optional(),
  /** Where it stands: of the source as written. */
  line: z.int().positive().optional(),
  function: z.string().max(512).optional(),
  /** Loaded copies of the place that are armed. */
  copies: z.int().nonnegative().optional(),
  /** How often the place was reached since it was armed. */
  reached: z.number().nonnegative(),
  /** How often the condition was true, and it was told or counted. */
  hits: z.number().nonnegative(),
  /** Hits that were not told, for a limit. */
  skipped: z.number().nonnegative(),
  /** Captures that were lost on their way: no room to hold them, or the collector was away. Absent: an older sensor. */
  dropped: z.number().nonnegative().optional(),
  /** Conditions and expressions that failed, with the newest sentence. */
  failures: z.number().nonnegative(),
  failure: z.string().max(500).optional(),
  /** Of a preview: what it can read, of the text that is loaded. */
  names: z.array(capturableNameSchema).max(200).optional(),
  /** Milliseconds of the service's thread that the probe has taken. */
  cost: z.number().nonnegative(),
  at: z.iso.datetime(),
});
export type InstanceState = z.infer<typeof instanceStateSchema>;

/** A counter's or timer's numbers since it was armed; seconds. `by`: null without an expression. */
export const probeNumbersSchema = z.object({
  by: z.string().max(256).nullable(),
  count: z.number().nonnegative(),
  /** Timers: a histogram at scale 5 (`protocol/histogram.ts`). */
  duration: z
    .object({
      sum: z.number().nonnegative(),
      max: z.number().nonnegative(),
      zeroCount: z.number().nonnegative(),
      indexes: z.array(z.int()).max(2000),
      counts: z.array(z.number().nonnegative()).max(2000),
    })
    .optional(),
});
export type ProbeNumbers = z.infer<typeof probeNumbersSchema>;

/** What `GET /api/v1/probes` answers for each. */
export const probeStatusSchema = z.object({
  probe: probeSchema,
  state: z.enum(probeStates),
  cause: z.enum(probeCauses).optional(),
  detail: z.string().optional(),
  instances: z.array(instanceStateSchema),
  hits: z.number().nonnegative(),
  captures: z.int().nonnegative(),
  numbers: z.array(probeNumbersSchema),
});
export type ProbeStatus = z.infer<typeof probeStatusSchema>;
