/** Calls that take many times as long as the others, under a condition that the slow ones have in common. */

import type { Profile } from '@runlens/protocol/api/profile';
import { formatCount, formatSeconds } from '@runlens/protocol/format';
import { conditions } from '@runlens/protocol/telemetry';
import { CallGraph } from '../call-graph.ts';
import { type Draft, entryNames, impactOf, minutesOfDay, placeOf } from '../draft.ts';
import type { ServiceFacts } from '../service-facts.ts';

const leastFactor = 3;
/** A first call that takes less longer is noticed by nobody. */
const leastColdSeconds = 0.05;
/** Of one start alone: what loads and connects then takes as long as the machine lets it. */
const leastOfOneStart = 0.25;
const leastCold = 3;
/** Where one in twenty is slow: those of three processes. */
const leastColdOfFew = 40;
const fewShare = 0.05;
/** Calls that fail late: most of them are timeouts. */
const leastFailedSeconds = 0.5;
const leastFailed = 5;
/** One call in a hundred takes so many times the median, and so long. */
const spikeFactor = 20;
const spikeSeconds = 0.05;
/** All of the slowest calls that are kept, and so many at least, have what so few of all calls have. */
const leastExemplars = 5;
const mostShare = 0.3;

interface Slow {
  readonly profile: Profile;
  /** More than without the condition, of one call. */
  readonly seconds: number;
  readonly condition: string;
  readonly calls: number;
  /** A day of `calls`, rather than the window, is what they happen in: of starts. */
  readonly onceADay: boolean;
  readonly evidence: readonly string[];
  readonly remedy: string;
  readonly confidence: Draft['confidence'];
}

export function slowConditions({ functions, minutes }: ServiceFacts): readonly Draft[] {
  const graph = new CallGraph(functions);
  const slow = functions.flatMap((profile) => [...coldOf(profile), ...failedOf(profile), ...byEntryOf(profile)]);
  return [...Map.groupBy(slow, ({ condition }) => condition).values()]
    .flatMap((same) => graph.innermost(same))
    .map((each) => draftOf(each, minutes));
}

function draftOf(
  { profile, seconds, condition, calls, onceADay, evidence, remedy, confidence }: Slow,
  minutes: number,
): Draft {
  return {
    kind: 'slowCondition',
    key: [profile.file, profile.function, condition],
    place: placeOf(profile),
    title: `${profile.function} takes ${formatSeconds(seconds)} longer ${condition}`,
    evidence,
    remedy,
    confidence,
    impact: impactOf(onceADay ? minutesOfDay : minutes, { seconds: seconds * calls, calls, entries: profile.entries }),
    subject: condition,
    entries: entryNames(profile.entries),
  };
}

function coldOf(profile: Profile): readonly Slow[] {
  const { cold, warm } = profile.conditions ?? {};
  if (!cold || !warm || cold.samples < leastCold) return [];
  // Of the first calls of a process one alone may wait, for what the others then find done.
  const [slow, usual] = cold.p50 >= leastFactor * warm.p50 ? [cold.p50, warm.p50] : [cold.p95, warm.p95];
  const isFew = slow !== cold.p50;
  const seconds = slow - usual;
  const least = profile.instances > 1 ? leastColdSeconds : leastOfOneStart;
  if (seconds < least || slow < leastFactor * usual || cold.samples < (isFew ? leastColdOfFew : leastCold)) return [];
  return [
    {
      profile,
      seconds,
      condition: 'in the first calls of a process',
      calls: cold.samples * (isFew ? fewShare : 1),
      onceADay: true,
      evidence: [
        isFew
          ? `of the first calls of a process one in twenty or more takes ${formatSeconds(slow)}, of later ones ${formatSeconds(usual)}`
          : `the first calls of a process take ${formatSeconds(slow)}, later ones ${formatSeconds(usual)} (medians)`,
        `${formatCount(cold.samples)} such calls`,
      ],
      remedy:
        'Do what is done once (connections, caches, compiled templates) before the service says that it is ready.',
      confidence: 'likely',
    },
  ];
}

function failedOf(profile: Profile): readonly Slow[] {
  const { failed, fine } = profile.conditions ?? {};
  if (!failed || !fine || failed.samples < leastFailed) return [];
  const seconds = failed.p50 - fine.p50;
  if (seconds < leastFailedSeconds || failed.p50 < leastFactor * fine.p50) return [];
  return [
    {
      profile,
      seconds,
      condition: 'when it fails',
      calls: profile.errors,
      onceADay: false,
      evidence: [
        `calls that fail take ${formatSeconds(failed.p50)}, others ${formatSeconds(fine.p50)} (medians)`,
        `${formatCount(profile.errors)} of ${formatCount(profile.calls)} calls failed`,
      ],
      remedy:
        'They wait before they fail: look for a timeout that is too long, or for tries that come one after another.',
      confidence: 'likely',
    },
  ];
}

const leastOfEntry = 5;

/** By durations for each entry where they tell it, else by what the slowest calls have in common. */
function byEntryOf(profile: Profile): readonly Slow[] {
  const byEntry = entryOf(profile);
  return byEntry.length > 0 ? byEntry : spikesOf(profile);
}

/** One of the routes or jobs that it is called for, in which it takes many times as long as in the others. */
function entryOf(profile: Profile): readonly Slow[] {
  const told = profile.entries.flatMap(({ name, duration }) =>
    duration === null || duration.samples < leastOfEntry ? [] : [{ name, ...duration }],
  );
  const all = told.reduce((sum, { samples }) => sum + samples, 0);
  return told.flatMap((own) => {
    const share = own.samples / all;
    const others = told.filter(({ name }) => name !== own.name);
    const usual = others.reduce((most, { p50 }) => Math.max(most, p50), 0);
    if (others.length === 0 || share > mostShare || own.p50 < spikeSeconds || own.p50 < spikeFactor * usual) return [];
    const slow: Slow = {
      profile,
      seconds: own.p50 - usual,
      condition: `for ${own.name}`,
      calls: profile.calls * share,
      onceADay: false,
      evidence: [
        `half of the calls for ${own.name} take ${formatSeconds(own.p50)} or more, for others ${formatSeconds(usual)}`,
        `${Math.round(share * 100)} % of all calls are for it`,
      ],
      remedy: 'Look at what it does differently there; a snapshot probe with that condition shows the values.',
      confidence: 'likely',
    };
    return [slow];
  });
}

function spikesOf(profile: Profile): readonly Slow[] {
  const { duration, exemplars } = profile;
  if (duration === null || exemplars.length < leastExemplars) return [];
  if (duration.p99 < spikeSeconds || duration.p99 < spikeFactor * duration.p50) return [];
  const common = commonEntry(profile) ?? commonLoad(profile);
  if (common === undefined) return [];
  return [
    {
      profile,
      seconds: duration.p99 - duration.p50,
      condition: common.condition,
      calls: profile.calls / 100,
      onceADay: false,
      evidence: [
        `one call in a hundred takes ${formatSeconds(duration.p99)} or more, half of them ${formatSeconds(duration.p50)} or less`,
        `all of the ${exemplars.length} slowest calls ran ${common.condition}; ${Math.round(common.share * 100)} % of all calls did`,
      ],
      remedy: 'Look at what it does differently there; a snapshot probe with that condition shows the values.',
      confidence: 'possible',
    },
  ];
}

interface Common {
  readonly condition: string;
  readonly share: number;
}

function commonEntry({ exemplars, entries }: Profile): Common | undefined {
  const entry = exemplars[0]?.entry;
  if (entry === undefined || !exemplars.every((each) => each.entry === entry)) return undefined;
  const calls = entries.reduce((sum, each) => sum + each.calls, 0);
  const own = entries.find(({ name }) => name === entry)?.calls ?? 0;
  const share = calls > 0 ? own / calls : 1;
  return share <= mostShare ? { condition: `for ${entry}`, share } : undefined;
}

function commonLoad({ exemplars, conditions: told }: Profile): Common | undefined {
  const loads = [
    [conditions.requests17, '17+'],
    [conditions.requests5, '5-16'],
  ] as const;
  const all = (told?.concurrency ?? []).reduce((sum, { duration }) => sum + duration.samples, 0);
  for (const [condition, requests] of loads) {
    if (!exemplars.every((each) => each.conditions.includes(condition))) continue;
    const own = told?.concurrency.find((each) => each.requests === requests)?.duration.samples ?? 0;
    const share = all > 0 ? own / all : 1;
    if (share <= mostShare) return { condition: `with ${requests} requests at once`, share };
  }
  return undefined;
}
