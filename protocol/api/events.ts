/** Events of production: alerts, incidents, deployments, and what the collector notices by itself. Instants are ISO 8601 in UTC. */
import { z } from 'zod';

const instant = z.iso.datetime();
const count = z.number().nonnegative();

/** Who told it: the part of the path `POST /api/v1/events/{source}`, or `runlens`, which noticed it by itself. */
export const eventSenders = [
  'alertmanager',
  'grafana',
  'pagerduty',
  'datadog',
  'sentry',
  'opsgenie',
  'github',
  'argocd',
  'cloudevents',
  'generic',
] as const;
export type EventSender = (typeof eventSenders)[number];
export const eventSources = [...eventSenders, 'runlens'] as const;
export type EventSource = (typeof eventSources)[number];

export const eventKinds = [
  'alert',
  'incident',
  'deployment',
  'release',
  /** An earlier version runs again. */
  'rollback',
  /** A version that was not seen before. */
  'newVersion',
  /** More requests fail than the threshold says, or than is usual. */
  'errorRate',
  /** Requests take longer than the threshold says, or than is usual. */
  'latency',
  /** A service that says no more that it is there. */
  'silent',
  'finding',
  /** A circuit breaker of a service that is open: what it guards is not asked. */
  'breaker',
  /** A sensor that measures less than all, since it would cost too much otherwise. */
  'sensor',
  /** More came at once than is kept one by one. */
  'flood',
] as const;
export type EventKind = (typeof eventKinds)[number];

/** How events of a kind are called, for people. */
export const eventKindNames: Readonly<Record<EventKind, string>> = {
  alert: 'Alert',
  incident: 'Incident',
  deployment: 'Deployment',
  release: 'Release',
  rollback: 'Rollback',
  newVersion: 'New version',
  errorRate: 'Error rate',
  latency: 'Latency',
  silent: 'Silent service',
  finding: 'Finding',
  breaker: 'Circuit breaker',
  sensor: 'Sensor stepped back',
  flood: 'Flood of events',
};

/** What happened at once, as a release, is `resolved` from the beginning. */
export const eventStates = ['firing', 'resolved'] as const;
export type EventState = (typeof eventStates)[number];

/** The worst first. */
export const eventSeverities = ['critical', 'warning', 'info'] as const;
export type EventSeverity = (typeof eventSeverities)[number];

export const concernedFunctionSchema = z.object({
  file: z.string(),
  function: z.string(),
  /** 0: not known. */
  line: z.int().nonnegative(),
  /** Why it is among them: `in the stack trace`, `41 errors since then`. */
  why: z.string(),
});
export type ConcernedFunction = z.infer<typeof concernedFunctionSchema>;

/** From an event to code: the service, then its requests and jobs, then functions and their files. */
export const concernsSchema = z.object({
  /** How it was found, a sentence a step, and what in `runlens.yml` would say it otherwise. */
  how: z.array(z.string()),
  entries: z.array(z.string()),
  functions: z.array(concernedFunctionSchema),
  /** Its sender names the functions or the routes: it is not of the service as a whole. */
  isLocated: z.boolean().optional(),
  /** Of the functions, and those that were named without one. */
  files: z.array(z.string()),
});
export type Concerns = z.infer<typeof concernsSchema>;

export const productionEventSchema = z.object({
  /** The same for the same event, over restarts. */
  id: z.string(),
  source: z.enum(eventSources),
  kind: z.enum(eventKinds),
  state: z.enum(eventStates),
  severity: z.enum(eventSeverities),
  title: z.string(),
  detail: z.string().optional(),
  /** null: nothing says which. */
  service: z.string().nullable(),
  environment: z.string().nullable(),
  version: z.string().nullable(),
  revision: z.string().nullable(),
  /** As the sender gave them, cleaned and cut. */
  labels: z.record(z.string(), z.string()),
  /** Where the sender shows it: `http` or `https`. */
  url: z.string().optional(),
  /** Since when it is (or was, the last time) so. */
  startedAt: instant,
  endedAt: instant.nullable(),
  /** It was closed here, since its sender said nothing of it for a week. */
  expired: z.boolean(),
  firstSeen: instant,
  /** When its sender told of it last. */
  lastSeen: instant,
  /** How many messages told of it. */
  messages: count,
  /** How often it began to fire, as far as is remembered. */
  fired: count,
  /** It comes and goes: its changes are not told one by one. */
  flapping: z.boolean(),
  /** It began in quiet hours of `runlens.yml`: nobody is to be disturbed by it. */
  quiet: z.boolean(),
  /** Of events that fire, and where one is asked for by its id. */
  concerns: concernsSchema.optional(),
});
export type ProductionEvent = z.infer<typeof productionEventSchema>;

const mostEvents = 1_000;

/** `GET /api/v1/events` */
export const eventsQuerySchema = z.object({
  service: z.string().min(1).optional(),
  environment: z.string().min(1).optional(),
  source: z.enum(eventSources).optional(),
  kind: z.enum(eventKinds).optional(),
  state: z.enum([...eventStates, 'all']).default('all'),
  severity: z.enum(eventSeverities).optional().describe('This severity or a worse one.'),
  since: z
    .string()
    .optional()
    .describe('Those that fired after it, or still do: `15m`, `24h`, `7d`, or an instant in ISO 8601. Default 24h.'),
  limit: z.coerce.number().int().min(1).max(mostEvents).default(100),
});
export type EventsQuery = z.input<typeof eventsQuerySchema>;

export const eventsResponseSchema = z.object({
  now: instant,
  since: instant,
  /** Those that fire first, the worst of them first; then the newest first. */
  events: z.array(productionEventSchema),
  /** All of the selection, also those that `limit` left out. */
  found: count,
  firing: count,
});
export type EventsResponse = z.infer<typeof eventsResponseSchema>;

/** `GET /api/v1/events/{id}` */
export const eventDetailSchema = productionEventSchema.extend({
  /** What its sender sent, the first and the last message: redacted and cut, as JSON text. */
  evidence: z.array(z.object({ at: instant, payload: z.string() })),
});
export type EventDetail = z.infer<typeof eventDetailSchema>;

/** What `POST /api/v1/events/{source}` answers when all of it survives a crash. */
export const eventsTakenSchema = z.object({
  /** Events that are new or have changed by it. */
  taken: count,
  /** Messages that told what was known, or what was over already. */
  known: count,
  /** Messages that were only counted: too many came at once. */
  folded: count,
});
export type EventsTaken = z.infer<typeof eventsTakenSchema>;

const name = z.string().trim().min(1).max(300);
const when = z.iso.datetime({ offset: true });

/** `POST /api/v1/events/generic`: one, or a list of them. */
export const genericEventSchema = z.object({
  title: z.string().trim().min(1).max(2_000),
  kind: z.enum(['alert', 'incident', 'deployment', 'release', 'rollback']).default('alert'),
  /** What tells later messages of it from other events; absent: kind, title, service and environment do. */
  key: name.optional(),
  /** Absent: `resolved` of deployments, releases and rollbacks, which are over when they are told, `firing` of others. */
  state: z.enum(eventStates).optional(),
  severity: z.enum(eventSeverities).optional(),
  detail: z.string().max(10_000).optional(),
  service: name.optional(),
  environment: name.optional(),
  version: name.optional(),
  revision: name.optional(),
  /** When it became so; absent: now. */
  at: when.optional(),
  /** Since when; absent: `at`. */
  startedAt: when.optional(),
  url: z.string().max(2_000).optional(),
  labels: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  entries: z.array(name).max(20).optional(),
  functions: z
    .array(z.object({ file: name, function: name, line: z.int().nonnegative().optional() }))
    .max(50)
    .optional(),
});
export type GenericEvent = z.input<typeof genericEventSchema>;

/** `event: event` of the stream: the list has changed; ask for it. */
export const eventEventSchema = z.object({
  at: instant,
  changes: z.array(
    z.object({
      id: z.string(),
      service: z.string().nullable(),
      environment: z.string().nullable(),
      kind: z.enum(eventKinds),
      severity: z.enum(eventSeverities),
      title: z.string(),
      quiet: z.boolean(),
      /** `again`: it fires once more; `changed`: what is said of it has; `flapping`: no more of it is told for a while. */
      change: z.enum(['fired', 'again', 'changed', 'resolved', 'flapping']),
    }),
  ),
  /** Changes beyond those named. */
  more: count,
});
export type EventEvent = z.infer<typeof eventEventSchema>;
