/**
 * The channel by which a collector speaks to sensors. A sensor holds one answer open (`connect`), in which the collector
 * writes commands, one JSON document a line; the sensor answers each by a report. Unknown kinds of commands are
 * reported as `unsupported`, unknown fields are left alone: so both sides can be of different ages.
 */
import { z } from 'zod';
import { controlLimits, controlVersion, sensorLevels, switchedBy } from './control-names.ts';
import { probeReportSchema, probesCommandSchema } from './probes/messages.ts';

export * from './control-names.ts';

const label = z.string().max(256);
const share = z.number().min(0).max(1_000);

/** What a sensor does and why, as it tells by itself. */
export const sensorStateSchema = z.object({
  level: z.enum(sensorLevels),
  /** Since when, ISO 8601. */
  since: z.iso.datetime(),
  /** By whom it was switched off; empty unless `level` is `off`. */
  offBy: z.array(z.enum(switchedBy)).max(switchedBy.length),
  /** What it costs of the CPU time of the process and at least of a third of a core, 0.03 for 3 %, over its last looks; null: not known yet. */
  cpuShare: share.nullable(),
  /** What it may cost. */
  cpuBudget: share,
  /** Relative paths of files that it leaves out because they cost too much. */
  filesOff: z.array(z.string().max(1_024)).max(controlLimits.files),
});
export type SensorState = z.infer<typeof sensorStateSchema>;

/** The body of `connect`. */
export const sensorHelloSchema = z.object({
  version: z.literal(controlVersion),
  service: label,
  serviceVersion: label.optional(),
  environment: label.optional(),
  /** `service.instance.id` */
  instance: label.min(1),
  pid: z.int().nonnegative(),
  node: label,
  sensor: label,
  /** Kinds of commands that it knows. */
  commands: z.array(label).max(50),
  state: sensorStateSchema,
});
export type SensorHello = z.infer<typeof sensorHelloSchema>;

/** What the collector writes. Only commands with an `id` are answered. */
export const controlMessageSchema = z.discriminatedUnion('kind', [
  /** The first line: the name of this connection, which reports carry. */
  z.object({ kind: z.literal('welcome'), connection: label.min(1) }),
  z.object({ kind: z.literal('heartbeat') }),
  /** Measure, or do not, whatever else stands against it. */
  z.object({ kind: z.literal('switch'), id: label.min(1), on: z.boolean() }),
  probesCommandSchema,
]);
export type ControlMessage = z.infer<typeof controlMessageSchema>;
export type ControlCommand = Extract<ControlMessage, { readonly id: string }>;

export const acknowledgementSchema = z.object({
  id: label.min(1),
  outcome: z.enum(['done', 'refused', 'unsupported']),
  /** A sentence, where it is not done. */
  reason: z.string().max(500).optional(),
});
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

/** The body of `report`: the state as it is now, and what became of commands. */
export const sensorReportSchema = z.object({
  connection: label.min(1),
  state: sensorStateSchema,
  acknowledgements: z.array(acknowledgementSchema).max(100),
  /** Of probes whose state or numbers have changed. */
  probes: z.array(probeReportSchema).max(200).optional(),
});
export type SensorReport = z.infer<typeof sensorReportSchema>;
