/** `GET /api/v1/overview`: all functions of a service with few numbers each, to draw them all at once. */
import { z } from 'zod';
import { windowSchema } from './profile.ts';

const count = z.number().nonnegative();

/** Beyond it the functions that took least time are left out. */
export const mostOverviewFunctions = 20_000;

export const overviewQuerySchema = z.object({
  service: z.string().min(1).max(1_000),
  environment: z.string().min(1).max(1_000),
  version: z.string().min(1).optional(),
  since: z.string().optional(),
  until: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(mostOverviewFunctions).default(mostOverviewFunctions),
});
export type OverviewQuery = z.input<typeof overviewQuerySchema>;
export type OverviewRequest = z.output<typeof overviewQuerySchema>;

export const overviewResponseSchema = z.object({
  service: z.string(),
  environment: z.string(),
  window: windowSchema,
  /** Relative to the repository's root. */
  files: z.array(z.string()),
  /** A column a figure, as 20,000 objects would be three times as long; position i of each is of one function. */
  functions: z.object({
    name: z.array(z.string()),
    /** Position in `files`. */
    file: z.array(z.int().nonnegative()),
    line: z.array(z.int().nonnegative()),
    /** Good to seven digits, as are all here. */
    calls: z.array(count),
    errors: z.array(count),
    /** Estimated for all calls, each from its begin to its end, with what it calls and waits for. */
    seconds: z.array(count),
  }),
  /** All measured functions of the selection, called or not. */
  measuredFunctions: z.int().nonnegative(),
  truncated: z.boolean(),
});
export type OverviewResponse = z.infer<typeof overviewResponseSchema>;
