/** A cheap function that is called so often in one request that it makes up much of the request's time. */

import type { Profile } from '@runlens/protocol/api/profile';
import { formatCount, formatSeconds, formatShare } from '@runlens/protocol/format';
import { CallGraph } from '../call-graph.ts';
import { type Draft, entryNames, impactOf, placeOf, requestEntries } from '../draft.ts';
import type { ServiceFacts } from '../service-facts.ts';

const leastRequests = 20;
const leastPerRequest = 5;
/** Of the median request. */
const leastShare = 0.15;
/** Below it, what a sensor takes to time a call is no small part of what it tells. */
const leastSeconds = 2e-6;

export function repeatedCalls({ functions, entries, minutes }: ServiceFacts): readonly Draft[] {
  const graph = new CallGraph(functions);
  const requests = new Map(entries.map((entry) => [entry.name, entry]));
  return functions.flatMap((profile) => {
    // What it waits for outside is told by other findings.
    if (profile.queries.length + profile.outgoing.length > 0 || profile.duration === null) return [];
    const seconds = graph.ownMedianSeconds(profile, leastSeconds);
    if (seconds < leastSeconds) return [];
    const [most] = requestEntries(profile.entries)
      .flatMap(({ name, calls }) => {
        const request = requests.get(name);
        if (request?.duration == null || request.calls < leastRequests) return [];
        const perRequest = calls / request.calls;
        const share = (perRequest * seconds) / request.duration.p50;
        return perRequest >= leastPerRequest && share >= leastShare
          ? [{ name, perRequest, share: Math.min(1, share), p50: request.duration.p50 }]
          : [];
      })
      .sort((one, other) => other.share - one.share);
    return most === undefined ? [] : [draftOf(profile, seconds, most, minutes)];
  });
}

function draftOf(
  profile: Profile,
  seconds: number,
  most: { readonly name: string; readonly perRequest: number; readonly share: number; readonly p50: number },
  minutes: number,
): Draft {
  const times = formatCount(Math.round(most.perRequest));
  return {
    kind: 'repeatedCall',
    key: [profile.file, profile.function],
    place: placeOf(profile),
    title: `${profile.function} is called ${times} times in one ${most.name}`,
    evidence: [
      `${times} calls in one ${most.name}, ${formatSeconds(seconds)} each in the function itself`,
      `about ${formatShare(most.share)} of the median request (${formatSeconds(most.p50)})`,
      ...profile.callers.slice(0, 2).map(({ function: caller }) => `called by ${caller}`),
    ],
    remedy:
      'Look whether its arguments repeat (a snapshot or counter probe tells): make what does not depend on them once, keep results, or call it once for all.',
    confidence: 'possible',
    impact: impactOf(minutes, {
      seconds: seconds * profile.calls * (1 - 1 / most.perRequest),
      calls: profile.calls,
      entries: profile.entries,
    }),
    subject: most.name,
    entries: entryNames(profile.entries),
  };
}
