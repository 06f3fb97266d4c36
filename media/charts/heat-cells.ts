/** The cells of a heat map: calls by time and by duration. */
import type { SeriesPoint } from '@runlens/protocol/api/series';
import { seriesScale } from '@runlens/protocol/histogram';

export interface HeatCell {
  /** Position among the points. */
  readonly column: number;
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  /** Estimated calls. */
  readonly calls: number;
}

export interface HeatCells {
  readonly cells: readonly HeatCell[];
  /** Of one cell. */
  readonly mostCalls: number;
  /** Seconds: of all cells. */
  readonly least: number;
  readonly most: number;
}

/** Of more, each would be too low to see. */
const mostRows = 32;
/** Reading the clock takes this long by itself, seconds. */
const shortest = 50e-9;

/**
 * Buckets are put together until there are few enough rows. Calls too short for the clock (the zero count) are in the lowest
 * row. Undefined: no call was timed.
 */
export function heatCells(points: readonly Pick<SeriesPoint, 'duration'>[]): HeatCells | undefined {
  const all = points.flatMap(({ duration }) => duration?.histogram.indexes ?? []);
  const range = Math.max(...all) - Math.min(...all) + 1;
  const scale = all.length === 0 ? seriesScale : seriesScale - Math.max(0, Math.ceil(Math.log2(range / mostRows)));
  const bound = (index: number): number => 2 ** (index / 2 ** scale);
  const coarser = (index: number): number => index >> (seriesScale - scale);
  const indexes = all.map(coarser);
  const zeros = points.some(({ duration }) => (duration?.histogram.zeroCount ?? 0) > 0);
  if (indexes.length === 0 && !zeros) return undefined;
  const lowest =
    indexes.length === 0 ? Math.round(Math.log2(shortest) * 2 ** scale) : Math.min(...indexes) - (zeros ? 1 : 0);
  const cells = points.flatMap(({ duration }, column): HeatCell[] => {
    if (!duration) return [];
    const rows = new Map<number, number>();
    const { zeroCount, counts } = duration.histogram;
    if (zeroCount > 0) rows.set(lowest, zeroCount);
    for (const [i, index] of duration.histogram.indexes.entries()) {
      const row = coarser(index);
      rows.set(row, (rows.get(row) ?? 0) + (counts[i] ?? 0));
    }
    return [...rows].map(([row, calls]) => ({ column, from: bound(row), to: bound(row + 1), calls }));
  });
  return {
    cells,
    mostCalls: Math.max(...cells.map(({ calls }) => calls)),
    least: Math.min(...cells.map(({ from }) => from)),
    most: Math.max(...cells.map(({ to }) => to)),
  };
}

/** Of one column: the range of duration in which most of its calls are; undefined: none was timed. */
export function fullestCell(point: Pick<SeriesPoint, 'duration'>): HeatCell | undefined {
  return heatCells([point])?.cells.reduce((fullest, cell) => (cell.calls > fullest.calls ? cell : fullest));
}
