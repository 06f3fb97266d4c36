/** Versions side by side: a column a version, the newest first, with how far each is from the one before. */
import type { Profile, VersionProfile } from '@runlens/protocol/api/profile';
import { formatCount, formatRate, formatSeconds, formatShare, versionName } from '@runlens/protocol/format';
import { element, wideTable } from '../page/element.ts';
import { age, type Part, section } from '../page/section.ts';
import { bars, rangeOf } from './bars.ts';

const mostColumns = 4;
const barsOfVersion = 32;

type Figure = (version: VersionProfile) => number | null;

export function versions(profile: Profile, now: number): Part {
  const shown = profile.versions.slice(0, mostColumns);
  const [only] = shown;
  if (!only) return undefined;
  const row = (name: string, figure: Figure, format: (value: number) => string, compared = true) => [
    name,
    ...shown.map((version, i) => {
      const value = figure(version);
      if (value === null) return '–';
      const before = shown[i + 1] ? figure(shown[i + 1] as VersionProfile) : null; // there, as was just asked
      const difference = compared && before !== null ? differenceWords(value, before) : undefined;
      return difference === undefined ? format(value) : `${format(value)} (${difference})`;
    }),
  ];
  const rows = [
    row('Calls', ({ calls }) => calls, formatCount, false),
    row(
      'Rate',
      (version) => version.callsPerMinute ?? (shown.length === 1 ? profile.callsPerMinute : null),
      formatRate,
    ),
    row('Errors', ({ errors }) => errors, formatCount, false),
    row('Error rate', ({ calls, errors }) => (calls === 0 ? null : errors / calls), formatShare),
    row('p50', ({ duration }) => duration?.p50 ?? null, formatSeconds),
    row('p90', ({ duration }) => duration?.p90 ?? null, formatSeconds),
    row('p99', ({ duration }) => duration?.p99 ?? null, formatSeconds),
    row('Longest', ({ duration }) => duration?.max ?? null, formatSeconds),
    ['Latency', ...shown.map((version) => latencyBars(version, shown))],
    ['Measured since', ...shown.map(({ measuredSince }) => age(measuredSince, now))],
    ['Last call', ...shown.map(({ lastSeen }) => (lastSeen ? age(lastSeen, now) : 'never'))],
  ];
  const more = profile.versions.length - shown.length;
  return section(
    'Versions',
    wideTable(
      'Versions in this window, newest first',
      ['Number', ...shown.map(({ version }) => versionName(version) || version)],
      rows,
    ),
    [
      ...(shown.length > 1
        ? ['In brackets: against the version before. Traffic may differ too, so a small difference may be chance.']
        : []),
      ...(more > 0 ? [`${more} older ${more === 1 ? 'version is' : 'versions are'} left out.`] : []),
    ].join(' ') || undefined,
  );
}

/** `+12 %`, `×3.1`, `as before`; undefined: there is nothing to compare with. */
export function differenceWords(value: number, before: number): string | undefined {
  if (before === 0) return value === 0 ? 'as before' : 'none before';
  const ratio = value / before;
  if (ratio >= 2) return `×${Number(ratio.toPrecision(2))}`;
  const percent = Math.round((ratio - 1) * 100);
  return percent === 0 ? 'as before' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`;
}

/** All on one axis, so that they can be compared by eye. */
function latencyBars({ version, duration }: VersionProfile, all: readonly VersionProfile[]): HTMLElement | string {
  if (!duration) return '–';
  const range = rangeOf(all.flatMap((each) => (each.duration ? [each.duration.histogram] : [])));
  const name = `Latency of ${versionName(version) || version}: half within ${formatSeconds(duration.p50)}, 99 of 100 within ${formatSeconds(duration.p99)}`;
  const chart = element('div', { class: 'bars small', role: 'img', 'aria-label': name });
  for (const { height } of bars(duration.histogram, barsOfVersion, range)) {
    const column = element('span', {});
    column.style.height = height === 0 ? '0' : `max(1px, ${(height * 100).toFixed(1)}%)`;
    chart.append(column);
  }
  return chart;
}
