/** `GET /api/v1/stream`: server-sent events; `event:` is the kind, `data:` this JSON, `id:` ascending. */
import { z } from 'zod';

/** Profiles changed: sent at most every 250 ms for all that arrived meanwhile. */
export const profilesEventSchema = z.object({
  at: z.iso.datetime(),
  changes: z.array(
    z.object({
      service: z.string(),
      environment: z.string(),
      version: z.string(),
      /** The files whose functions changed; absent when they are more than {@link maxFilesInEvent}. */
      files: z.array(z.string()).optional(),
      /** A version not seen before: a deploy. */
      newVersion: z.boolean().optional(),
    }),
  ),
});
export type ProfilesEvent = z.infer<typeof profilesEventSchema>;
export const maxFilesInEvent = 200;
/** A comment line is sent this often, so that a dead connection is noticed. */
export const streamHeartbeatMilliseconds = 15_000;

/** `GET /health`: no token is asked; nothing of the user's data is told. */
export const healthResponseSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  startedAt: z.iso.datetime(),
  /** What is wrong and what to do, when degraded: a full disk, a store that cannot be written. */
  problems: z.array(z.string()),
  lastIngest: z.iso.datetime().nullable(),
});
export type HealthResponse = z.infer<typeof healthResponseSchema>;
