/** Sensors that are connected to the collector, and the switch of them. Instants are ISO 8601 in UTC. */
import { z } from 'zod';
import { sensorStateSchema } from '../control.ts';

export const connectedSensorSchema = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  instance: z.string(),
  pid: z.int().nonnegative(),
  node: z.string(),
  sensor: z.string(),
  connectedSince: z.iso.datetime(),
  state: sensorStateSchema,
});
export type ConnectedSensor = z.infer<typeof connectedSensorSchema>;

/** What was switched, remembered for sensors that connect later. Absent parts: whatever they are. */
export const sensorSwitchSchema = z.object({
  service: z.string(),
  environment: z.string().optional(),
  instance: z.string().optional(),
  on: z.boolean(),
  at: z.iso.datetime(),
});
export type SensorSwitch = z.infer<typeof sensorSwitchSchema>;

/** `GET /api/v1/sensors` */
export const sensorsResponseSchema = z.object({
  now: z.iso.datetime(),
  sensors: z.array(connectedSensorSchema),
  /** The narrowest that fits an instance counts; where none does, it measures. */
  switches: z.array(sensorSwitchSchema),
});
export type SensorsResponse = z.infer<typeof sensorsResponseSchema>;

/** The body of `POST /api/v1/sensors/state` */
export const switchRequestSchema = z.object({
  service: z.string().min(1).max(256),
  environment: z.string().min(1).max(256).optional(),
  instance: z.string().min(1).max(256).optional(),
  on: z.boolean(),
});
export type SwitchRequest = z.infer<typeof switchRequestSchema>;

/** Each sensor that was spoken to; `pending`: it has not answered yet. */
export const switchResponseSchema = z.object({
  switch: sensorSwitchSchema,
  sensors: z.array(
    connectedSensorSchema.extend({
      outcome: z.enum(['done', 'refused', 'unsupported', 'pending']),
      reason: z.string().optional(),
    }),
  ),
});
export type SwitchResponse = z.infer<typeof switchResponseSchema>;
