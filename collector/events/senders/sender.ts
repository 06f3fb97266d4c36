/** What is known of a sender: how it proves who it is, and how its payload is read. */
import type { EventSender } from '@runlens/protocol/api/events';
import { z } from 'zod';
import type { ReadMessage } from '../message.ts';
import type { Signature } from '../signatures.ts';

export interface SenderRequest {
  /** Parsed from JSON. */
  readonly body: unknown;
  readonly header: (name: string) => string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Sender {
  readonly name: EventSender;
  /** Absent: it cannot sign, and sends the secret as it is. */
  readonly signature?: Signature;
  /** Empty: it is about nothing that is an event. Throws a {@link UnreadableEventError}. */
  read(request: SenderRequest): readonly ReadMessage[];
}

/** By words of a payload. An object would also know `constructor` and other words that are nobody's. */
export type WordTable<Value> = ReadonlyMap<string, Value>;

/** The payload is not what the sender's documentation says; the message says what is missing. */
export class UnreadableEventError extends Error {
  override readonly name = 'UnreadableEventError';
}

/** Throws an {@link UnreadableEventError} that names the field. */
export function parsed<Schema extends z.ZodType>(schema: Schema, body: unknown, what: string): z.output<Schema> {
  let result: z.ZodSafeParseResult<z.output<Schema>>;
  try {
    result = schema.safeParse(body);
  } catch (error) {
    // A schema of trees comes to the end of the stack before JSON does.
    if (!(error instanceof RangeError)) throw error;
    throw new UnreadableEventError(`${what} is nested too deeply.`);
  }
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join('.').slice(0, 100) || 'the body';
  throw new UnreadableEventError(`This is not ${what}: ${field}: ${issue?.message ?? 'is not valid'}.`);
}

/** Milliseconds since 1970 of ISO 8601, seconds or milliseconds; `otherwise` where it is none. */
export function instantOf(value: unknown, otherwise: number): number {
  const digits = typeof value === 'string' && /^\d{10,13}(?:\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof digits === 'number' && Number.isFinite(digits) && digits > 0)
    return digits > 1e11 ? Math.round(digits) : Math.round(digits * 1_000);
  if (typeof value !== 'string') return otherwise;
  const instant = Date.parse(value);
  // Go's zero time stands for none.
  return Number.isNaN(instant) || instant <= 0 ? otherwise : instant;
}

/** Numbers and flags as texts; what is nested or empty is left out. */
export function labelsOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, string][] =>
      (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean'
        ? [[name, String(value)]]
        : [],
    ),
  );
}

/** A text that may be absent, null or a number. */
export const loose = z
  .union([z.string(), z.number(), z.boolean()])
  .nullish()
  .transform((value) => (value === null || value === undefined || value === '' ? undefined : String(value)));
