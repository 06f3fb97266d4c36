/** The records of the audit log: who did what, and how it ended. */
import { z } from 'zod';
import { actorSchema } from './probes/probe.ts';

export const auditActions = [
  'probe.place',
  'probe.approve',
  'probe.pause',
  'probe.renew',
  'probe.remove',
  'probe.disarm-all',
  'probe.end',
  'captures.read',
  'sensors.switch',
  'finding.state',
  'finding.explain',
  'context.push',
  'context.push',
  'token.create',
  'token.revoke',
  'access.refused',
  'log.begun',
  'log.recovered',
  'log.damaged',
] as const;

export const auditEntrySchema = z.strictObject({
  actor: z.strictObject(actorSchema.shape),
  action: z.enum(auditActions),
  /** What it was done to: a probe's id and place, a service, a path. */
  subject: z.string(),
  outcome: z.enum(['done', 'refused', 'failed']),
  reason: z.string().optional(),
  /** JSON of what was asked. */
  details: z.string().optional(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditRecordSchema = auditEntrySchema.extend({
  /** From 1, without a gap. */
  number: z.int().positive(),
  at: z.iso.datetime(),
  /** SHA-256 in hex of the record before; of the first: 64 zeros. */
  previous: z.string(),
  hash: z.string(),
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;
