import type { OverviewResponse } from '@runlens/protocol/api/overview';
import { expect, test } from 'vitest';
import { functionTree, nodeAt, pathTo, sortedChildren } from './function-tree.ts';
import { Slices, Superseded } from './slices.ts';
import { squarify } from './squarify.ts';
import { boxAt, neighbour, treemap } from './treemap.ts';

type Row = readonly [file: string, name: string, calls: number, seconds: number, errors?: number];
function overview(rows: readonly Row[]): OverviewResponse {
  const files = [...new Set(rows.map(([file]) => file))];
  return {
    ...{ service: 'shop', environment: 'production', measuredFunctions: rows.length, truncated: false },
    window: { since: '2026-01-02T11:45:00.000Z', until: '2026-01-02T12:00:00.000Z' },
    files,
    functions: {
      name: rows.map(([, name]) => name),
      file: rows.map(([file]) => files.indexOf(file)),
      line: rows.map((_, i) => i + 1),
      calls: rows.map(([, , calls]) => calls),
      seconds: rows.map(([, , , seconds]) => seconds),
      errors: rows.map(([, , , , errors = 0]) => errors),
    },
  };
}
const slices = () => new Slices(new AbortController().signal);
const treeOf = (rows: readonly Row[]) => functionTree(overview(rows), slices());
const screen = { left: 0, top: 0, width: 800, height: 500 };
const area = ({ width, height }: { width: number; height: number }) => width * height;

const shop: readonly Row[] = [
  ['src/pay/charge.ts', 'charge', 10, 6, 1],
  ['src/pay/charge.ts', 'refund', 1, 2],
  ['src/cart.ts', 'total', 100, 2],
  ['src/cart.ts', 'idle', 0, 0],
];

test('folders and files have the sums of their functions', async () => {
  const root = await treeOf(shop);
  expect(root).toMatchObject({ seconds: 10, calls: 111, errors: 1, functions: 4 });
  const [source] = root.children;
  expect(source).toMatchObject({ name: 'src', kind: 'folder' });
  expect(sortedChildren(nodeAt(root, ['src']), 'seconds').map(({ name }) => name)).toEqual(['pay', 'cart.ts']);
  expect(sortedChildren(nodeAt(root, ['src']), 'calls').map(({ name }) => name)).toEqual(['cart.ts', 'pay']);
});

test('a folder that holds only a folder is one with it; a file with its functions stays', async () => {
  const root = await treeOf([
    ['a/b/c/one.ts', 'f', 1, 1],
    ['a/b/c/two.ts', 'g', 1, 1],
  ]);
  expect(root.children.map(({ name }) => name)).toEqual(['a/b/c']);
  const file = nodeAt(root, ['a/b/c', 'one.ts']);
  expect(pathTo(file)).toEqual(['a/b/c', 'one.ts']);
  expect(file.children.map(({ name, path, line }) => [name, path, line])).toEqual([['f', 'a/b/c/one.ts', 1]]);
});

test('a path that is gone leads to the nearest that is there', async () => {
  const root = await treeOf(shop);
  expect(pathTo(nodeAt(root, ['src', 'pay', 'gone.ts']))).toEqual(['src', 'pay']);
  expect(nodeAt(root, ['gone'])).toBe(root);
});

test('rectangles fill all of the area, each in proportion, and none is a sliver', () => {
  const values = [60, 40, 30, 20, 10, 5, 5];
  const rects = squarify(values, screen);
  const total = values.reduce((sum, value) => sum + value, 0);
  rects.forEach((rect, i) => {
    expect(area(rect) / area(screen)).toBeCloseTo((values[i] ?? 0) / total, 6);
    expect(Math.max(rect.width / rect.height, rect.height / rect.width)).toBeLessThan(4);
  });
});

test('boxes of a level do not overlap, and what is inside lies within', async () => {
  const root = await treeOf(shop);
  const boxes = await treemap(root, 'seconds', screen, slices());
  const within = (inner: (typeof boxes)[number], outer: (typeof boxes)[number]) =>
    inner.left >= outer.left - 0.01 &&
    inner.top >= outer.top - 0.01 &&
    inner.left + inner.width <= outer.left + outer.width + 0.01 &&
    inner.top + inner.height <= outer.top + outer.height + 0.01;
  for (const box of boxes) {
    const parent = boxes.find(({ node, others }) => node === box.node.parent && others === undefined);
    if (parent) expect(within(box, parent)).toBe(true);
  }
  const charge = boxes.find(({ node }) => node.name === 'charge');
  expect(charge && boxAt(boxes, charge.left + 5, charge.top + 5)).toBe(charge);
  expect(boxAt(boxes, -1, 5)).toBeUndefined();
});

test('functions that were not called take no room; nothing called at all is no map', async () => {
  const root = await treeOf(shop);
  const names = (await treemap(root, 'calls', screen, slices())).map(({ node }) => node.name);
  expect(names).toContain('total');
  expect(names).not.toContain('idle');
  expect(await treemap(await treeOf([['a.ts', 'f', 0, 0]]), 'calls', screen, slices())).toEqual([]);
});

test('20,000 functions are no more boxes than can be seen, and those that are too small are together', async () => {
  const rows = Array.from(
    { length: 20_000 },
    (_, i): Row => [`src/f${i % 300}.ts`, `fn${i}`, 1 + (i % 7), 1 / (i + 1)],
  );
  const boxes = await treemap(await treeOf(rows), 'seconds', screen, slices());
  expect(boxes.length).toBeLessThan(area(screen) / 40);
  const leaves = boxes.filter(({ open }) => !open);
  const told = leaves.reduce((sum, { node, others }) => sum + (others ?? node.functions), 0);
  expect(told).toBe(20_000);
});

test('arrow keys lead to what lies there', async () => {
  const root = nodeAt(await treeOf(shop), ['src']);
  const boxes = (await treemap(root, 'seconds', screen, slices())).filter(({ depth }) => depth === 1);
  const [pay, cart] = boxes;
  if (!pay || !cart) throw new Error('two boxes');
  expect(neighbour(boxes, pay, 'right')).toBe(cart);
  expect(neighbour(boxes, cart, 'left')).toBe(pay);
  expect(neighbour(boxes, pay, 'left')).toBeUndefined();
});

test('work that is no longer wanted stops at its next pause', async () => {
  const abort = new AbortController();
  abort.abort();
  await expect(new Slices(abort.signal).pause()).rejects.toThrow(Superseded);
});
