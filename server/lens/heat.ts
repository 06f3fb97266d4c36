/** How hot a function is within its service: its share of the time that all measured functions took. */
import type { Profile } from '@runlens/protocol/api/profile';

export type Heat = 0 | 1 | 2 | 3 | 4;

/** The least share of the service's time for each degree, hottest first. Durations count what a function calls, too. */
export const heatThresholds = [
  [0.05, 4],
  [0.01, 3],
  [0.001, 2],
] as const;

/** 0: not called; 1 to 4 by {@link heatThresholds}; null: called, and its time is not known. */
export function heatOf(profile: Profile): Heat | null {
  if (profile.calls === 0) return 0;
  const share = profile.timeShare;
  if (share === null) return null;
  return heatThresholds.find(([least]) => share >= least)?.[1] ?? 1;
}

/** The mark in front of a lens: `▲` for hot (3 and 4), `△` for warm (2), nothing below or where it is not known. */
export const heatMark = (heat: Heat | null): string => (heat === null || heat < 2 ? '' : heat === 2 ? '△' : '▲');
