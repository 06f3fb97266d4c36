/** The tables on disk by how long a row of theirs is, and how a window is covered by them. */
import type { Retention } from '../../defaults.ts';
import type { Resolution, Window } from '../profile-store.ts';
import { minuteMilliseconds, recentMilliseconds } from '../recent.ts';
import { RowTable } from '../row-table.ts';

export const hourMilliseconds = 3_600_000;
export const dayMilliseconds = 24 * hourMilliseconds;

export interface Tier {
  readonly table: 'minute' | 'hour' | 'day';
  readonly milliseconds: number;
  /** Tables of minutes as tables of this tier, by its unit of time. */
  tables(minutes: ReadonlyMap<number, RowTable>): ReadonlyMap<number, RowTable>;
}

const coarser = (table: 'hour' | 'day', milliseconds: number): Tier => ({
  table,
  milliseconds,
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

export const minuteTier: Tier = { table: 'minute', milliseconds: minuteMilliseconds, tables: (minutes) => minutes };
export const hourTier: Tier = coarser('hour', hourMilliseconds);
export const dayTier: Tier = coarser('day', dayMilliseconds);
export const tiers: readonly Tier[] = [minuteTier, hourTier, dayTier];

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
