/** The tables on disk by how long a row of theirs is, and how a window is covered by them. */
import type { Retention } from '../../defaults.ts';
import type { Resolution, Window } from '../profile-store.ts';
import { minuteMilliseconds, recentMilliseconds } from '../recent.ts';
import { RowTable } from '../row-table.ts';

export const tenMinutesMilliseconds = 600_000;
export const hourMilliseconds = 3_600_000;
export const dayMilliseconds = 24 * hourMilliseconds;

export interface Tier {
  readonly table: 'minute' | 'ten_minutes' | 'hour' | 'day';
  readonly milliseconds: number;
  /** By which of the retentions its rows are dropped. */
  readonly kept: keyof Retention;
  /** Tables of minutes as tables of this tier, by its unit of time. */
  tables(minutes: ReadonlyMap<number, RowTable>): ReadonlyMap<number, RowTable>;
}

const coarser = (table: Tier['table'], milliseconds: number, kept: keyof Retention): Tier => ({
  table,
  milliseconds,
  kept,
  tables(minutes) {
    const tables = new Map<number, RowTable>();
    for (const [minute, from] of minutes) {
      const at = Math.floor((minute * minuteMilliseconds) / milliseconds);
      let into = tables.get(at);
      if (into === undefined) {
        into = new RowTable();
        tables.set(at, into);
      }
      into.merge(from);
    }
    return tables;
  },
});

export const minuteTier: Tier = {
  table: 'minute',
  milliseconds: minuteMilliseconds,
  kept: 'minutesMilliseconds',
  tables: (minutes) => minutes,
};
/** An hour that begins in the middle of one would else be read as 59 minutes: 3,500 rows of a file, of which these leave a fourth. */
const tenMinutesTier: Tier = coarser('ten_minutes', tenMinutesMilliseconds, 'minutesMilliseconds');
export const hourTier: Tier = coarser('hour', hourMilliseconds, 'hoursMilliseconds');
const dayTier: Tier = coarser('day', dayMilliseconds, 'hoursMilliseconds');
export const tiers: readonly Tier[] = [minuteTier, tenMinutesTier, hourTier, dayTier];

/** Windows up to this long have edges exact to a minute; longer ones to an hour. */
const longestByMinutes = 6 * hourMilliseconds;

export function resolutionOf(window: Window, now: number, completeSince: number, retention: Retention): Resolution {
  if (window.since >= now - recentMilliseconds - minuteMilliseconds && window.since >= completeSince) return 'memory';
  const length = window.until - window.since;
  return length <= longestByMinutes && window.since >= now - retention.minutesMilliseconds ? 'minute' : 'hour';
}

/** Moves both edges out to whole units. */
export function widened(window: Window, milliseconds: number): Window {
  return {
    since: Math.floor(window.since / milliseconds) * milliseconds,
    until: Math.ceil(window.until / milliseconds) * milliseconds,
  };
}

/** Units `from` (inclusive) to `to` (exclusive) of a tier. */
export interface Stretch {
  readonly tier: Tier;
  readonly from: number;
  readonly to: number;
}

/**
 * Covers a window, whose edges are whole units of the finest tier, by the coarsest units that fit: as every tier holds
 * everything, seven days are a few hours at the front and whole days after. A unit that is not over at `now` is used
 * whole when the window reaches `now`: nothing lies behind it.
 */
export function cover(window: Window, finest: Tier, now: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  const coarsest = tiers.indexOf(finest);
  const reachesNow = window.until >= now;
  const fill = (since: number, until: number, level: number): void => {
    const tier = tiers[level];
    if (tier === undefined || since >= until) return;
    const { milliseconds } = tier;
    if (level === coarsest) {
      stretches.push({ tier, from: Math.floor(since / milliseconds), to: Math.ceil(until / milliseconds) });
      return;
    }
    const from = Math.ceil(since / milliseconds);
    const to =
      reachesNow && until === window.until ? Math.ceil(until / milliseconds) : Math.floor(until / milliseconds);
    if (to <= from) {
      fill(since, until, level - 1);
      return;
    }
    fill(since, from * milliseconds, level - 1);
    stretches.push({ tier, from, to });
    fill(to * milliseconds, until, level - 1);
  };
  fill(window.since, window.until, tiers.length - 1);
  return stretches;
}
