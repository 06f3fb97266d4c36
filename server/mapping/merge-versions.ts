/** The profile of a function over some of its versions only. */
import type { Duration, ExceptionProfile, Profile, VersionProfile } from '@runlens/protocol/api/profile';
import { quantile, type SparseHistogram } from '@runlens/protocol/histogram';

/**
 * The profile with the numbers of these of its versions (at least one). Counts and durations are exact merges; the
 * share of time is scaled by calls, and the rate is over the time of these versions. What is told by function only (entries, conditions, slowest
 * calls, callers, queries) stays that of all versions in the window, and so do the counts of exceptions; those that none of
 * these versions had are left out.
 */
export function profileOfVersions(profile: Profile, versions: readonly VersionProfile[]): Profile {
  if (versions.length === profile.versions.length) return profile;
  const calls = sum(versions, ({ calls }) => calls);
  const errors = sum(versions, ({ errors }) => errors);
  const duration = mergeDurations(versions);
  const part = profile.calls > 0 ? Math.min(1, calls / profile.calls) : 0;
  const total = profile.duration?.total ?? 0;
  const timePart = duration && total > 0 ? Math.min(1, duration.total / total) : part;
  return {
    ...profile,
    line: versions[0]?.line ?? profile.line,
    calls,
    callsPerMinute: rateOf(profile, versions),
    errors,
    errorRate: calls > 0 ? errors / calls : null,
    duration,
    timeShare: profile.timeShare === null ? null : profile.timeShare * timePart,
    versions: [...versions],
    exceptions: profile.exceptions.filter((one) => isOf(one, versions)),
    measuredSince: versions.map(({ measuredSince }) => measuredSince).sort()[0] ?? profile.measuredSince,
    lastSeen:
      versions
        .flatMap(({ lastSeen }) => lastSeen ?? [])
        .sort()
        .at(-1) ?? null,
  };
}

/**
 * Each version's rate tells its time. Versions that followed each other (the usual deploy) have the sum of their times, and
 * none has more than the function has.
 */
function rateOf(profile: Profile, versions: readonly VersionProfile[]): number {
  const calls = sum(versions, (version) => version.calls);
  if (calls === 0 || profile.calls === 0) return 0;
  const allMinutes = profile.calls / profile.callsPerMinute;
  const minutes = sum(versions, (version) => (version.calls > 0 ? minutesOf(version, allMinutes) : 0));
  return calls / Math.min(minutes, allMinutes);
}

/** A collector of before tells no rate of a version. */
const minutesOf = ({ calls, callsPerMinute }: VersionProfile, unknown: number): number =>
  callsPerMinute === undefined || callsPerMinute === 0 ? unknown : calls / callsPerMinute;

/** Of an exception that does not tell its versions it is not known. */
const isOf = (exception: ExceptionProfile, versions: readonly VersionProfile[]): boolean =>
  exception.versions === undefined ||
  exception.versions.some(({ version }) => versions.some((each) => each.version === version));

function mergeDurations(versions: readonly VersionProfile[]): Duration | null {
  const timed = versions.flatMap(({ duration, calls }) => (duration ? [{ duration, calls }] : []));
  const first = timed[0];
  if (!first) return null;
  if (timed.length === 1) return first.duration;
  const histogram = mergeHistograms(timed.map(({ duration }) => duration.histogram));
  const max = Math.max(...timed.map(({ duration }) => duration.max));
  const at = (q: number) => quantile(histogram, q, { max }) ?? 0;
  const total = sum(timed, ({ duration }) => duration.total);
  const calls = sum(timed, ({ calls }) => calls);
  return {
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max,
    mean: calls > 0 ? total / calls : 0,
    total,
    samples: sum(timed, ({ duration }) => duration.samples),
    histogram,
  };
}

function mergeHistograms(histograms: readonly SparseHistogram[]): Duration['histogram'] {
  const counts = new Map<number, number>();
  let zeroCount = 0;
  for (const histogram of histograms) {
    zeroCount += histogram.zeroCount;
    histogram.indexes.forEach((index, at) => {
      counts.set(index, (counts.get(index) ?? 0) + (histogram.counts[at] ?? 0));
    });
  }
  const indexes = [...counts.keys()].sort((a, b) => a - b);
  return { zeroCount, indexes, counts: indexes.map((index) => counts.get(index) ?? 0) };
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0);
