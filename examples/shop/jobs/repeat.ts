import { setInterval } from 'node:timers/promises';

/**
 * Runs a task again and again, `seconds` apart and never twice at once, until the signal aborts.
 * A run that fails is reported, and the next one comes at its time. Does not keep the process alive.
 */
export async function repeat(
  seconds: number,
  task: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  report: (error: unknown) => void,
): Promise<void> {
  try {
    for await (const _ of setInterval(seconds * 1000, undefined, { ref: false, signal })) {
      await task(signal).catch((error: unknown) => {
        if (!signal.aborted) report(error);
      });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
