/** A probe as the collector has it: what is kept of it, and what its instances say now. */
import type { ArmedProbe, InstanceState, ProbeNumbers, ProbeStatus } from '@runlens/protocol';
import type { Instance } from './instances.ts';
import type { KeptProbe } from './kept-probe.ts';
import { addNumbers } from './numbers.ts';
import { standingOf } from './standing.ts';

export interface LiveProbe {
  kept: KeptProbe;
  /** By the name of the instance, as are the numbers; these stay when it has gone. */
  readonly instances: Map<string, InstanceState>;
  readonly numbers: Map<string, readonly ProbeNumbers[]>;
}

export const liveProbe = (kept: KeptProbe): LiveProbe => ({ kept, instances: new Map(), numbers: new Map() });

export interface StatusFacts {
  /** That are kept. */
  readonly captures: number;
  /** Connected instances that it is for: asked only while none of them has said anything. */
  readonly told: () => number;
}

export function statusOf({ kept, instances, numbers }: LiveProbe, { captures, told }: StatusFacts): ProbeStatus {
  const states = [...instances.values()];
  const { state, cause, detail } = kept.end ?? standingOf(kept, states, told);
  return {
    probe: kept.probe,
    state,
    ...(cause === undefined ? {} : { cause }),
    ...(detail === undefined ? {} : { detail }),
    instances: states,
    hits: hitsOf({ kept, instances }, 0),
    captures,
    numbers: addNumbers([...numbers.values()]),
  };
}

/** Of all instances together, also those that have gone. */
export function hitsOf({ kept, instances }: Pick<LiveProbe, 'kept' | 'instances'>, captures: number): number {
  let told = 0;
  for (const { hits } of instances.values()) told += hits;
  return Math.max(kept.hits, told, kept.probe.request.kind === 'snapshot' ? captures : 0);
}

/** What a sensor is told of it; undefined of one that is not to be armed. */
export function armedOf({ kept }: LiveProbe): ArmedProbe | undefined {
  if (kept.end || kept.proposed) return undefined;
  const { id, request, capture, hits, rate, expiresAt, paused } = kept.probe;
  const left = hits === null ? null : Math.max(1, hits - kept.hits);
  return { id, request, capture, hits: left, rate, expiresAt, paused };
}

/** How it stands in an instance whose sensor takes none. */
export const refusedByOld = ({ instance }: Instance, at: string): InstanceState => ({
  instance,
  state: 'refused',
  cause: 'probes-off',
  detail: 'Its sensor takes no probes: it is too old, or they are switched off there (RUNLENS_PROBES=0).',
  reached: 0,
  hits: 0,
  skipped: 0,
  failures: 0,
  cost: 0,
  at,
});
