/** Waiting for a probe to tell something, for a bounded time. */
import type { ProbeStatus } from '@runlens/protocol';
import type { ProbeControl } from './facts.ts';

const pollMilliseconds = 250;

/** Until the probe has told something, can tell nothing more, or the time is over. Rejects when the signal aborts. */
export async function waitForHit(
  probes: ProbeControl,
  placed: ProbeStatus,
  seconds: number,
  signal: AbortSignal | undefined,
  toldBefore = 0,
): Promise<ProbeStatus> {
  const deadline = Date.now() + seconds * 1_000;
  let status = placed;
  while (!isSettled(status, toldBefore) && Date.now() < deadline) {
    await pause(Math.min(pollMilliseconds, Math.max(1, deadline - Date.now())), signal);
    status = await probes.get(placed.probe.id, signal);
  }
  return status;
}

/** What it has told: captures, or calls that it has counted. */
export function toldBy({ probe, captures, numbers }: ProbeStatus): number {
  const { kind } = probe.request;
  return kind === 'snapshot' || kind === 'log' ? captures : numbers.reduce((sum, { count }) => sum + count, 0);
}

/** `waiting` and `armed` go on; a proposal waits for a person, who takes longer than a call may. */
function isSettled(status: ProbeStatus, toldBefore: number): boolean {
  return toldBy(status) > toldBefore || !['waiting', 'armed', 'limited'].includes(status.state);
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(new Error('The call was cancelled; the probe stays: runlens_list_probes shows it.'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
