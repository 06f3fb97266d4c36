/** Profiles: the numbers of functions in a window of time. Durations are seconds, instants ISO 8601 in UTC. */
import { z } from 'zod';
import { sensorStateSchema } from '../control.ts';
import { sensorLevels } from '../control-names.ts';
import { conditions } from '../telemetry.ts';

const instant = z.iso.datetime();
const count = z.number().nonnegative();
const seconds = z.number().nonnegative();

export const functionIdSchema = z.object({
  service: z.string(),
  /** Relative to the repository's root, with `/`. */
  file: z.string(),
  /** The qualified name in the source. */
  function: z.string(),
  /** The start line (1-based) at the newest deployed version in the answer; tells twins apart. 0: not known. */
  line: z.int().nonnegative(),
});
export type FunctionId = z.infer<typeof functionIdSchema>;

export const durationSchema = z.object({
  p50: seconds,
  p90: seconds,
  p95: seconds,
  p99: seconds,
  max: seconds,
  mean: seconds,
  /** The estimated sum over all calls, not only the sampled ones. */
  total: seconds,
  /**
   * How many calls the timed ones stand for: their weights, which add up to about the calls of the same time. A hot
   * function's timed calls are fewer, and the wire does not tell how many; below some hundreds it is about their number.
   */
  samples: count,
  /** The histogram at scale 5 (`protocol/histogram.ts`), for drawing it. */
  histogram: z.object({ zeroCount: count, indexes: z.array(z.int()), counts: z.array(count) }),
});
export type Duration = z.infer<typeof durationSchema>;

/** The same without what only a drawing needs. */
export const durationSummarySchema = durationSchema.omit({ histogram: true });
export type DurationSummary = z.infer<typeof durationSummarySchema>;

/**
 * How long calls take under a condition (`conditions` in `protocol/telemetry.ts`), by whole hours that touch the window;
 * good to 4.4 %. null: no such calls, or nothing is told of them.
 */
export const conditionsSchema = z.object({
  cold: durationSummarySchema.nullable(),
  /** All others, where there are cold ones. */
  warm: durationSummarySchema.nullable(),
  failed: durationSummarySchema.nullable(),
  fine: durationSummarySchema.nullable(),
  /** By the number of HTTP requests that the process was answering when the call began: `1`, `2-4`, `5-16`, `17+`. */
  concurrency: z.array(z.object({ requests: z.string(), duration: durationSummarySchema })),
  /**
   * By hour of the week in UTC, 0 being Monday from 00:00 to 01:00; those without calls are left out. Only where one
   * function was asked for: of the last four weeks, whatever the window.
   */
  hours: z.array(z.object({ hour: z.int().nonnegative(), calls: count, p50: seconds, p99: seconds })),
});
export type ConditionsProfile = z.infer<typeof conditionsSchema>;

/** One call: among the slowest that were timed. */
export const exemplarSchema = z.object({
  /** At its end. */
  time: instant,
  seconds,
  /** Absent: not known, as are the others. */
  entry: z.string().optional(),
  conditions: z.array(z.enum(conditions)),
  traceId: z.string().optional(),
  spanId: z.string().optional(),
  /** What its request asked of databases meanwhile; `summary` is of the most frequent: `SELECT orders × 24`. */
  queries: z.object({ count, summary: z.string() }).optional(),
});
export type ExemplarProfile = z.infer<typeof exemplarSchema>;

/** The numbers of one version of a function. */
export const versionProfileSchema = z.object({
  version: z.string(),
  revision: z.string().optional(),
  line: z.int().nonnegative(),
  /** Git's object id of the file's text in this version, where the sensor told it. */
  blob: z.string().optional(),
  calls: count,
  /** Over the part of the window in which this version was measured. Absent where it is the only one: that of the function. */
  callsPerMinute: z.number().nonnegative().optional(),
  errors: count,
  duration: durationSchema.nullable(),
  measuredSince: instant,
  lastSeen: instant.nullable(),
});
export type VersionProfile = z.infer<typeof versionProfileSchema>;

/** Errors of one kind that left a function or were caught in it, by whole hours that touch the window. */
export const exceptionSchema = z.object({
  /** `error.type`. */
  type: z.string(),
  /** Without any value: `no such product: {n}`. Absent: it has none, or only its type is known. */
  message: z.string().optional(),
  /** The types of what is behind it, nearest first: `AggregateError < ECONNREFUSED`. */
  cause: z.string().optional(),
  /** The measured function that threw it. Absent: not known. */
  thrown: z.object({ file: z.string(), function: z.string(), line: z.int().min(1).optional() }).optional(),
  /** Those that left the function. Exact while there are few (docs/sampling.md), as are the others. */
  count,
  /** Those that did not leave it: caught in it, or in code that is not measured between it and what it called. */
  caughtHere: count.optional(),
  /** Of `count`: those that a measured caller caught. */
  caughtByCaller: count.optional(),
  /** Of `count`: those that left the outermost measured function. Of the rest it is not known. */
  uncaught: count.optional(),
  /** In any version, also before the window. */
  firstSeen: instant.optional(),
  lastSeen: instant,
  /** In the window, newest first; `count` is of those that left the function and those caught in it. */
  versions: z.array(z.object({ version: z.string(), count, firstSeen: instant, lastSeen: instant })).optional(),
  /** The newest version, where no version before has had it though the function was called there. */
  newIn: z.string().optional(),
});
export type ExceptionProfile = z.infer<typeof exceptionSchema>;

/** Of those that were looked at: how many asked the same, with the same values, as one some seconds before. */
const sameAskedSchema = z.object({ of: count, same: count });

export const profileSchema = functionIdSchema.extend({
  environment: z.string(),
  /** Exact. */
  calls: count,
  /** Calls over the part of the window in which an instance was there that measured the function. */
  callsPerMinute: z.number().nonnegative(),
  /** Exact. */
  errors: count,
  /** errors / calls; null when there was no call. */
  errorRate: z.number().min(0).nullable(),
  /** null when no call was timed in the window. */
  duration: durationSchema.nullable(),
  /** The function's share (0 to 1) of the time that all measured functions of the service took in the window. */
  timeShare: z.number().min(0).nullable(),
  /** Newest first. Several in one window: a deploy has happened. */
  versions: z.array(versionProfileSchema),
  instances: z.int().nonnegative(),
  /** Since when this function is known to be measured, in any version. */
  measuredSince: instant,
  /** Last call, also before the window; null: never called while measured. */
  lastSeen: instant.nullable(),
  /** `duration`: of the calls of whole hours that touch the window; null where none of them is told. */
  entries: z.array(z.object({ name: z.string(), calls: count, duration: durationSummarySchema.nullable() })),
  /** null: nothing is told of any condition. */
  conditions: conditionsSchema.nullable(),
  /** The slowest first. */
  exemplars: z.array(exemplarSchema),
  callers: z.array(z.object({ function: z.string(), file: z.string().optional(), calls: count })),
  queries: z.array(
    z.object({
      statement: z.string(),
      system: z.string(),
      /** In the same hours as `calls`. */
      callsPerCall: z.number(),
      /** By whole hours that touch the window, as the seconds and all that is told beside the plain numbers. */
      calls: count,
      totalSeconds: seconds,
      errors: count.optional(),
      same: sameAskedSchema.optional(),
      /**
       * How often it was asked in one request, or in one call of a function (see `runlens.query.repeats` in
       * `protocol/telemetry.ts`): more than a few times is an N+1. Absent where nothing is known.
       */
      repeats: z
        .object({
          /** Requests or calls in which it was asked. */
          of: count,
          mean: z.number().nonnegative(),
          /** Those that asked it at least `least` and less than twice as often, ascending. */
          distribution: z.array(z.object({ least: count, of: count })),
          /** The function in one call of which it was mostly repeated: the one with the loop. */
          within: z.object({ file: z.string(), function: z.string() }).optional(),
          /** Where there are several such functions: all of them, with their calls and how often each asked, on average. */
          loops: z
            .array(z.object({ file: z.string(), function: z.string(), of: count, mean: z.number().nonnegative() }))
            .optional(),
        })
        .optional(),
    }),
  ),
  outgoing: z.array(
    z.object({
      target: z.string(),
      calls: count,
      errors: count,
      totalSeconds: seconds,
      /** Of `errors`: by `error.type`, which of an answer is its status; absent: none, or not known. */
      errorTypes: z.array(z.object({ type: z.string(), count })).optional(),
      same: sameAskedSchema.optional(),
    }),
  ),
  exceptions: z.array(exceptionSchema),
  /**
   * What an `async` function waits for one after the other though none needs another, as its text tells, and how many of its
   * calls did; absent: nothing is told.
   */
  serialWaits: z
    .object({
      /** In all versions of the window. */
      calls: count,
      waits: z.array(z.object({ line: z.int().nonnegative(), calls: z.array(z.string()) })),
    })
    .optional(),
});
export type Profile = z.infer<typeof profileSchema>;

export const windowSchema = z.object({ since: instant, until: instant });

/** What is known of a file in one environment and version of a service. */
export const fileVersionSchema = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  revision: z.string().optional(),
  blob: z.string().optional(),
  lastSeen: instant,
  /** Functions that the sensor saw and does not measure. */
  unmeasured: z.array(z.object({ function: z.string(), line: z.int().nonnegative(), reason: z.string() })),
});
export type FileVersion = z.infer<typeof fileVersionSchema>;

/** `GET /api/v1/profiles` */
export const profilesQuerySchema = z.object({
  service: z.string().min(1).optional(),
  environment: z.string().min(1).optional(),
  version: z.string().min(1).optional(),
  file: z.string().min(1).optional(),
  function: z.string().min(1).optional(),
  /** An instant or a length back from now (`protocol/window.ts`); default `15m`. */
  since: z.string().optional(),
  until: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(50_000).optional(),
  form: z
    .enum(['whole', 'compact'])
    .optional()
    .describe(
      'compact: what the rest of the answer tells is left out, which are empty lists of a profile, and the duration of a version that is the only one and has that of its function.',
    ),
});
export type ProfilesQuery = z.infer<typeof profilesQuerySchema>;

export const profilesResponseSchema = z.object({
  window: windowSchema,
  /** Where the numbers come from; coarser tiers have coarser edges. */
  resolution: z.enum(['memory', 'minute', 'hour']),
  /** For each service, environment and function a profile, merged over versions and instances. */
  profiles: z.array(profileSchema),
  /** With `file`: every service, environment and version that has this file loaded; empty: nobody has. */
  files: z.array(fileVersionSchema),
  /** True when `limit` left something out. */
  truncated: z.boolean(),
});
export type ProfilesResponse = z.infer<typeof profilesResponseSchema>;

export const hotOrders = ['time', 'calls', 'errors', 'p99', 'impact'] as const;
export type HotOrder = (typeof hotOrders)[number];

/** `GET /api/v1/hot` */
export const hotQuerySchema = profilesQuerySchema.omit({ file: true, function: true, form: true }).extend({
  /** Only functions of files under this folder. */
  under: z.string().optional(),
  by: z.enum(hotOrders).default('time'),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
  histograms: z
    .enum(['whole', 'empty'])
    .optional()
    .describe('empty: the histograms of durations are left empty, for those who draw none.'),
  caller: z
    .string()
    .max(10_000)
    .regex(/^[^\n]+\n[^\n]+$/, 'must be a file and a function with a line end between them')
    .optional()
    .describe(
      'A file and a function, a line end between them. Of the `limit` first functions only those that were seen called by it.',
    ),
});
export type HotQuery = z.input<typeof hotQuerySchema>;
export const hotResponseSchema = z.object({
  window: windowSchema,
  resolution: z.enum(['memory', 'minute', 'hour']),
  by: z.enum(hotOrders),
  /** Hottest first. */
  functions: z.array(profileSchema),
  /** All measured functions of the selection, called or not. */
  measuredFunctions: z.int().nonnegative(),
});
export type HotResponse = z.infer<typeof hotResponseSchema>;

/** `GET /api/v1/entries` */
export const entriesQuerySchema = profilesQuerySchema.omit({ file: true, function: true, form: true }).extend({
  limit: z.coerce.number().int().min(1).max(2_000).default(200),
});
export type EntriesQuery = z.input<typeof entriesQuerySchema>;
export const entriesResponseSchema = z.object({
  window: windowSchema,
  resolution: z.enum(['memory', 'minute', 'hour']),
  /** The routes of services, most time first. Calls, errors (answers from 500 on) and durations are of whole requests. */
  entries: z.array(
    profileSchema
      .pick({
        service: true,
        environment: true,
        calls: true,
        callsPerMinute: true,
        errors: true,
        errorRate: true,
        duration: true,
        instances: true,
        lastSeen: true,
      })
      .extend({ name: z.string() }),
  ),
  /** True when `limit` left something out. */
  truncated: z.boolean(),
});
export type EntriesResponse = z.infer<typeof entriesResponseSchema>;

/** How well an environment is measured. */
export const measurementSchema = z.object({
  /** How many sensors do how much, of those that told of themselves in the last five minutes. */
  levels: z.partialRecord(z.enum(sensorLevels), z.int().nonnegative()),
  /** The most that one of them costs of the CPU time of its process, 0.03 for 3 %, as it estimates; null: none has told. */
  cpuShare: z.number().nonnegative().nullable(),
  /** Points that they had to drop in the last hour, most first; at most five reasons. */
  dropped: z.array(z.object({ reason: z.string(), points: z.int().nonnegative() })).max(5),
  /** What was loaded by the version that was heard of last and is not measured; absent: nothing. */
  unmeasured: z
    .object({
      /** Files that are not measured at all. */
      files: z.int().nonnegative(),
      /** Functions in others. */
      functions: z.int().nonnegative(),
      /** At most five. */
      reasons: z
        .array(z.object({ reason: z.string(), files: z.int().nonnegative(), functions: z.int().nonnegative() }))
        .max(5),
    })
    .optional(),
});
export type Measurement = z.infer<typeof measurementSchema>;

/** `GET /api/v1/services` */
export const servicesResponseSchema = z.object({
  now: instant,
  services: z.array(
    z.object({
      name: z.string(),
      repository: z.string().optional(),
      lastSeen: instant,
      environments: z.array(
        z.object({
          name: z.string(),
          lastSeen: instant,
          /** Sensors that are connected and do not measure all they could: of these an absence is no zero. */
          limitedSensors: z
            .array(z.object({ version: z.string(), instance: z.string(), state: sensorStateSchema }))
            .max(20)
            .optional(),
          /** Absent: no sensor tells of itself, and nothing is known that is not measured. */
          measurement: measurementSchema.optional(),
          /** Newest first. */
          versions: z.array(
            z.object({
              version: z.string(),
              revision: z.string().optional(),
              firstSeen: instant,
              lastSeen: instant,
              /** Instances seen in the last five minutes. */
              instances: z.int().nonnegative(),
              functions: z.int().nonnegative(),
            }),
          ),
        }),
      ),
    }),
  ),
});
export type ServicesResponse = z.infer<typeof servicesResponseSchema>;
