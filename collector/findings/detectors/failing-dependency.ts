/** Other services that fail: by host, over all functions that call them. */

import type { Profile } from '@runlens/protocol/api/profile';
import { formatCount, formatRate, formatSeconds, formatShare } from '@runlens/protocol/format';
import { type Draft, entryNames, impactOf, placeOf } from '../draft.ts';
import type { ServiceFacts } from '../service-facts.ts';

const leastFailures = 5;
const leastShare = 0.01;
const sureFailures = 20;
const sureShare = 0.05;

type Outgoing = Profile['outgoing'][number];

/** An answer below 500, but for "too many requests", says that the question was wrong: that is how "not found" is told. */
const isFailure = (type: string): boolean => !/^[1-4]\d\d$/.test(type) || type === '429' || type === '408';

const failuresOf = ({ errorTypes = [] }: Outgoing): number =>
  errorTypes.filter(({ type }) => isFailure(type)).reduce((sum, { count }) => sum + count, 0);

/** `api.example:443` of `GET api.example:443/users/{id}`. */
const hostOf = (target: string): string => target.slice(target.indexOf(' ') + 1).split('/')[0] ?? target;

export function failingDependencies({ functions, minutes }: ServiceFacts): readonly Draft[] {
  const asked = functions.flatMap((profile) => profile.outgoing.map((outgoing) => ({ profile, outgoing })));
  return [...Map.groupBy(asked, ({ outgoing }) => hostOf(outgoing.target))].flatMap(([host, calls]) => {
    const all = calls.reduce((sum, { outgoing }) => sum + outgoing.calls, 0);
    const failures = calls.reduce((sum, { outgoing }) => sum + failuresOf(outgoing), 0);
    if (failures < leastFailures || failures / all < leastShare) return [];
    const dependants = calls.toSorted((one, other) => failuresOf(other.outgoing) - failuresOf(one.outgoing));
    const [first] = dependants;
    if (first === undefined) return [];
    const seconds = calls.reduce((sum, { outgoing }) => sum + outgoing.totalSeconds, 0);
    const draft: Draft = {
      kind: 'failingDependency',
      // The port of a service that is started anew may be another one.
      key: [host.replace(/:\d+$/, '')],
      place: placeOf(first.profile),
      title: `${host} fails ${formatShare(failures / all)} of the calls`,
      evidence: [
        `${formatCount(failures)} of ${formatCount(all)} calls failed, ${formatRate(failures / minutes)}: ${typesOf(calls.map(({ outgoing }) => outgoing))}`,
        `${formatSeconds(seconds / all)} a call on average, ${formatSeconds((seconds / minutes) * 1_440)} of waiting a day`,
        ...dependants
          .slice(0, 4)
          .map(
            ({ profile, outgoing }) =>
              `${profile.function} asks it: ${outgoing.target} (${formatCount(failuresOf(outgoing))} failed)`,
          ),
      ],
      remedy:
        'Give its calls a timeout, try again where that is safe, and answer without it where that is possible; tell its owners by these figures.',
      confidence: failures >= sureFailures && failures / all >= sureShare ? 'certain' : 'likely',
      impact: impactOf(minutes, {
        seconds: (seconds / all) * failures,
        errors: failures,
        calls: all,
        entries: dependants.flatMap(({ profile }) => profile.entries),
      }),
      subject: host,
      entries: entryNames(first.profile.entries),
    };
    return [draft];
  });
}

/** `500 × 11, ECONNREFUSED × 2`. */
function typesOf(outgoing: readonly Outgoing[]): string {
  const counts = new Map<string, number>();
  for (const { errorTypes = [] } of outgoing) {
    for (const { type, count } of errorTypes) if (isFailure(type)) counts.set(type, (counts.get(type) ?? 0) + count);
  }
  return [...counts]
    .sort((one, other) => other[1] - one[1])
    .slice(0, 4)
    .map(([type, count]) => `${type} × ${formatCount(count)}`)
    .join(', ');
}
