/** Where everything of a folder is drawn. Only what is large enough to be seen is laid out, so that it is bounded by the area. */
import { type Measure, sortedChildren, type TreeNode } from './function-tree.ts';
import type { Slices } from './slices.ts';
import { type Rect, squarify } from './squarify.ts';

export interface Box extends Rect {
  readonly node: TreeNode;
  /** 1: of the folder that is shown. */
  readonly depth: number;
  /** Of a folder or file whose name is written above what is in it. */
  readonly open: boolean;
  /** What was too small to be drawn by itself, together; undefined: this is `node` itself. */
  readonly others: number | undefined;
}

/** Square pixels. */
const leastArea = 40;
export const headerHeight = 18;
const gap = 2;
const leastOpen = { width: 44, height: 40 };

/** Boxes in the order in which they are drawn, the outer before the inner. Empty: nothing in it was called. */
export async function treemap(of: TreeNode, measure: Measure, within: Rect, slices: Slices): Promise<readonly Box[]> {
  const boxes: Box[] = [];
  const waiting: { readonly node: TreeNode; readonly rect: Rect; readonly depth: number }[] = [
    { node: of, rect: within, depth: 1 },
  ];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    for (const box of level(next.node, measure, next.rect, next.depth)) {
      boxes.push(box);
      if (box.open) waiting.push({ node: box.node, rect: inner(box), depth: next.depth + 1 });
    }
    if (slices.due) await slices.pause();
  }
  return boxes;
}

function level(of: TreeNode, measure: Measure, rect: Rect, depth: number): Box[] {
  const total = of[measure];
  const area = rect.width * rect.height;
  if (total <= 0 || area <= 0) return [];
  const children = sortedChildren(of, measure);
  const least = (leastArea * total) / area;
  let shown = children.findIndex((child) => child[measure] < least);
  if (shown < 0) shown = children.length;
  const values = children.slice(0, shown).map((child) => child[measure]);
  const left = children.slice(shown).filter((child) => child[measure] > 0);
  const rest = left.reduce((sum, child) => sum + child[measure], 0);
  if (rest > 0) values.push(rest);
  return squarify(values, rect).map((each, i) => {
    const child = i < shown ? children[i] : undefined;
    const { width, height } = each;
    return {
      ...each,
      node: child ?? of,
      depth,
      open: child !== undefined && child.kind !== 'function' && width >= leastOpen.width && height >= leastOpen.height,
      others: child ? undefined : left.reduce((sum, one) => sum + one.functions, 0),
    };
  });
}

const inner = ({ left, top, width, height }: Rect): Rect => ({
  left: left + gap,
  top: top + headerHeight,
  width: width - 2 * gap,
  height: height - headerHeight - gap,
});

/** The innermost box at a point. */
export function boxAt(boxes: readonly Box[], x: number, y: number): Box | undefined {
  return boxes.findLast(
    ({ left, top, width, height }) => x >= left && x < left + width && y >= top && y < top + height,
  );
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The nearest of some boxes in a direction: that whose middle is least off the way. */
export function neighbour(boxes: readonly Box[], from: Box, direction: Direction): Box | undefined {
  const [x, y] = middle(from);
  let nearest: Box | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const box of boxes) {
    if (box === from) continue;
    const [otherX, otherY] = middle(box);
    const [ahead, aside] =
      direction === 'left' || direction === 'right'
        ? [(otherX - x) * (direction === 'right' ? 1 : -1), Math.abs(otherY - y)]
        : [(otherY - y) * (direction === 'down' ? 1 : -1), Math.abs(otherX - x)];
    if (ahead <= 0.5) continue;
    const distance = ahead + 2 * aside;
    if (distance < least) {
      least = distance;
      nearest = box;
    }
  }
  return nearest;
}

const middle = ({ left, top, width, height }: Rect): readonly [number, number] => [left + width / 2, top + height / 2];
