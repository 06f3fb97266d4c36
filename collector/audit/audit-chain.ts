/** How the records of an audit log hang together: what both its writer and whoever verifies it go by. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AuditRecord, auditRecordSchema } from '@runlens/protocol/audit';
import { z } from 'zod';

/** In the data folder, which one collector at a time may use: a chain has one writer. */
export const auditFolder = 'audit';
export const auditFile = 'audit.ndjson';
export const auditHeadFile = 'audit.head.json';
export const genesis = '0'.repeat(64);
/** Bytes of a record's line: three texts of 2,000 characters, each of which JSON may write as six bytes, and the rest. */
export const longestLine = 65_536;

const headSchema = z.object({ number: z.int().nonnegative(), hash: z.string().regex(/^[0-9a-f]{64}$/) });
/** The last record that was written, kept beside the log; 0: none yet. */
export type Head = z.infer<typeof headSchema>;

/** SHA-256 in hex of a record's fields, in this order, as a JSON array. */
export function hashOf(record: Omit<AuditRecord, 'hash'>): string {
  const { number, at, actor, action, subject, outcome, reason, details, previous } = record;
  const canonical = JSON.stringify([
    number,
    at,
    actor.name,
    actor.kind,
    actor.role,
    actor.session ?? null,
    action,
    subject,
    outcome,
    reason ?? null,
    details ?? null,
    previous,
    ...(actor.user === undefined ? [] : [actor.user]),
  ]);
  return digestOf(canonical);
}

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Undefined: it is no record. Only the line as it was written is one: a second field of a name or one that the hash does not
 * cover would let a reader see something else than what is verified.
 */
export function readRecord(line: string): AuditRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (JSON.stringify(value) !== line) return undefined;
    return auditRecordSchema.safeParse(value).data;
  } catch {
    return undefined;
  }
}

/** Undefined: there is none that can be read. */
export function readHead(folder: string): Head | undefined {
  try {
    return headSchema.safeParse(JSON.parse(readFileSync(join(folder, auditHeadFile), 'utf8'))).data;
  } catch {
    return undefined;
  }
}
