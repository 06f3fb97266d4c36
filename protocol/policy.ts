/**
 * `runlens.yml` in the repository: what may be probed, by whom, and how far; what is secret there. Reviewed like code,
 * and the only place that raises a limit.
 */
import { z } from 'zod';
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

export const policySchema = z.strictObject({
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
