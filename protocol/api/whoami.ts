/** `GET /api/v1/whoami`: who the token speaks for, so that a client can say what is not allowed before it is tried. */
import type { z } from 'zod';
import { actorSchema } from '../probes/probe.ts';

export const whoamiResponseSchema = actorSchema;
export type WhoamiResponse = z.infer<typeof whoamiResponseSchema>;
