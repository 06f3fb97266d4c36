/** Functions that take long in one hour of the week, again each week: something else runs then. */
import { formatCount, formatSeconds } from '@runlens/protocol/format';
import { CallGraph } from '../call-graph.ts';
import { type Draft, entryNames, impactOf, minutesOfDay, placeOf } from '../draft.ts';
import { medianOf } from '../robust-statistics.ts';
import type { ServiceFacts, WeekHour } from '../service-facts.ts';

/** Of one hour: the median of fewer is chance. */
const leastCalls = 20;
const leastWeeks = 2;
const leastOtherHours = 2;
const leastFactor = 3;
const leastSeconds = 0.02;
/** What is slow in more of the hours that are known is no spike. */
const mostShare = 0.2;
const daysInWeek = 7;
const days = ['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays'];

export function slowHours({ functions, weekHours }: ServiceFacts): readonly Draft[] {
  const graph = new CallGraph(functions);
  const slow = functions.flatMap((profile) => {
    const hours = weekHours.get(`${profile.file}\n${profile.function}`) ?? [];
    return slowestOf(hours).map((found) => ({ profile, ...found }));
  });
  return [...Map.groupBy(slow, ({ ofWeek }) => ofWeek).values()]
    .flatMap((same) => graph.innermost(same))
    .map(({ profile, ofWeek, seconds, slower, usual, calls, weeks }): Draft => {
      const condition = `on ${nameOf(ofWeek)}`;
      return {
        kind: 'slowCondition',
        key: [profile.file, profile.function, condition],
        place: placeOf(profile),
        title: `${profile.function} takes ${formatSeconds(seconds)} longer ${condition}`,
        evidence: [
          `half of the calls of that hour take ${formatSeconds(slower)} or more, in ${weeks} of the last weeks; in other hours ${formatSeconds(usual)}`,
          `about ${formatCount(Math.round(calls))} calls in that hour`,
        ],
        remedy:
          'Look for what runs then: a batch, a backup, a report, a cache that everybody fills at once. Move it, or give it room of its own.',
        confidence: weeks > leastWeeks ? 'likely' : 'possible',
        impact: impactOf(minutesOfDay, {
          seconds: (seconds * calls) / daysInWeek,
          calls: calls / daysInWeek,
          entries: profile.entries,
        }),
        subject: condition,
        entries: entryNames(profile.entries),
      };
    });
}

function slowestOf(hours: readonly WeekHour[]) {
  const known = hours.filter(({ calls }) => calls >= leastCalls);
  const byHour = [...Map.groupBy(known, ({ ofWeek }) => ofWeek)];
  return byHour.flatMap(([ofWeek, weeks]) => {
    const others = byHour.filter(([other]) => other !== ofWeek).map(([, of]) => medianOf(of.map(({ p50 }) => p50)));
    if (weeks.length < leastWeeks || others.length < leastOtherHours) return [];
    const usual = medianOf(others);
    const isSlow = (p50: number): boolean => p50 >= leastFactor * usual && p50 - usual >= leastSeconds;
    if (!weeks.every(({ p50 }) => isSlow(p50))) return [];
    if (others.filter(isSlow).length > mostShare * others.length) return [];
    const slower = medianOf(weeks.map(({ p50 }) => p50));
    const calls = weeks.reduce((sum, each) => sum + each.calls, 0) / weeks.length;
    return [{ ofWeek, slower, usual, seconds: slower - usual, calls, weeks: weeks.length }];
  });
}

/** `Mondays from 9:00 to 10:00 UTC`. */
function nameOf(ofWeek: number): string {
  const hour = ofWeek % 24;
  return `${days[Math.floor(ofWeek / 24)] ?? ''} from ${hour}:00 to ${hour + 1}:00 UTC`;
}
