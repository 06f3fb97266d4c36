/** Functions of which each call takes longer the more calls there are, or the more there were since the process began. */
import type { Profile } from '@runlens/protocol/api/profile';
import { formatCount, formatSeconds } from '@runlens/protocol/format';
import { CallGraph } from '../call-graph.ts';
import { type Draft, entryNames, impactOf, placeOf } from '../draft.ts';
import { medianOf, rankCorrelation, turningPoint } from '../robust-statistics.ts';
import type { MinuteNumbers, ServiceFacts } from '../service-facts.ts';

/** Minutes with calls enough for a median. */
const leastCalls = 20;
const leastMinutes = 10;
/** From the quietest quarter of the minutes to the busiest, or from the first to the last. */
const leastFactor = 2;
const leastSeconds = 0.001;
/** Rates that differ less say nothing about the rate. */
const leastSpread = 2;
/** Of chance: looked at are some functions of each service, twice a minute. */
const leastDeviations = 3.5;
/** Load of the day, or a machine that others make slow, also moves with time: what piles up hardly ever comes down. */
const leastTauOfTime = 0.7;
/** Where most other functions get slower too, it is not this one. */
const mostOthers = 0.5;
const slowerBy = 1.5;
const leastOthers = 3;

interface Growing {
  readonly profile: Profile;
  /** More than at first, or than in quiet minutes, of one call. */
  readonly seconds: number;
  readonly of: 'rate' | 'time';
  readonly quiet: number;
  readonly busy: number;
  /** Of all minutes, of one call. */
  readonly lostOfCall: number;
  readonly evidence: readonly string[];
}

export function growsWithTraffic({ functions, courses, minutes }: ServiceFacts): readonly Draft[] {
  const graph = new CallGraph(functions);
  const measured = functions.flatMap((profile) => {
    const all = courses.get(`${profile.file}\n${profile.function}`) ?? [];
    const course = all.filter(({ calls }) => calls >= leastCalls);
    return course.length < leastMinutes ? [] : [{ profile, course }];
  });
  const growing = measured.flatMap(({ profile, course }) => byRate(profile, course) ?? byTime(profile, course) ?? []);
  const others = measured.filter(({ profile }) => growing.every((each) => each.profile !== profile));
  const slower = others.filter(({ course }) => ratioOf(quartersOf(course)) >= slowerBy).length;
  const own = graph.innermost(growing);
  if (others.length >= leastOthers && slower > mostOthers * others.length) return [];
  return own.map((each) => draftOf(each, minutes));
}

function draftOf({ profile, seconds, of, lostOfCall, evidence }: Growing, minutes: number): Draft {
  return {
    kind: 'growsWithTraffic',
    key: [profile.file, profile.function],
    place: placeOf(profile),
    title:
      of === 'rate'
        ? `${profile.function} takes ${formatSeconds(seconds)} longer when it is called more often`
        : `${profile.function} takes longer the longer its process runs: ${formatSeconds(seconds)} more by now`,
    evidence,
    remedy:
      of === 'rate'
        ? 'Look for what its calls share and fill up: a pool, a queue, a cache that is too small, a table that all of them write. Below the turning point it has room.'
        : 'Look for what grows with each call and is gone through: a list that is searched, a cache without a limit, listeners that are added and never removed. A map or an index makes a search independent of how much there is; a limit ends the growth.',
    confidence: 'likely',
    impact: impactOf(minutes, { seconds: lostOfCall * profile.calls, calls: profile.calls, entries: profile.entries }),
    subject: of,
    entries: entryNames(profile.entries),
  };
}

/** Cost against rate, minute by minute. */
function byRate(profile: Profile, course: readonly MinuteNumbers[]): Growing | undefined {
  const ordered = course.toSorted((one, other) => one.calls - other.calls);
  const [low, high] = [callsOf(firstQuarter(ordered)), callsOf(lastQuarter(ordered))];
  if (high < leastSpread * low) return undefined;
  const points = course.map(({ calls, p50 }) => ({ x: calls, y: p50 }));
  const quarters = quartersOf(ordered);
  if (!hasGrown(quarters) || rankCorrelation(points).deviations < leastDeviations) return undefined;
  const turn = turningPoint(points);
  return {
    ...growthOf(profile, course, quarters, 'rate'),
    evidence: [
      `at ${formatCount(Math.round(low))} calls a minute ${formatSeconds(quarters.quiet)}, at ${formatCount(Math.round(high))} ${formatSeconds(quarters.busy)} (medians)`,
      ...(turn === undefined || turn.x <= low
        ? []
        : [
            `up to about ${formatCount(Math.round(turn.x))} calls a minute it takes ${formatSeconds(turn.y)}, and rises from there`,
          ]),
      `${formatCount(course.length)} minutes were looked at`,
    ],
  };
}

/** Cost against all calls before, which the rate does not explain. */
function byTime(profile: Profile, course: readonly MinuteNumbers[]): Growing | undefined {
  const quarters = quartersOf(course);
  if (!hasGrown(quarters)) return undefined;
  const time = rankCorrelation(course.map(({ at, p50 }) => ({ x: at, y: p50 })));
  const rate = rankCorrelation(course.map(({ calls, p50 }) => ({ x: calls, y: p50 })));
  if (time.deviations < leastDeviations || time.tau < leastTauOfTime || rate.tau >= time.tau) return undefined;
  const calls = course.reduce((sum, each) => sum + each.calls, 0);
  return {
    ...growthOf(profile, course, quarters, 'time'),
    evidence: [
      `${formatSeconds(quarters.quiet)} in its first minutes, ${formatSeconds(quarters.busy)} after ${formatCount(calls)} calls (medians)`,
      `${formatCount(course.length)} minutes were looked at, of the processes that run now; how often it is called does not explain it`,
    ],
  };
}

interface Quarters {
  readonly quiet: number;
  readonly busy: number;
}

const quarterOf = (course: readonly MinuteNumbers[]): number => Math.ceil(course.length / 4);
const firstQuarter = (course: readonly MinuteNumbers[]) => course.slice(0, quarterOf(course));
const lastQuarter = (course: readonly MinuteNumbers[]) => course.slice(-quarterOf(course));
const callsOf = (course: readonly MinuteNumbers[]): number => medianOf(course.map(({ calls }) => calls));
const secondsOf = (course: readonly MinuteNumbers[]): number => medianOf(course.map(({ p50 }) => p50));
const quartersOf = (course: readonly MinuteNumbers[]): Quarters => ({
  quiet: secondsOf(firstQuarter(course)),
  busy: secondsOf(lastQuarter(course)),
});
const ratioOf = ({ quiet, busy }: Quarters): number => (quiet > 0 ? busy / quiet : 1);
const hasGrown = ({ quiet, busy }: Quarters): boolean => busy - quiet >= leastSeconds && busy >= leastFactor * quiet;

function growthOf(profile: Profile, course: readonly MinuteNumbers[], { quiet, busy }: Quarters, of: Growing['of']) {
  const calls = course.reduce((sum, each) => sum + each.calls, 0);
  const lost = course.reduce((sum, each) => sum + each.calls * Math.max(0, each.p50 - quiet), 0);
  return { profile, seconds: busy - quiet, of, quiet, busy, lostOfCall: lost / calls };
}
