/**
 * What is new in production for an agent's session, `POST /api/v1/context`: told once, to whichever process of the session asks
 * first (a tool's answer, a hook, a resource that is read). Instants are ISO 8601 in UTC.
 */
import { z } from 'zod';
import { eventKinds, eventSeverities } from './events.ts';

const instant = z.iso.datetime();
const name = z.string().min(1).max(300);
const path = z.string().min(1).max(1_000).describe('Relative to the root of the repository, with `/`.');
const functionSchema = z.object({ file: path, function: name });

/** Of one request; more is cut by who sends it. */
export const mostInterests = 100;
export const contextVersionPattern = /^cv-[0-9a-f]{8}$/;

/** What a session works on, as far as one call of it tells. */
export const interestSchema = z.object({
  service: name.optional(),
  environment: name.optional(),
  /** Asked about, read or written. */
  files: z.array(path).max(mostInterests).optional(),
  functions: z.array(functionSchema).max(mostInterests).optional(),
  /** All that the working copy has changed: in place of what was told before. */
  changed: z.array(path).max(mostInterests).optional(),
  /** Subscribed outright: services and functions. */
  subscriptions: z
    .array(z.object({ service: name, environment: name.optional(), file: path.optional(), function: name.optional() }))
    .max(mostInterests)
    .optional(),
});
export type Interest = z.infer<typeof interestSchema>;

export const contextRequestSchema = z.object({
  /** By what way the answer reaches the agent: `tool`, `hook UserPromptSubmit`, `resource`. For the audit log. */
  via: z.string().min(1).max(60),
  /**
   * Of the working copy, opaque: the processes of one session are known by it. Absent: the session is known by its name alone.
   */
  workspace: z.string().min(1).max(128).optional(),
  /**
   * True: the session's name is that of a process which does not know the host's, so where the workspace has exactly one such and
   * one named by its host, they are one session.
   */
  joins: z.boolean().default(false),
  interest: interestSchema.default({}),
  /** The answer that it is told with: whether earlier ones to the same question still hold is told, too. */
  answer: z
    .object({
      tool: z.string().min(1).max(60),
      /** The function or file that it is of, for who is told that it no longer holds. */
      about: name.optional(),
      /** Equal for equal questions. */
      question: z.string().min(1).max(64),
      contextVersion: z.string().regex(contextVersionPattern),
    })
    .optional(),
  /** `news`: what the session was not told; `standing`: all that concerns it now, told or not. */
  form: z.enum(['news', 'standing']).default('news'),
  /** What the text may cost at most. */
  maxTokens: z.int().min(40).max(2_000).default(350),
  /** False: only looked at, and told again the next time. */
  mark: z.boolean().default(true),
});
export type ContextRequest = z.input<typeof contextRequestSchema>;

/**
 * `fired`, `again`: it fires; `changed`: it is worse than it was; `flapping`: it comes and goes, and no more of it is told until it
 * settles; `happened`: at once, as a deployment; `over`: what the session was told of fires no more.
 */
export const newsChanges = ['fired', 'again', 'changed', 'flapping', 'happened', 'over'] as const;
export type NewsChange = (typeof newsChanges)[number];

/** Why something concerns a session, the closest first. */
export const concernKinds = [
  'subscribed',
  'function',
  'file',
  'caller',
  'callee',
  'entry',
  'service',
  'dependency',
  'all',
] as const;
export type ConcernKind = (typeof concernKinds)[number];

export const newsItemSchema = z.object({
  /** Of the event. */
  id: z.string(),
  change: z.enum(newsChanges),
  kind: z.enum(eventKinds),
  severity: z.enum(eventSeverities),
  title: z.string(),
  service: z.string().nullable(),
  environment: z.string().nullable(),
  version: z.string().nullable(),
  startedAt: instant,
  endedAt: instant.nullable(),
  functions: z.array(
    z.object({ file: z.string(), function: z.string(), line: z.int().nonnegative(), why: z.string() }),
  ),
  concern: z.object({ kind: z.enum(concernKinds), score: z.number().min(0).max(1), of: z.string() }),
});
export type NewsItem = z.infer<typeof newsItemSchema>;

export const contextResponseSchema = z.object({
  now: instant,
  /** Of what the session knows of production: another one when something was told. Of `standing`: of what stands. */
  contextVersion: z.string(),
  /** When the session was last told something; null: never. */
  since: instant.nullable(),
  /** The gravest first. */
  news: z.array(newsItemSchema),
  /** Told as a number only. */
  more: z.number().nonnegative(),
  /** Earlier answers of the session that no longer hold; each is told once. */
  superseded: z.array(z.object({ contextVersion: z.string(), tool: z.string(), about: z.string().optional() })),
  /** All of it for a model, with what production says fenced; empty: nothing is new. Of `standing` it is never empty. */
  text: z.string(),
});
/** `DELETE /api/v1/context` */
export const contextEndedSchema = z.object({ ended: z.literal(true) });

export type ContextResponse = z.infer<typeof contextResponseSchema>;
