/** `/api/v1/probes`: placing, seeing and removing probes. */
import { z } from 'zod';
import { captureSchema } from '../probes/capture.ts';
import { probeRequestSchema } from '../probes/probe.ts';
import { capturableNameSchema, probeStatusSchema } from '../probes/state.ts';

/** `POST /api/v1/probes` */
export const placeProbeSchema = probeRequestSchema;
export const placedProbeSchema = probeStatusSchema;

/**
 * `POST /api/v1/probes/preview`, with the request of a snapshot: what it would capture, without a value. It is placed for
 * as long as is waited for one hit, and removed.
 */
export const previewQuerySchema = z.object({
  /** Seconds. */
  wait: z.coerce.number().min(0).max(8).optional(),
});
export const previewSchema = z.discriminatedUnion('from', [
  /** One hit without values. */
  z.object({ from: z.literal('hit'), capture: captureSchema }),
  /** No hit came: the names of the text that is loaded. */
  z.object({
    from: z.literal('scope'),
    file: z.string(),
    line: z.int().positive(),
    function: z.string(),
    names: z.array(capturableNameSchema),
    /** Why there was no hit, in a sentence. */
    why: z.string(),
  }),
  z.object({ from: z.literal('nothing'), why: z.string() }),
]);
export type ProbePreview = z.infer<typeof previewSchema>;

export const probesQuerySchema = z.object({
  service: z.string().optional(),
  file: z.string().optional(),
  /** Also those that have ended, for an hour. */
  ended: z.enum(['true', 'false']).optional(),
});
export const probesResponseSchema = z.object({ now: z.iso.datetime(), probes: z.array(probeStatusSchema) });
export type ProbesResponse = z.infer<typeof probesResponseSchema>;

export const capturesQuerySchema = z.object({
  /** Only those after this one. */
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
});
export const capturesResponseSchema = z.object({
  probe: probeStatusSchema,
  /** Oldest first. */
  captures: z.array(captureSchema),
});
export type CapturesResponse = z.infer<typeof capturesResponseSchema>;

/** `POST /api/v1/probes/{id}/approve`: a person's yes to exactly that probe. */
export const approveProbeSchema = z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) });
/** `POST /api/v1/probes/{id}/change` */
export const changeProbeSchema = z.object({
  paused: z.boolean().optional(),
  /** Seconds from now. */
  life: z.int().positive().max(604_800).optional(),
});
export type ChangeProbe = z.infer<typeof changeProbeSchema>;
/** `DELETE /api/v1/probes`: all that fit; of an agent's session that ends, or in an emergency. */
export const disarmSchema = z.object({
  service: z.string().optional(),
  environment: z.string().optional(),
  session: z.string().optional(),
});
export type Disarm = z.infer<typeof disarmSchema>;
export const disarmedSchema = z.object({
  removed: z.array(z.string()),
  /** Of those that could not be told: the instances that may still have it until they lose the collector. */
  unconfirmed: z.array(z.object({ probe: z.string(), instance: z.string() })),
});
export type Disarmed = z.infer<typeof disarmedSchema>;

/** Events of the stream. */
export const probeEventSchema = z.object({ at: z.iso.datetime(), probe: probeStatusSchema });
export type ProbeEvent = z.infer<typeof probeEventSchema>;
export const captureEventSchema = z.object({
  at: z.iso.datetime(),
  probe: z.string(),
  capture: z.string(),
  service: z.string(),
});
export type CaptureEvent = z.infer<typeof captureEventSchema>;

export { actorHeaders } from '../actor-headers.ts';
