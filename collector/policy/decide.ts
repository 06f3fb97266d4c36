/** What the policy says to one probe: a function of data, asked before a probe is kept. */

import {
  type Actor,
  type CaptureLimits,
  captureLimitsSchema,
  defaultCaptureLimits,
  defaultHits,
  defaultRate,
  mostHits,
  mostRate,
  type ProbeRequest,
  probeLimits,
} from '@runlens/protocol';
import type { Policy, PolicyDecision, PolicyLimits, PolicyRule } from '@runlens/protocol/policy';
import picomatch from 'picomatch';
import { ProblemError } from '../http/problems.ts';
import { fitsPattern } from './pattern.ts';

export interface Decision {
  readonly decision: PolicyDecision;
  /** A sentence: which rule, and what to do. */
  readonly reason: string;
}

export interface ResolvedLimits {
  readonly capture: CaptureLimits;
  readonly hits: number | null;
  readonly rate: number | null;
  /** Seconds. */
  readonly life: number;
}

export function decide(policy: Policy, actor: Actor, request: ProbeRequest): Decision {
  if (actor.role === 'viewer') {
    return { decision: 'refuse', reason: 'A viewer places no probes: ask an admin for a token with the role prober.' };
  }
  const rule = policy.probes?.rules?.find((each) => fits(each, actor, request));
  if (rule) return { decision: rule.decision, reason: reasonOf(rule, actor) };
  // Decided by who asks where the policy is silent.
  if (actor.kind === 'agent') {
    return {
      decision: 'approval',
      reason: 'An agent’s probe needs a person’s yes: approve it in the editor, or allow it in runlens.yml.',
    };
  }
  return { decision: 'allow', reason: 'No rule of the policy speaks against it.' };
}

/**
 * Longer than what was allowed is a new question: the policy may have closed the place since, and a person's yes to an
 * agent's probe was for the time that was asked for. Throws a problem.
 */
export function refuseRenewal(policy: Policy, actor: Actor, request: ProbeRequest): void {
  const { decision, reason } = decide(policy, actor, request);
  if (decision === 'refuse') throw new ProblemError('forbidden', reason);
  if (decision === 'approval' && actor.kind === 'agent')
    throw new ProblemError('forbidden', `An agent’s probe is renewed by a person. ${reason}`);
}

function reasonOf(rule: PolicyRule, actor: Actor): string {
  const name = rule.name ? `The rule “${rule.name}”` : 'A rule';
  if (rule.decision === 'allow') return `${name} of runlens.yml allows it.`;
  if (rule.decision === 'refuse')
    return `${name} of runlens.yml closes this place to ${actor.kind === 'agent' ? 'agents' : 'you'}: change the policy by a review.`;
  return `${name} of runlens.yml asks for a person’s yes to exactly this probe.`;
}

function fits(rule: PolicyRule, actor: Actor, request: ProbeRequest): boolean {
  const { place, target, kind } = request;
  if (rule.actors && !rule.actors.includes(actor.kind)) return false;
  if (rule.kinds && !rule.kinds.includes(kind)) return false;
  if (rule.services && !fitsPattern(rule.services, target.service)) return false;
  // A probe for every environment is also for those that a rule names: one that closes fits, one that opens does not.
  if (rule.environments) {
    if (target.environment === undefined) {
      if (rule.decision === 'allow') return false;
    } else if (!fitsPattern(rule.environments, target.environment)) return false;
  }
  if (rule.paths && !picomatch(rule.paths, { dot: true })(place.file)) return false;
  // Without a name it cannot be told apart: a rule that closes fits, one that opens does not.
  if (rule.functions) {
    if (place.function === undefined) return rule.decision !== 'allow';
    return fitsPattern(rule.functions, place.function);
  }
  return true;
}

/** The request's limits, filled up with the defaults; a sentence where one lies beyond what the policy gives. */
export function resolveLimits(policy: Policy, request: ProbeRequest): ResolvedLimits | string {
  const limits: PolicyLimits = policy.probes?.limits ?? {};
  const { kind } = request;
  const capture = { ...defaultCaptureLimits, ...defined(request.capture ?? {}) };
  for (const key of Object.keys(captureLimitsSchema.shape) as (keyof CaptureLimits)[]) {
    // The defaults are the ceilings of what costs the service most; a policy file raises them.
    const most = limits.capture?.[key] ?? ceilings[key];
    if (capture[key] > most)
      return `capture.${key} is ${capture[key]}, and at most ${most} here: only runlens.yml raises it.`;
  }
  const most = limits.hits ?? mostHits[kind];
  const hits = request.hits ?? defaultHits[kind];
  if (hits !== null && most !== null && hits > most)
    return `hits is ${hits}, and at most ${most} here: only runlens.yml raises it.`;
  const mostASecond =
    (kind === 'snapshot' ? limits.snapshotsPerSecond : kind === 'log' ? limits.logsPerSecond : undefined) ??
    mostRate[kind];
  const rate = request.rate ?? defaultRate[kind];
  if (rate !== null && mostASecond !== null && rate > mostASecond) {
    return `rate is ${rate}, and at most ${mostASecond} a second here: only runlens.yml raises it.`;
  }
  const longest = limits.life ?? probeLimits.longestLife;
  const life = request.life ?? Math.min(probeLimits.defaultLife, longest);
  if (life > longest) return `life is ${life} s, and at most ${longest} s here: only runlens.yml raises it.`;
  return { capture, hits, rate, life };
}

const ceilings: CaptureLimits = {
  depth: 5,
  fields: 50,
  elements: 200,
  characters: 2048,
  frames: 64,
  bytes: 262_144,
  milliseconds: 1,
};

function defined<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  // Only keys without a value go.
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}
