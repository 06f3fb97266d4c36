/** Every error of the collector is a problem document (RFC 9457) whose `detail` says what to do. */
import { z } from 'zod';

export const problemCodes = [
  'bad-request',
  'unauthorized',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'payload-too-large',
  'unsupported-media-type',
  'too-many-requests',
  'storage-full',
  'internal',
  'unavailable',
] as const;

export const problemSchema = z.object({
  /** `https://runlens.dev/problems/<code>` */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** A sentence that says what happened, with what, and what to do. */
  detail: z.string(),
  code: z.enum(problemCodes),
});
export type Problem = z.infer<typeof problemSchema>;
export const problemMediaType = 'application/problem+json';
