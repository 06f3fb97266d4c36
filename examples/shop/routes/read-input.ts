import type { z } from 'zod';
import { BadRequest } from '../errors.ts';

/** Checks what a request brought; throws BadRequest that names each wrong field. */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const complaints = result.error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`);
  throw new BadRequest(complaints.join('; '));
}
