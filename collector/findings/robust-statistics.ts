/** Statistics that a few odd values do not move, for series of some tens of values. */

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Kendall's rank correlation τ-b, from -1 to 1, and how many standard deviations of chance it is from none (Kendall 1938,
 * https://doi.org/10.1093/biomet/30.1-2.81; with x in the order of time it is the test for a trend by Mann 1945).
 */
export function rankCorrelation(points: readonly Point[]): { readonly tau: number; readonly deviations: number } {
  const n = points.length;
  let [agree, onlyX, onlyY] = [0, 0, 0];
  for (const [i, one] of points.entries()) {
    for (const other of points.slice(i + 1)) {
      const [dx, dy] = [Math.sign(one.x - other.x), Math.sign(one.y - other.y)];
      agree += dx * dy;
      if (dx !== 0) onlyX += 1;
      if (dy !== 0) onlyY += 1;
    }
  }
  if (onlyX === 0 || onlyY === 0) return { tau: 0, deviations: 0 };
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  return { tau: agree / Math.sqrt(onlyX * onlyY), deviations: agree / deviation };
}

/**
 * Where y begins to rise with x: up to there it is level, from there on a line. Of all x but the outermost the one whose two parts
 * leave the least absolute deviation; the line rises by the median slope (Sen 1968, https://doi.org/10.2307/2285891).
 */
export function turningPoint(points: readonly Point[]): Point | undefined {
  const sorted = points.toSorted((one, other) => one.x - other.x);
  let best: { readonly at: Point; readonly left: number } | undefined;
  for (let last = leastOfPart - 1; last < sorted.length - leastOfPart; last += 1) {
    const level = medianOf(sorted.slice(0, last + 1).map(({ y }) => y));
    const from = sorted[last]?.x ?? 0;
    const above = sorted.slice(last + 1).filter(({ x }) => x > from);
    if (above.length < leastOfPart) continue;
    const slope = medianOf(above.map(({ x, y }) => (y - level) / (x - from)));
    const left = sorted.reduce((sum, { x, y }) => sum + Math.abs(y - level - slope * Math.max(0, x - from)), 0);
    if (best === undefined || left < best.left) best = { at: { x: from, y: level }, left };
  }
  return best?.at;
}

const leastOfPart = 3;
