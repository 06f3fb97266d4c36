/** The heat of a profile, and its mark. */
import type { Profile } from '@runlens/protocol/api/profile';
import { type Heat, heatOfShare } from '@runlens/protocol/heat';

/** 0: not called; 1 to 4 by its share of the service's time; null: called, and its time is not known. */
export function heatOf(profile: Profile): Heat | null {
  if (profile.calls === 0) return 0;
  const share = profile.timeShare;
  return share === null ? null : heatOfShare(share);
}

/** The mark in front of a lens: `▲` for hot (3 and 4), `△` for warm (2), nothing below or where it is not known. */
export const heatMark = (heat: Heat | null): string => (heat === null || heat < 2 ? '' : heat === 2 ? '△' : '▲');
