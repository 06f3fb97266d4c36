/** What production does not use: functions that were loaded and never called, and which files were loaded at all. */
import { z } from 'zod';

const instant = z.iso.datetime();
const count = z.int().nonnegative();

/** `GET /api/v1/unused` */
export const unusedQuerySchema = z.object({
  service: z.string().min(1).optional(),
  environment: z.string().min(1).optional(),
  version: z.string().min(1).optional().describe('Without it: the version of each service that was seen last.'),
  /** Only functions of files under this folder. */
  under: z.string().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(500),
  files: z
    .enum(['none', 'loaded'])
    .default('none')
    .describe(
      'loaded: also the files that the version has loaded. A file of the repository that is none of them never ran.',
    ),
});
export type UnusedQuery = z.input<typeof unusedQuerySchema>;

/** A function that a running version has loaded, and that was never called. */
export const neverCalledSchema = z.object({
  file: z.string(),
  function: z.string(),
  line: count,
  /** Since when it is measured in this version. */
  since: instant,
  /** Since when it is measured in any version of this selection, never called in one of them. */
  sinceInAnyVersion: instant,
});

export const unusedResponseSchema = z.object({
  now: instant,
  /** What was seen last first. */
  deployments: z.array(
    z.object({
      service: z.string(),
      environment: z.string(),
      version: z.string(),
      revision: z.string().optional(),
      /** Since when this version is known to run. */
      since: instant,
      lastSeen: instant,
      measuredFunctions: count,
      /** All of them, also those that `limit` left out. */
      neverCalled: count,
      /** By file and line. */
      functions: z.array(neverCalledSchema),
      loadedFiles: count,
      /** With `files=loaded`: those that hold functions, relative to the repository's root, sorted. */
      files: z.array(z.string()).optional(),
    }),
  ),
});
export type UnusedResponse = z.infer<typeof unusedResponseSchema>;
