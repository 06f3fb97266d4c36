/** How numbers are written for people, the same everywhere: lens, hover, command line, agents. */

/** `0`, `0.4`, `7.2`, `40.2k`, `1.3M`: at most three significant digits, two below ten. */
export function formatCount(value: number): string {
  if (value === 0) return '0';
  const units = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const;
  for (const [size, unit] of units) {
    // 999.95k is 1M: choose the unit after rounding.
    if (value >= size * 0.9995) return `${significant(value / size)}${unit}`;
  }
  return value < 0.01 ? '<0.01' : significant(value);
}

/** `40.2k/min`; rates below one a minute go by the hour or day, so that a rare job reads as such. */
export function formatRate(callsPerMinute: number): string {
  if (callsPerMinute === 0) return '0/min';
  if (callsPerMinute >= 0.95) return `${formatCount(callsPerMinute)}/min`;
  const perHour = callsPerMinute * 60;
  return perHour >= 0.95 ? `${formatCount(perHour)}/h` : `${formatCount(perHour * 24)}/day`;
}

/** Reading the clock takes this long by itself: a shorter duration is known to be short, not how short. */
const clockResolutionSeconds = 50e-9;

/** `<50 ns`, `320 ns`, `4.1 µs`, `3.1 ms`, `2.4 s`, `3.5 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < clockResolutionSeconds) return '<50 ns';
  if (seconds < 0.9995e-6) return `${significant(seconds * 1e9)} ns`;
  if (seconds < 0.9995e-3) return `${significant(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${significant(seconds * 1e3)} ms`;
  if (seconds < 119.5) return `${significant(seconds)} s`;
  return seconds < 7_170 ? `${significant(seconds / 60)} min` : `${significant(seconds / 3_600)} h`;
}

/** `0 %`, `<0.01 %`, `0.4 %`, `12 %`; a share of 0.004 is 0.4 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.01) return '<0.01 %';
  if (percent >= 10) return `${Math.round(percent)} %`;
  return `${Number(percent.toPrecision(2))} %`;
}

/** Repeats of a query in one request or call, where they are the mark of an N+1. The function's name is to follow, if any. */
export function formatRepeats(
  repeats: { readonly mean: number; readonly within?: { readonly function: string } | undefined } | undefined,
): string | undefined {
  if (!repeats || repeats.mean < 2) return undefined;
  return `${formatCount(Math.round(repeats.mean))} times in one ${repeats.within ? 'call of' : 'request'}`;
}

/** What became of errors of one kind: `6 left it (3 caught by a caller, 2 uncaught), 1 caught here`; empty: not known. */
export function formatOutcome(errors: {
  readonly count: number;
  readonly caughtHere?: number | undefined;
  readonly caughtByCaller?: number | undefined;
  readonly uncaught?: number | undefined;
}): string {
  const { count, caughtHere = 0, caughtByCaller = 0, uncaught = 0 } = errors;
  if (errors.caughtHere === undefined) return '';
  const ends = [
    ...(caughtByCaller > 0 ? [`${formatCount(caughtByCaller)} caught by a caller`] : []),
    ...(uncaught > 0 ? [`${formatCount(uncaught)} uncaught`] : []),
  ].join(', ');
  return [
    ...(count > 0 ? [`${formatCount(count)} left it${ends === '' ? '' : ` (${ends})`}`] : []),
    ...(caughtHere > 0 ? [`${formatCount(caughtHere)} caught here`] : []),
  ].join(', ');
}

/** `just now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 days ago`. A clock that is ahead reads as just now. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 2) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

/** A revision shows by as many digits as git shows. */
const shownDigits = 7;
const longestVersion = 24;

/**
 * A deployed version as people call it: `v1.4.0+41c5a02` for `1.4.0+41c5a024e95f`, `41c5a02` for a whole revision, with
 * `*` where the text was built from uncommitted work (`-dirty`), `v42` for `42`; empty for an unknown one. For reading
 * only: to name a version to a program takes the version itself.
 */
export function versionName(version: string): string {
  if (version === 'unknown') return '';
  const parts = /^(?:(?<release>\d[\w.-]*)\+)?(?<revision>[0-9a-f]{7,64})(?<dirty>[-.+](?:dirty|modified))?$/i.exec(
    version,
  );
  const { release, revision = '', dirty } = parts?.groups ?? {};
  // A bare number of digits may be a date or a build; behind a release it is where the revision stands.
  if (
    release !== undefined ||
    (revision.length >= 12 && /[a-f]/i.test(revision)) ||
    /^\d{40}(\d{24})?$/.test(revision)
  ) {
    return `${release === undefined ? '' : `v${release}+`}${revision.slice(0, shownDigits)}${dirty ? '*' : ''}`;
  }
  const isRelease = /^\d+(\.\d+)+([-+][\w.+-]+)?$/.test(version) || (/^\d/.test(version) && version.length < 12);
  const name = isRelease ? `v${version}` : version;
  return name.length > longestVersion ? `${name.slice(0, longestVersion - 1)}…` : name;
}

function significant(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  if (value >= 9.995) return String(Number(value.toFixed(1)));
  return String(Number(value.toPrecision(2)));
}
