/** `GET /api/v1/statements`: what is asked of databases, statement by statement, and who asks. Durations are seconds. */
import { z } from 'zod';
import { hotQuerySchema, windowSchema } from './profile.ts';

const count = z.number().nonnegative();
const seconds = z.number().nonnegative();

export const statementOrders = ['total', 'mean', 'repeats'] as const;

export const statementsQuerySchema = hotQuerySchema
  .omit({ by: true, limit: true, histograms: true, caller: true })
  .extend({
    by: z
      .enum(statementOrders)
      .default('total')
      .describe('By total time, mean time of one, or how often one request or call repeats it.'),
    limit: z.coerce.number().int().min(1).max(500).default(50),
  });
export type StatementsQuery = z.input<typeof statementsQuerySchema>;

/** One statement of one service and environment, whoever asks it; by whole hours that touch the window. */
export const statementSchema = z.object({
  service: z.string(),
  environment: z.string(),
  /** In which it was asked, newest first. */
  versions: z.array(z.string()),
  system: z.string(),
  statement: z.string(),
  calls: count,
  errors: count,
  totalSeconds: seconds,
  meanSeconds: seconds,
  /** Times in one request or call, on average, where it is repeated most; null: not known. More than a few is an N+1. */
  repeats: count.nullable(),
  /** Of `repeats`: the function in one call of which it is repeated; null: not known. */
  repeatedIn: z.string().nullable(),
  /** Most calls first. */
  askers: z.array(z.object({ function: z.string(), file: z.string(), line: z.int().nonnegative(), calls: count })),
  lastSeen: z.iso.datetime(),
});
export type Statement = z.infer<typeof statementSchema>;

export const statementsResponseSchema = z.object({
  window: windowSchema,
  by: z.enum(statementOrders),
  statements: z.array(statementSchema),
  /** All that were found, and the seconds of all of them. */
  found: z.int().nonnegative(),
  totalSeconds: seconds,
  /** Functions whose statements these are: those that took most time. */
  surveyedFunctions: z.int().nonnegative(),
  /** All of the selection. */
  measuredFunctions: z.int().nonnegative(),
});
export type StatementsResponse = z.infer<typeof statementsResponseSchema>;
