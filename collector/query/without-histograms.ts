/** A ranking without what only a drawing needs, which is much of it where functions have many versions. */
import type { Duration, HotResponse } from '@runlens/protocol/api/profile';

const empty = { zeroCount: 0, indexes: [], counts: [] };
const bare = (duration: Duration | null): Duration | null => duration && { ...duration, histogram: empty };

export function withoutHistograms(response: HotResponse): HotResponse {
  return {
    ...response,
    functions: response.functions.map((profile) => ({
      ...profile,
      duration: bare(profile.duration),
      versions: profile.versions.map((version) => ({ ...version, duration: bare(version.duration) })),
    })),
  };
}
