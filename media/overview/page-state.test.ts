import { expect, test } from 'vitest';
import type { TreeNode } from './function-tree.ts';
import { readState } from './page-state.ts';
import { firstOf, foundFunctions } from './search.ts';
import { Slices } from './slices.ts';

test('what was kept comes back; what another version kept does no harm', () => {
  const kept = { measure: 'calls', path: ['src', 'pay'], search: 'charge' };
  expect(readState(kept)).toEqual(kept);
  for (const odd of [undefined, null, 7, 'text', { measure: 'bytes', path: 'src', search: 1 }]) {
    expect(readState(odd)).toEqual({ measure: 'seconds', path: [], search: '' });
  }
  expect(readState({ path: ['src', 1] }).path).toEqual(['src']);
});

const node = (kind: TreeNode['kind'], name: string, path: string, children: TreeNode[] = []): TreeNode => ({
  ...{ kind, name, path, children, line: 1, parent: undefined, functions: 1, sorted: undefined },
  ...{ seconds: 0, calls: 0, errors: 0 },
});

test('functions are found by parts of their name and path, in any order and case', async () => {
  const root = node('folder', '', '', [
    node('file', 'charge.ts', 'src/pay/charge.ts', [
      node('function', 'Gateway.charge', 'src/pay/charge.ts'),
      node('function', 'refund', 'src/pay/charge.ts'),
    ]),
  ]);
  const names = async (words: string) =>
    [...(await foundFunctions(root, words, new Slices(new AbortController().signal)))].map(({ name }) => name).sort();
  expect(await names('PAY refund')).toEqual(['refund']);
  expect(await names('gateway src')).toEqual(['Gateway.charge']);
  expect(await names('charge')).toEqual(['Gateway.charge', 'refund']);
  expect(await names('nothing')).toEqual([]);
});

test('the first by a measure are found without sorting all', () => {
  const nodes = Array.from({ length: 500 }, (_, i) => ({
    ...node('function', `f${i}`, 'a.ts'),
    calls: (i * 7_919) % 500,
    seconds: i,
  }));
  expect(firstOf(nodes, 'calls', 4).map(({ calls }) => calls)).toEqual([499, 498, 497, 496]);
  expect(firstOf(nodes, 'seconds', 2).map(({ name }) => name)).toEqual(['f499', 'f498']);
  expect(firstOf(nodes.slice(0, 1), 'calls', 4)).toHaveLength(1);
});
