/** `GET /api/v1/series`: one function over time, for charts. Durations are seconds, instants ISO 8601 in UTC. */
import { z } from 'zod';
import { functionIdSchema, windowSchema } from './profile.ts';

const instant = z.iso.datetime();
const count = z.number().nonnegative();
const seconds = z.number().nonnegative();

/** More are no more to see. */
export const mostPoints = 200;

export const seriesQuerySchema = z.object({
  service: z.string().min(1).max(1_000),
  environment: z.string().min(1).max(1_000),
  version: z.string().min(1).optional().describe('Only this version; without it all of them, merged.'),
  file: z.string().min(1).max(4_096),
  function: z.string().min(1).max(1_000),
  line: z.coerce
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('Its line in a profile (that of the newest version): needed where functions of one file share a name.'),
  since: z.string().optional(),
  until: z.string().optional(),
  points: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostPoints)
    .default(60)
    .describe('The most points: each is of a round length of time, one minute at least.'),
});
export type SeriesQuery = z.input<typeof seriesQuerySchema>;
export type SeriesRequest = z.output<typeof seriesQuerySchema>;

export const seriesPointSchema = z.object({
  /** Where its time begins. */
  at: instant,
  /** False: no process measured the function then, so that it has no numbers: that is no zero. */
  measured: z.boolean(),
  /** Exact, as are errors. */
  calls: count,
  /** Over the part of its time in which the function was measured; null where it was not. */
  callsPerMinute: count.nullable(),
  errors: count,
  /** null: no call was timed. */
  duration: z
    .object({
      p50: seconds,
      p90: seconds,
      p99: seconds,
      /** Estimated calls by duration: bucket i holds those over 2^(i/4) up to 2^((i+1)/4) seconds. */
      histogram: z.object({ zeroCount: count, indexes: z.array(z.int()), counts: z.array(count) }),
    })
    .nullable(),
});
export type SeriesPoint = z.infer<typeof seriesPointSchema>;

export const seriesVersionSchema = z.object({
  version: z.string(),
  revision: z.string().optional(),
  /** When the service's first process of this version was heard of in this environment. */
  firstSeen: instant,
  lastSeen: instant,
});

export const seriesResponseSchema = functionIdSchema.extend({
  environment: z.string(),
  window: windowSchema,
  stepSeconds: z.int().positive(),
  /** Oldest first, without gaps; the last one goes on still. */
  points: z.array(seriesPointSchema).max(mostPoints + 1),
  /** All versions of the service in this environment that were there in the window, oldest first. */
  versions: z.array(seriesVersionSchema),
});
export type SeriesResponse = z.infer<typeof seriesResponseSchema>;
