/** Which of the conditions that a function is told of matter, and how its calls are named: the same for people and agents. */
import type { ConditionsProfile, ExemplarProfile } from './api/profile.ts';
import { formatSeconds } from './format.ts';

/** A condition under which calls take much longer, or much less, than without it. */
export interface ConditionNote {
  /** `cold`, `17+ requests at once`, `Mon 09:00 UTC`. */
  readonly condition: string;
  /** Seconds. */
  readonly p50: number;
  readonly against: string;
  readonly againstP50: number;
}

/** Half of the calls take so many times as long, and so much longer, in seconds. */
const leastFactor = 2;
const leastSeconds = 0.001;
const leastSamples = 20;
/** Cold calls are few: one or some of each process. */
const leastCold = 3;

/** Those that matter, with enough calls to say so; the greatest difference first. */
export function notableConditions(conditions: ConditionsProfile | null): readonly ConditionNote[] {
  if (!conditions) return [];
  const { cold, warm, failed, fine } = conditions;
  const notes: ConditionNote[] = [];
  const compare = (condition: string, some: Half, against: string, others: Half, least = leastSamples): void => {
    if (!some || !others || some.samples < least || others.samples < leastSamples) return;
    if (Math.abs(some.p50 - others.p50) < leastSeconds) return;
    const note = { condition, p50: some.p50, against, againstP50: others.p50 };
    if (factor(note) >= leastFactor) notes.push(note);
  };
  compare('cold', cold, 'warm', warm, leastCold);
  compare('failed', failed, 'fine', fine);
  const [quiet, ...busier] = conditions.concurrency;
  const busiest = busier.at(-1);
  if (quiet && busiest) {
    const against = quiet.requests === '1' ? 'with 1' : `with ${quiet.requests}`;
    compare(`${busiest.requests} requests at once`, busiest.duration, against, quiet.duration);
  }
  const hours = hoursOf(conditions);
  if (hours) compare(`${hourName(hours.slowest.hour)} UTC`, hours.slowest, 'in the usual hour', hours.usual);
  return notes.sort((one, other) => factor(other) - factor(one));
}

type Half = { readonly p50: number; readonly samples: number } | null;

const factor = ({ p50, againstP50 }: ConditionNote): number =>
  Math.max(p50, againstP50) / Math.max(Number.MIN_VALUE, Math.min(p50, againstP50));

/** `cold: p50 40 ms vs 3 ms warm`. */
export const formatConditionNote = ({ condition, p50, against, againstP50 }: ConditionNote): string =>
  `${condition}: p50 ${formatSeconds(p50)} vs ${formatSeconds(againstP50)} ${against}`;

/** The slowest hour of the week and the median one, of those with enough calls; at least a day of them. */
function hoursOf({ hours }: ConditionsProfile) {
  const told = hours.filter(({ calls }) => calls >= leastSamples).toSorted((one, other) => one.p50 - other.p50);
  const usual = told[Math.floor(told.length / 2)];
  const slowest = told.at(-1);
  if (told.length < 24 || !usual || !slowest) return undefined;
  const half = ({ p50, calls }: { readonly p50: number; readonly calls: number }) => ({ p50, samples: calls });
  return { usual: half(usual), slowest: { ...half(slowest), hour: slowest.hour } };
}

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** `Mon 09:00`, of an hour of the week. */
export const hourName = (hour: number): string =>
  `${days[Math.floor(hour / 24) % 7]} ${String(hour % 24).padStart(2, '0')}:00`;

/** `24 queries (SELECT orders × 24)`; undefined: not known, or none. */
export function exemplarQueries({ queries }: ExemplarProfile): string | undefined {
  if (!queries || queries.count === 0) return undefined;
  const named = queries.summary === '' ? '' : ` (${queries.summary})`;
  return `${queries.count} ${queries.count === 1 ? 'query' : 'queries'}${named}`;
}

/** When a call ended: `12:03:11 UTC`, with the day where it was not in the last 24 hours before `now`. */
export function exemplarTime({ time }: ExemplarProfile, now: number): string {
  const [day = '', clock = ''] = time.split('T');
  const seconds = `${clock.slice(0, 8)} UTC`;
  return now - Date.parse(time) < 24 * 3_600_000 ? seconds : `${day} ${seconds}`;
}
