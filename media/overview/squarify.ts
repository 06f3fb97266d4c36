/** Areas as rectangles that are as square as can be: Bruls, Huizing, van Wijk, "Squarified Treemaps" (2000). */

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle for each of some values, the largest first, which fill `within` in proportion; all must be positive. */
export function squarify(values: readonly number[], within: Rect): readonly Rect[] {
  const placed: Rect[] = [];
  let { left, top, width, height } = within;
  let rest = values.reduce((sum, value) => sum + value, 0);
  let from = 0;
  while (from < values.length && width > 0 && height > 0) {
    const shorter = Math.min(width, height);
    const scale = (width * height) / rest;
    let to = from;
    let row = 0;
    let worst = Number.POSITIVE_INFINITY;
    // A row takes one more as long as that makes its worst rectangle no longer.
    while (to < values.length) {
      const next = row + (values[to] ?? 0);
      const side = (next * scale) / shorter;
      const longest = Math.max(
        ratio(side, ((values[from] ?? 0) * scale) / side),
        ratio(side, ((values[to] ?? 0) * scale) / side),
      );
      if (longest > worst) break;
      worst = longest;
      row = next;
      to += 1;
    }
    const side = (row * scale) / shorter;
    let along = 0;
    for (let i = from; i < to; i += 1) {
      const length = ((values[i] ?? 0) / row) * shorter;
      placed.push(
        width >= height
          ? { left, top: top + along, width: side, height: length }
          : { left: left + along, top, width: length, height: side },
      );
      along += length;
    }
    if (width >= height) {
      left += side;
      width -= side;
    } else {
      top += side;
      height -= side;
    }
    rest -= row;
    from = to;
  }
  return placed;
}

const ratio = (one: number, other: number): number => Math.max(one / other, other / one);
