/** What the collector tells a sensor of its probes, and what the sensor tells back; see `protocol/control.ts`. */
import { z } from 'zod';
import { captureSchema } from './capture.ts';
import { probeSchema } from './probe.ts';
import { instanceStateSchema, probeNumbersSchema } from './state.ts';

/** What an instance needs of a probe; not who placed it, nor why. */
export const armedProbeSchema = probeSchema.pick({
  id: true,
  request: true,
  capture: true,
  hits: true,
  rate: true,
  expiresAt: true,
  paused: true,
});
export type ArmedProbe = z.infer<typeof armedProbeSchema>;

/** All probes of that instance: what is not among them is to be withdrawn. */
export const probesCommandSchema = z.object({
  kind: z.literal('probes'),
  id: z.string().min(1).max(256),
  probes: z.array(armedProbeSchema).max(200),
  /** Names that are secret beside the built-in ones, of the collector's policy. */
  secretNames: z.array(z.string().max(100)).max(1000),
});

/** How one probe stands in the instance that reports. */
export const probeReportSchema = z.object({
  probe: z.string().max(64),
  state: instanceStateSchema.omit({ instance: true }),
  numbers: z.array(probeNumbersSchema).max(100).optional(),
});
export type ProbeReport = z.infer<typeof probeReportSchema>;

/** A capture as the sensor sends it: who it is the collector knows by the connection. */
export const sentCaptureSchema = captureSchema.omit({
  service: true,
  environment: true,
  version: true,
  instance: true,
});
export type SentCapture = z.infer<typeof sentCaptureSchema>;

/** The body of `captures`. */
export const capturesMessageSchema = z.object({
  connection: z.string().min(1).max(256),
  captures: z.array(sentCaptureSchema).max(100),
});
export type CapturesMessage = z.infer<typeof capturesMessageSchema>;
