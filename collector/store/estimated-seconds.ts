import type { Totals } from './profile-store.ts';

/** The seconds that a function took over all of its calls: mean of the timed ones × calls. */
export function estimatedSeconds(totals: Pick<Totals, 'calls' | 'samples' | 'seconds'>): number {
  if (totals.samples <= 0) return 0;
  // In the first moments of a long call its samples and its count fall into different windows.
  return totals.calls > 0 ? (totals.seconds / totals.samples) * totals.calls : totals.seconds;
}
