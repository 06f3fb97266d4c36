import type { InstanceState, ProbeCause, ProbeState } from '@runlens/protocol';
import type { KeptProbe } from './kept-probe.ts';

export interface Standing {
  readonly state: ProbeState;
  readonly cause?: ProbeCause | undefined;
  readonly detail?: string | undefined;
}

/** From the best to the worst: one instance in which it works is what is told of all. */
const byWorth = ['armed', 'limited', 'paused', 'waiting', 'refused'] as const;

/** How a probe that lives stands altogether. `countTold`: connected instances that it is for. */
export function standingOf(
  { probe, proposed }: KeptProbe,
  states: readonly InstanceState[],
  countTold: () => number,
): Standing {
  if (proposed) {
    return {
      state: 'proposed',
      cause: 'needs-approval',
      detail: 'An agent asks for it: a person approves it in the editor or by "runlens probe approve".',
    };
  }
  if (probe.paused) return { state: 'paused' };
  const best = byWorth.find((state) => states.some((each) => each.state === state));
  if (best !== undefined) {
    const telling = states.find(({ state }) => state === best);
    return { state: best, cause: telling?.cause, detail: telling?.detail };
  }
  const told = countTold();
  if (told > 0) {
    return {
      state: 'waiting',
      detail: `Told to ${told} ${told === 1 ? 'instance' : 'instances'}, of which none has answered yet.`,
    };
  }
  const { service, environment } = probe.request.target;
  return {
    state: 'waiting',
    cause: 'no-instance',
    detail: `No instance of ${service}${environment === undefined ? '' : ` in ${environment}`} is connected: it is armed when one comes.`,
  };
}
