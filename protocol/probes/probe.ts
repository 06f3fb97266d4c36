/** A probe: what a person or an agent asks of a running service. Lines are 1-based; instants are ISO 8601 in UTC. */
import { z } from 'zod';
import { type CaptureLimits, probeLimits } from './limits.ts';

export const probeKinds = ['snapshot', 'log', 'counter', 'timer'] as const;
export type ProbeKind = (typeof probeKinds)[number];

/** No control character: these texts are shown in terminals, editors and logs. */
const text = (most: number) =>
  z
    .string()
    .max(most)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    .regex(/^[^\u0000-\u0008\u000b-\u001f\u007f]*$/, 'must hold no control characters');
const name = text(256).min(1);
const expression = text(probeLimits.expression).min(1);

export const probePlaceSchema = z.object({
  /** The source as written, relative to the repository's root, with `/`. */
  file: text(1024).min(1),
  /** In the deployed text; with `at` entry or exit, any line of the function. */
  line: z.int().positive().max(10_000_000),
  /**
   * `line`: before its first statement. `entry`: before the function's first statement. `exit`: when the function
   * returns or throws.
   */
  at: z.enum(['line', 'entry', 'exit']).default('line'),
  /** A timer from `line` to this line; without it, of the whole function. */
  untilLine: z.int().positive().optional(),
  /** The function's qualified name, where the one who places it knows: a guard against a line that has moved. */
  function: text(512).optional(),
  /**
   * Git's blob id of the text in which `line` was meant: a sensor that runs another text refuses with
   * `version-mismatch`, and never arms a wrong line.
   */
  blob: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
});
export type ProbePlace = z.infer<typeof probePlaceSchema>;

export const probeTargetSchema = z.object({
  service: name,
  /** Absent: all. */
  environment: name.optional(),
  version: name.optional(),
  /** Of `service.instance.id`. */
  instances: z.array(name).max(100).optional(),
  /** Of instances that match, at most so many. */
  mostInstances: z.int().positive().optional(),
});
export type ProbeTarget = z.infer<typeof probeTargetSchema>;

export const captureLimitsSchema = z.object({
  depth: z.int().min(0).max(6),
  fields: z.int().min(1).max(100),
  elements: z.int().min(1).max(1000),
  characters: z.int().min(1).max(8192),
  frames: z.int().min(0).max(64),
  bytes: z.int().min(1024).max(1_048_576),
  milliseconds: z.number().positive().max(10),
}) satisfies z.ZodType<CaptureLimits>;

/** What is asked of `POST /api/v1/probes`. */
export const probeRequestSchema = z
  .object({
    kind: z.enum(probeKinds),
    place: probePlaceSchema,
    target: probeTargetSchema,
    /** Of the expression language of `sensor/probes/expressions`; only hits for which it is true count. */
    condition: expression.optional(),
    /** Snapshot: values to read beside the locals. */
    expressions: z.array(expression).max(probeLimits.expressions).optional(),
    /** Log: text with `{expressions}`; `{{` and `}}` stand for braces. */
    message: text(probeLimits.message).min(1).optional(),
    /** Log. */
    level: z.enum(['debug', 'info', 'warn', 'error']).optional(),
    /** Log: also written by the service's own console. */
    toServiceLog: z.boolean().optional(),
    /** Counter and timer: told apart by this value. */
    by: expression.optional(),
    capture: captureLimitsSchema.partial().optional(),
    /** Hits that are told in all, over all instances. */
    hits: z.int().positive().optional(),
    /** Hits that one instance tells in a second. */
    rate: z.number().positive().optional(),
    /** Seconds. */
    life: z.int().min(probeLimits.shortestLife).max(probeLimits.longestLife).optional(),
    /** Snapshot: types, names and sizes of what it would capture, and no value. */
    preview: z.boolean().optional(),
    /** Why: shown to the others, and kept in the audit log. */
    reason: text(probeLimits.reason).optional(),
  })
  .check((context) => {
    const { kind, message, place, expressions, by, level, toServiceLog, preview } = context.value;
    const refuse = (path: string, message: string) =>
      context.issues.push({ code: 'custom', message, path: [path], input: context.value });
    if (kind === 'log' && message === undefined) refuse('message', 'a log probe needs a message');
    if (kind !== 'log' && message !== undefined) refuse('message', 'only a log probe has a message');
    if (kind !== 'log' && level !== undefined) refuse('level', 'only a log probe has a level');
    if (kind !== 'log' && toServiceLog !== undefined) refuse('toServiceLog', 'only a log probe writes a log');
    if (kind !== 'snapshot' && expressions !== undefined) refuse('expressions', 'only a snapshot has expressions');
    if (kind !== 'snapshot' && preview !== undefined) refuse('preview', 'only a snapshot is previewed');
    if (by !== undefined && kind !== 'counter' && kind !== 'timer')
      refuse('by', 'only counters and timers are told apart');
    if (place.untilLine !== undefined && kind !== 'timer') refuse('place', 'only a timer has a second line');
  });
export type ProbeRequest = z.infer<typeof probeRequestSchema>;

/** Who placed or asked. */
export const actorSchema = z.object({
  name,
  /** An agent's probe needs the policy's allowance, or a person's yes to exactly that probe. */
  kind: z.enum(['person', 'agent']),
  role: z.enum(['viewer', 'prober', 'admin', 'agent']),
  /** Of an agent that uses a person's token: whose that is. */
  user: name.optional(),
  /** Of an agent: when it ends its probes go with it. */
  session: text(128).optional(),
});
export type Actor = z.infer<typeof actorSchema>;

/** A probe as it is held: the request, with every limit written out. */
export const probeSchema = z.object({
  id: z.string().regex(/^p-[0-9a-z]{8,32}$/),
  request: probeRequestSchema,
  capture: captureLimitsSchema,
  /** null: no bound. */
  hits: z.int().positive().nullable(),
  rate: z.number().positive().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  owner: actorSchema,
  /** SHA-256 in hex over the canonical JSON of the request, to which a person's yes is bound. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Paused by a person; it keeps its place and tells nothing. */
  paused: z.boolean(),
});
export type Probe = z.infer<typeof probeSchema>;
