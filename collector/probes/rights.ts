/** Whose probe it is, and how many one may have. */
import { type Actor, type Probe, type ProbeRequest, probeLimits } from '@runlens/protocol';
import type { Policy } from '@runlens/protocol/policy';
import { userOf } from '../access/actor.ts';
import { ProblemError } from '../http/problems.ts';

/** Throws a problem unless it is the actor's own, or the actor an admin. */
export function refuseOthers({ owner }: Probe, actor: Actor): void {
  if (actor.role === 'admin') return;
  if (owner.name === actor.name && owner.kind === actor.kind && owner.session === actor.session) return;
  throw new ProblemError(
    'forbidden',
    `This probe is ${owner.name}’s: ask them, or an admin; "disarm all" removes everybody’s.`,
  );
}

/** Throws a problem where one more would be too many. `living`: probes that have not ended. */
export function refuseQuota(living: readonly Probe[], { target }: ProbeRequest, actor: Actor, policy: Policy): void {
  const limits = policy.probes?.limits;
  const perService = limits?.perService ?? probeLimits.perService;
  if (living.filter((probe) => probe.request.target.service === target.service).length >= perService) {
    throw new ProblemError(
      'forbidden',
      `${target.service} has ${perService} probes already: remove some that are not needed.`,
    );
  }
  const perOwner = limits?.perOwner ?? probeLimits.perOwner;
  if (living.filter(({ owner }) => userOf(owner) === userOf(actor) && owner.kind === actor.kind).length >= perOwner) {
    throw new ProblemError(
      'forbidden',
      `${actor.name} has ${perOwner} probes already: remove some that are not needed.`,
    );
  }
}
