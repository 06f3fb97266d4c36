/**
 * `runlens.yml` in the repository: what may be probed, by whom, and how far; what is secret there; which code an event
 * concerns. Reviewed like code,
 * and the only place that raises a limit.
 */
import { z } from 'zod';
import { eventSources } from './api/events.ts';
import { captureLimitsSchema, probeKinds } from './probes/probe.ts';

const pattern = z.string().min(1).max(200);

/** `approval`: a person says yes to exactly that probe, in the editor or on the command line. */
export const policyDecisions = ['allow', 'approval', 'refuse'] as const;
export type PolicyDecision = (typeof policyDecisions)[number];

export const policyRuleSchema = z.strictObject({
  /** For people: shown where the rule decides. */
  name: z.string().max(200).optional(),
  /** Patterns with `*`; absent: all. */
  services: z.array(pattern).optional(),
  environments: z.array(pattern).optional(),
  /** Globs of source files, relative to the repository's root. */
  paths: z.array(pattern).optional(),
  /** Qualified names of functions, with `*`. */
  functions: z.array(pattern).optional(),
  actors: z.array(z.enum(['person', 'agent'])).optional(),
  kinds: z.array(z.enum(probeKinds)).optional(),
  decision: z.enum(policyDecisions),
});
export type PolicyRule = z.infer<typeof policyRuleSchema>;

export const policyLimitsSchema = z.strictObject({
  /** Ceilings; what a probe asks beyond is refused. */
  capture: captureLimitsSchema.partial().optional(),
  hits: z.int().positive().max(100_000).optional(),
  snapshotsPerSecond: z.number().positive().max(1000).optional(),
  logsPerSecond: z.number().positive().max(100_000).optional(),
  /** Seconds. */
  life: z.int().positive().max(604_800).optional(),
  perService: z.int().positive().max(10_000).optional(),
  perOwner: z.int().positive().max(10_000).optional(),
});
export type PolicyLimits = z.infer<typeof policyLimitsSchema>;

const patterns = z.array(pattern).min(1).max(100);
const share = z.number().positive().max(1);
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'give a time such as 22:00');

/** What an event concerns. Of several that fit the first decides. */
export const eventMappingSchema = z.strictObject({
  /** For people: shown where the mapping decides. */
  name: z.string().max(200).optional(),
  sources: z.array(z.enum(eventSources)).min(1).optional(),
  /** Patterns with `*` of labels, all of which must fit; `title` is that of the event. */
  labels: z.record(z.string().min(1).max(200), pattern).optional(),
  service: z.string().min(1).max(200).optional(),
  environment: z.string().min(1).max(200).optional(),
  /** Requests and jobs, with `*`. */
  entries: patterns.optional(),
  /** Globs of source files, relative to the repository's root. */
  paths: patterns.optional(),
  /** Qualified names of functions, with `*`. */
  functions: patterns.optional(),
});
export type EventMapping = z.infer<typeof eventMappingSchema>;

/** When the collector tells an event by itself. The first that fits decides. */
export const eventThresholdSchema = z.strictObject({
  services: patterns.optional(),
  environments: patterns.optional(),
  /** Share of requests that fail, such as 0.05; absent: no fixed one. */
  errorRate: share.optional(),
  /** Seconds of the 95th percentile of requests. */
  p95Seconds: z.number().positive().optional(),
  /** Also what is far off its usual; default true. */
  unusual: z.boolean().optional(),
  /** A service that ran and was not heard of for as long; default 5. 0: never. */
  silentMinutes: z.number().nonnegative().max(1_440).optional(),
});
export type EventThreshold = z.infer<typeof eventThresholdSchema>;

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Events that begin then are kept and disturb nobody. */
export const quietHoursSchema = z.strictObject({
  services: patterns.optional(),
  environments: patterns.optional(),
  /** Absent: every day. Of hours over midnight the day on which they begin. */
  days: z.array(z.enum(weekdays)).min(1).optional(),
  from: timeOfDay,
  to: timeOfDay,
  /** Such as `Europe/Berlin`; default UTC. */
  timeZone: z.string().max(100).refine(isTimeZone, 'give the name of a time zone, such as Europe/Berlin').optional(),
});
export type QuietHours = z.infer<typeof quietHoursSchema>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

export const planSystems = ['postgresql', 'mysql', 'sqlite'] as const;
export type PlanSystem = (typeof planSystems)[number];

/** A database that slow statements may be planned in (EXPLAIN), by the collector and never by the service. */
export const planDatabaseSchema = z
  .strictObject({
    /** Patterns with `*`; absent: all. */
    services: z.array(pattern).optional(),
    environments: z.array(pattern).optional(),
    system: z.enum(planSystems),
    /** Of SQLite: its file, where the collector runs. */
    file: z.string().min(1).max(4_096).optional(),
    /** Of PostgreSQL and MySQL (also MariaDB): the variable of the collector's environment that holds the address, with a role that may only read. */
    urlFrom: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'the name of a variable of the environment, and not the address itself')
      .optional(),
  })
  .refine(({ system, file, urlFrom }) => (system === 'sqlite' ? file !== undefined : urlFrom !== undefined), {
    message: 'sqlite needs a file, postgresql and mysql urlFrom: the name of the variable that holds its address',
  });
export type PlanDatabase = z.infer<typeof planDatabaseSchema>;

export const policySchema = z.strictObject({
  events: z
    .strictObject({
      mappings: z.array(eventMappingSchema).max(500).optional(),
      /** Where the code of a service is: globs of source files by the service's name. */
      paths: z.record(z.string().min(1).max(200), patterns).optional(),
      thresholds: z.array(eventThresholdSchema).max(100).optional(),
      quiet: z.array(quietHoursSchema).max(100).optional(),
    })
    .optional(),
  findings: z
    .strictObject({
      /** The first that fits a service and its database is asked; absent: none is. */
      explain: z.array(planDatabaseSchema).max(100).optional(),
    })
    .optional(),
  probes: z
    .strictObject({
      /** The first that fits decides. Where none fits, people may and agents need a person's yes. */
      rules: z.array(policyRuleSchema).max(500).optional(),
      limits: policyLimitsSchema.optional(),
    })
    .optional(),
  redaction: z
    .strictObject({
      /** Names whose values are secret, beside the built-in ones. */
      names: z.array(z.string().min(2).max(100)).max(1000).optional(),
    })
    .optional(),
});
export type Policy = z.infer<typeof policySchema>;

export const policyFileName = 'runlens.yml';
