/** Two versions or two windows of a service, function by function: what differs by more than chance. */
import { z } from 'zod';
import { exceptionSchema, windowSchema } from './profile.ts';

const count = z.number().nonnegative();
const seconds = z.number().nonnegative();
const name = z.string().min(1).max(1_000);
const instant = z.string().max(40);

/** `GET /api/v1/compare`: of one service in one environment. Instants as in profiles: ISO 8601, or a length back from now. */
export const compareQuerySchema = z.object({
  service: name,
  environment: name,
  of: z
    .enum(['versions', 'windows'])
    .default('versions')
    .describe('versions: one deployed version against another; windows: a window against an earlier one.'),
  version: name.optional().describe('Of versions: without it the newest. Of windows: only this version.'),
  baseVersion: name.optional().describe('Of versions: what is compared with; without it the one before.'),
  since: instant
    .optional()
    .describe(
      'Of windows: where the window begins (default 15m). Of versions: the most that is read of each (default 1h).',
    ),
  until: instant.optional(),
  baseSince: instant.optional().describe('Of windows: without it, the window of the same length just before.'),
  baseUntil: instant.optional(),
  file: z.string().min(1).max(4_096).optional(),
  function: name.optional(),
  under: z.string().min(1).max(4_096).optional().describe('Only functions of files under this folder.'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export type CompareQuery = z.input<typeof compareQuerySchema>;
export type CompareRequest = z.output<typeof compareQuerySchema>;

export const changeKinds = [
  'slower',
  'faster',
  /** The slow calls are slower; most are as before. */
  'slowerTail',
  'fasterTail',
  'moreErrors',
  'fewerErrors',
  /** Against the traffic of the whole service. */
  'moreCalls',
  'fewerCalls',
  /** Called before, and not once now though it is measured. */
  'notCalled',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

export const comparedNumbersSchema = z.object({
  /** Exact, as are errors. */
  calls: count,
  callsPerMinute: count,
  errors: count,
  /** null: no call was timed. In seconds. */
  p50: seconds.nullable(),
  p95: seconds.nullable(),
  p99: seconds.nullable(),
});
export type ComparedNumbers = z.infer<typeof comparedNumbersSchema>;

const functionSchema = z.object({ file: z.string(), function: z.string(), line: z.int().nonnegative() });

export const functionChangeSchema = functionSchema.extend({
  base: comparedNumbersSchema,
  now: comparedNumbersSchema,
  changes: z.array(
    z.object({
      kind: z.enum(changeKinds),
      /**
       * Now over base: of the median, the 95th percentile, the error rate or the calls, without what the mix of entries makes of
       * it; null: there was none.
       */
      ratio: z.number().nonnegative().nullable(),
      /** Of all changes of at most this value, the share that is expected to be chance (Benjamini and Hochberg). */
      falseDiscoveryRate: z.number().min(0).max(1),
    }),
  ),
});
export type FunctionChange = z.infer<typeof functionChangeSchema>;

export const sideSchema = z.object({
  /** Empty: all that ran in the window. */
  version: z.string(),
  revision: z.string().optional(),
  window: windowSchema,
  /** In so many batches of time. */
  batches: z.int().nonnegative(),
  instances: z.int().nonnegative(),
  /** Of versions by the whole hours that touch the window, as are errors. */
  calls: count,
  errors: count,
});
export type ComparedSide = z.infer<typeof sideSchema>;

export const relations = [
  /** The older one ran before the newer one came. */
  'after',
  /** Both ran at once, as a canary does: the same minutes of both are compared. */
  'beside',
  /** The newer one had run before, and came back: a roll-back. */
  'back',
] as const;

export const compareResponseSchema = z.object({
  service: z.string(),
  environment: z.string(),
  of: z.enum(['versions', 'windows']),
  /** How the sides lie to each other. */
  relation: z.enum(relations),
  base: sideSchema,
  now: sideSchema,
  /** Calls a minute now over base: the median over functions. null: not known. */
  traffic: z.number().nonnegative().nullable(),
  /** Functions measured on both sides, and those of them with calls enough to be tested at all. */
  compared: z.int().nonnegative(),
  tested: z.int().nonnegative(),
  /** What costs most first. */
  functions: z.array(functionChangeSchema),
  /** True when `limit`, or what can be looked at closely in one answer, left some out. */
  truncated: z.boolean(),
  /** Errors that were never seen before. */
  newErrors: z.array(functionSchema.extend({ exception: exceptionSchema })),
  /** Queries that a function did not ask before, though it was called. */
  newQueries: z.array(functionSchema.extend({ system: z.string(), statement: z.string(), calls: count })),
  /** Called in the base, and not loaded now; most calls first. Of versions only. */
  removed: z.array(functionSchema.extend({ calls: count })),
  /** Measured now and not in the base. Of versions only. */
  added: z.int().nonnegative(),
  /** Why there is nothing to compare yet, and what to do. */
  tooEarly: z.string().optional(),
});
export type CompareResponse = z.infer<typeof compareResponseSchema>;
