/** What a snapshot would capture: placed to tell shapes only, for as long as somebody waits for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor, ProbeRequest, ProbeStatus } from '@runlens/protocol';
import type { ProbePreview } from '@runlens/protocol/api/probes';
import { ProblemError } from '../http/problems.ts';
import type { ProbeRegistry } from './probe-registry.ts';

const pollMilliseconds = 25;
/** One instance may have answered that it cannot, and the next may still be about to answer that it can. */
const answerMilliseconds = 1_000;
/** Beyond the wait, should the collector not come to remove it. */
const lifeBeyondSeconds = 5;

/** Throws a problem for what is no snapshot. */
export function previewRequest(request: ProbeRequest, waitSeconds: number): ProbeRequest {
  if (request.kind !== 'snapshot') {
    throw new ProblemError('bad-request', 'Only a snapshot is previewed: the others bring what their expressions say.');
  }
  return { ...request, preview: true, hits: 1, rate: 1, life: Math.ceil(waitSeconds) + lifeBeyondSeconds };
}

/** Resolves with the first hit's shapes, or after `waitSeconds` with what is known without one; then it is removed. */
export async function waitForPreview(
  probes: ProbeRegistry,
  id: string,
  actor: Actor,
  waitSeconds: number,
  signal: AbortSignal,
): Promise<ProbePreview> {
  try {
    const begin = performance.now();
    const end = begin + waitSeconds * 1_000;
    for (;;) {
      const [capture] = probes.captures(id, undefined, 1);
      if (capture) return { from: 'hit', capture };
      const status = probes.get(id);
      const now = performance.now();
      const isOver = status.cause === 'no-instance' || (isHopeless(status) && now - begin > answerMilliseconds);
      if (isOver || now >= end || signal.aborted) return withoutHit(status, waitSeconds);
      await sleep(pollMilliseconds);
    }
  } finally {
    if (!hasEnded(probes.get(id))) probes.remove(id, actor);
  }
}

const hasEnded = ({ state }: ProbeStatus): boolean => state === 'done' || state === 'expired' || state === 'removed';

/** No hit will come, however long one waits: an instance that is told and has not answered yet may have it. */
function isHopeless(status: ProbeStatus): boolean {
  const { state, cause } = status;
  return state === 'refused' || (state === 'waiting' && cause !== undefined) || (hasEnded(status) && state !== 'done');
}

function withoutHit({ probe, state, detail, instances }: ProbeStatus, waitSeconds: number): ProbePreview {
  const armed = instances.find(({ names }) => names !== undefined);
  if (armed?.names === undefined) {
    return {
      from: 'nothing',
      why: detail ?? `The probe is ${state}, and no instance has answered in ${waitSeconds} s.`,
    };
  }
  const { place } = probe.request;
  return {
    from: 'scope',
    file: place.file,
    line: armed.line ?? place.line,
    function: armed.function ?? place.function ?? '',
    names: armed.names,
    why: `there was no hit in ${waitSeconds} s${probe.request.condition === undefined ? '' : ' for which its condition is true'}.`,
  };
}
