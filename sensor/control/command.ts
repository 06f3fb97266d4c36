import type { ControlCommand, ControlMessage } from '@runlens/protocol/control';
import { type ProbesCommand, readProbes } from './read-probes.ts';

/** A line of the stream. Undefined: nothing that a collector of this version writes. */
export type ReceivedMessage =
  | Exclude<ControlMessage, { readonly kind: 'probes' }>
  | ProbesCommand
  | { readonly kind: 'unreadable' | 'unsupported'; readonly id: string };

/** Kinds of commands that this sensor knows. */
export const knownCommands: readonly ControlCommand['kind'][] = ['switch', 'probes'];

const longestLabel = 256;

/** What a line says; never throws. By hand: zod would cost the service 5 MB for a handful of fields. */
export function readMessage(line: string): ReceivedMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...message };
  const { kind, id, on, connection } = fields;
  if (kind === 'heartbeat') return { kind };
  if (kind === 'welcome') return isLabel(connection) ? { kind, connection } : undefined;
  if (!isLabel(id)) return undefined;
  if (kind === 'switch' && typeof on === 'boolean') return { kind, id, on };
  if (kind === 'probes') return readProbes(id, fields) ?? { kind: 'unreadable', id };
  return { kind: 'unsupported', id };
}

const isLabel = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= longestLabel;
