/** One function over time: points of a round length, each with what was measured in it. */
import type { SeriesPoint, SeriesRequest, SeriesResponse } from '@runlens/protocol/api/series';
import { coarserIndex, histogramCount, quantile, type SparseHistogram, seriesScale } from '@runlens/protocol/histogram';
import { defaultRetention } from '../defaults.ts';
import type { ProfileStore, StepNumbers, Totals, Window } from '../store/profile-store.ts';
import { type FunctionGroup, groupFunctions } from './group.ts';
import { MeasuredTime } from './measured-time.ts';
import { newestFirst } from './profile.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const minuteSteps = [1, 2, 5, 10, 15, 30].map((n) => n * minute);
const hourSteps = [hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 28 * day];
/** Versions in an answer, the newest. */
const mostVersions = 100;

export type SeriesAnswer =
  | { readonly kind: 'ok'; readonly response: SeriesResponse }
  | { readonly kind: 'unknown' | 'ambiguous'; readonly reason: string };

/** The shortest round step, milliseconds, by which a window is at most `points`; minutes only as long as they are kept. */
export function stepOf({ since, until }: Window, points: number, now: number): number {
  const ofMinutes = since >= now - defaultRetention.minutesMilliseconds ? minuteSteps : [];
  const steps = [...ofMinutes, ...hourSteps];
  return steps.find((step) => (until - since) / step <= points) ?? Math.ceil((until - since) / points / day) * day;
}

export function series(store: ProfileStore, request: SeriesRequest, asked: Window, now: number): SeriesAnswer {
  const { service, environment, version, file, function: name, line } = request;
  const functions = store.functions({ service, environment, version, file, function: name });
  const groups = groupFunctions(functions.map((fn) => ({ fn, ...nothing })));
  const group = groups.length === 1 ? groups[0] : groups.find((each) => lineOf(each) === line);
  if (group === undefined) {
    const lines = groups.map(lineOf).join(', ');
    return groups.length === 0
      ? { kind: 'unknown', reason: `No process of ${service} in ${environment} has loaded ${name} of ${file}.` }
      : { kind: 'ambiguous', reason: `${file} has ${groups.length} functions ${name}: give "line", one of ${lines}.` };
  }
  // Nothing is kept from before.
  const from = Math.max(asked.since, now - defaultRetention.hoursMilliseconds);
  const step = stepOf({ since: from, until: asked.until }, request.points, now);
  const since = Math.floor(from / step) * step;
  const byTime = new Map(
    store
      .steps(
        group.members.map(({ fn }) => fn),
        { since, until: asked.until },
        step,
      )
      .map((each) => [each.at, each]),
  );
  const points: SeriesPoint[] = [];
  for (let at = since; at < asked.until; at += step) {
    points.push(pointOf({ since: at, until: Math.min(at + step, asked.until) }, byTime.get(at), group.members));
  }
  return {
    kind: 'ok',
    response: {
      service,
      environment,
      file,
      function: name,
      line: lineOf(group),
      window: { since: iso(since), until: iso(asked.until) },
      stepSeconds: step / 1_000,
      points,
      versions: versionsOf(store, request, { since, until: asked.until }),
    },
  };
}

const nothing = { calls: 0, errors: 0, seconds: 0, maxSeconds: 0, samples: 0 };
const lineOf = ({ members }: FunctionGroup): number => members.toSorted(newestFirst)[0]?.fn.line ?? 0;
const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

function pointOf(window: Window, step: StepNumbers | undefined, members: readonly Totals[]): SeriesPoint {
  const time = new MeasuredTime(window);
  const calls = step?.calls ?? 0;
  const measured = calls > 0 || time.isMeasured(members);
  return {
    at: iso(window.since),
    measured,
    calls,
    callsPerMinute: measured ? time.perMinute(calls, members) : null,
    errors: step?.errors ?? 0,
    duration: step === undefined ? null : durationOf(step),
  };
}

function durationOf({ histogram, maxSeconds: max }: StepNumbers): SeriesPoint['duration'] {
  if (histogramCount(histogram) === 0) return null;
  const at = (q: number): number => quantile(histogram, q, { max }) ?? 0;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), histogram: coarser(histogram) };
}

function coarser({ zeroCount, indexes, counts }: SparseHistogram): {
  zeroCount: number;
  indexes: number[];
  counts: number[];
} {
  const sums = new Map<number, number>();
  for (const [i, index] of indexes.entries()) {
    const at = coarserIndex(index, seriesScale);
    sums.set(at, (sums.get(at) ?? 0) + (counts[i] ?? 0));
  }
  return { zeroCount, indexes: [...sums.keys()], counts: [...sums.values()] };
}

/** Of the whole service, as what was deployed elsewhere in it changes a function too. */
function versionsOf(
  store: ProfileStore,
  { service, environment }: SeriesRequest,
  { since, until }: Window,
): SeriesResponse['versions'] {
  return store
    .scopes()
    .filter((scope) => scope.service === service && scope.environment === environment)
    .filter(({ firstSeen, lastSeen }) => lastSeen >= since && firstSeen <= until)
    .sort((one, other) => one.firstSeen - other.firstSeen || one.id - other.id)
    .slice(-mostVersions)
    .map(({ version, revision, firstSeen, lastSeen }) => ({
      version,
      ...(revision === undefined ? {} : { revision }),
      firstSeen: iso(firstSeen),
      lastSeen: iso(lastSeen),
    }));
}
