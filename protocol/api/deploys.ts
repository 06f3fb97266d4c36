/** Which versions of a service ran, in the order in which they came: deploys, canaries and roll-backs. */
import { z } from 'zod';

const instant = z.string().max(40);
const name = z.string().min(1).max(1_000);

/** `GET /api/v1/deploys`: of one service in one environment. */
export const deploysQuerySchema = z.object({
  service: name,
  environment: name,
  limit: z.coerce.number().int().min(1).max(200).default(20),
});
export type DeploysQuery = z.input<typeof deploysQuerySchema>;

export const deploySchema = z.object({
  version: z.string(),
  revision: z.string().optional(),
  since: instant,
  /** When it was last heard of. */
  until: instant,
  isRunning: z.boolean(),
  /** It had run before, and came back. */
  isReturn: z.boolean(),
  /** What it replaced, or runs beside: what it is compared with. Absent: nothing ran before. */
  base: z.object({ version: z.string(), revision: z.string().optional(), isRunning: z.boolean() }).optional(),
});
export type Deploy = z.infer<typeof deploySchema>;

export const deploysResponseSchema = z.object({
  now: instant,
  /** The newest first. */
  deploys: z.array(deploySchema),
});
export type DeploysResponse = z.infer<typeof deploysResponseSchema>;
