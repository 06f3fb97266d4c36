/** Findings: what deserves a fix, found in production by itself and ranked by what it costs. */
import { z } from 'zod';
import { actorSchema } from '../probes/probe.ts';

const instant = z.iso.datetime();
const count = z.number().nonnegative();

export const findingKinds = [
  /** One query for each of many items (N+1). */
  'repeatedQuery',
  'slowQuery',
  /** A cheap function that is called so often in one request that it makes up much of it. */
  'repeatedCall',
  /** Queries or calls of other services that ask again and again for the same. */
  'identicalCalls',
  /** Waits one after the other, though none needs another. */
  'serialAwaits',
  /** Errors that reach users as answers from 500 on, or that leave a job unseen. */
  'failing',
  /** A kind of error that no version has had before. */
  'newError',
  /** Another service that fails. */
  'failingDependency',
  'slowerVersion',
  'failingVersion',
  /** A few calls take many times as long as the others, under a condition that is known. */
  'slowCondition',
  'growsWithConcurrency',
  /** Each call takes longer the more calls there are, or the more there were since the process began. */
  'growsWithTraffic',
  'neverCalled',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** How findings of a kind are called, for people. */
export const findingKindNames: Readonly<Record<FindingKind, string>> = {
  repeatedQuery: 'N+1 queries',
  slowQuery: 'Slow query',
  repeatedCall: 'Repeated call',
  identicalCalls: 'Identical calls',
  serialAwaits: 'Waits one after the other',
  failing: 'Failing',
  newError: 'New error',
  failingDependency: 'Failing dependency',
  slowerVersion: 'Slower since a version',
  failingVersion: 'Failing more since a version',
  slowCondition: 'Slow under a condition',
  growsWithConcurrency: 'Slower under load',
  growsWithTraffic: 'Slower with traffic',
  neverCalled: 'Never called',
};

export const findingStates = ['new', 'accepted', 'inWork', 'fixed', 'back', 'muted'] as const;
export type FindingState = (typeof findingStates)[number];
/** Those that somebody should look at or is at. */
export const openStates: readonly FindingState[] = ['new', 'accepted', 'inWork', 'back'];

/** `certain`: counted; `likely`: follows from what is counted; `possible`: look before you change anything. */
export const confidences = ['certain', 'likely', 'possible'] as const;

export const impactSchema = z.object({
  /**
   * What it costs those who wait, in seconds a day: the time that a fix could save, and a second for each error. Of jobs, for
   * which nobody waits, a tenth. Findings are ranked by it.
   */
  score: count,
  /** Time that a fix could save. */
  secondsPerDay: count,
  errorsPerDay: count,
  queriesPerMinute: count,
  callsPerDay: count,
});
export type Impact = z.infer<typeof impactSchema>;

export const findingSchema = z.object({
  /** The same for the same fault, over restarts and versions. */
  id: z.string(),
  kind: z.enum(findingKinds),
  service: z.string(),
  environment: z.string(),
  /** Where to look first. Absent: it belongs to no function. */
  place: z.object({ file: z.string(), function: z.string(), line: z.int().nonnegative() }).optional(),
  /** A sentence; it names functions and statements as production told them. */
  title: z.string(),
  /** What it rests on, a sentence a line. */
  evidence: z.array(z.string()),
  /** What usually helps. */
  remedy: z.string(),
  confidence: z.enum(confidences),
  impact: impactSchema,
  /** The statement, host, error or condition that it is about. */
  subject: z.string().optional(),
  /** Requests and jobs that it is part of, most calls first. */
  entries: z.array(z.string()),
  /** Deployed versions that show it, newest first. */
  versions: z.array(z.string()),
  state: z.enum(findingStates),
  /** Who set the state, when, and why; absent: nobody has. */
  setBy: z.object({ actor: actorSchema, at: instant, reason: z.string().optional() }).optional(),
  /** With the state `fixed`: the first version that ran without it. */
  fixedIn: z.string().optional(),
  firstSeen: instant,
  /** When it was last found: later than some minutes ago only as long as its function is called. */
  lastSeen: instant,
});
export type Finding = z.infer<typeof findingSchema>;

/** How well a service is measured: what its findings, and their absence, rest on. */
export const measuringSchema = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  instances: count,
  measuredFunctions: count,
  /** Of those, called in the window. */
  calledFunctions: count,
  unmeasured: z.array(z.object({ reason: z.string(), functions: count })),
  requestsPerMinute: count,
  queriesPerMinute: count,
  /** What is missing, and what to do. */
  gaps: z.array(z.string()),
});
export type Measuring = z.infer<typeof measuringSchema>;

const mostFindings = 1_000;

/** `GET /api/v1/findings` */
export const findingsQuerySchema = z.object({
  service: z.string().min(1).optional(),
  environment: z.string().min(1).optional(),
  file: z.string().min(1).optional(),
  under: z.string().min(1).optional().describe('Only in files under this folder.'),
  kind: z.enum(findingKinds).optional(),
  state: z
    .enum([...findingStates, 'open', 'all'])
    .default('open')
    .describe('open: new, accepted, in work, and back again.'),
  limit: z.coerce.number().int().min(1).max(mostFindings).default(100),
});
export type FindingsQuery = z.input<typeof findingsQuerySchema>;
export const findingsResponseSchema = z.object({
  now: instant,
  /** When services were last looked at; null: not since the collector's start. */
  evaluatedAt: instant.nullable(),
  /** What costs most first. */
  findings: z.array(findingSchema),
  /** All of the selection, also those that `limit` left out. */
  found: count,
  services: z.array(measuringSchema),
});
export type FindingsResponse = z.infer<typeof findingsResponseSchema>;

/** `POST /api/v1/findings/{id}/state`; `fixed` is told by production alone. */
export const setFindingStateSchema = z
  .strictObject({
    state: z.enum(['new', 'accepted', 'inWork', 'muted']),
    reason: z.string().trim().min(1).max(500).optional(),
  })
  .refine(({ state, reason }) => state !== 'muted' || reason !== undefined, {
    path: ['reason'],
    message: 'say why it is muted, for those who look for it later',
  });
export type SetFindingState = z.infer<typeof setFindingStateSchema>;

/** `event: finding` of the stream: the list has changed; ask for it. */
export const findingEventSchema = z.object({
  at: instant,
  changes: z.array(
    z.object({
      id: z.string(),
      service: z.string(),
      environment: z.string(),
      /** `gone`: its evidence is. */
      change: z.enum([...findingStates, 'gone']),
    }),
  ),
});
export type FindingEvent = z.infer<typeof findingEventSchema>;
