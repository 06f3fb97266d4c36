import { expect, test } from 'vitest';
import type { TreeNode } from './function-tree.ts';
import { readState } from './page-state.ts';
import { foundFunctions } from './search.ts';
import { Slices } from './slices.ts';

test('what was kept comes back; what another version kept does no harm', () => {
  const kept = { measure: 'calls', path: ['src', 'pay'], search: 'charge' };
  expect(readState(kept)).toEqual(kept);
  for (const odd of [undefined, null, 7, 'text', { measure: 'bytes', path: 'src', search: 1 }]) {
    expect(readState(odd)).toEqual({ measure: 'seconds', path: [], search: '' });
  }
  expect(readState({ path: ['src', 1] }).path).toEqual(['src']);
});

test('functions are found by parts of their name and path, in any order and case', async () => {
  const node = (kind: TreeNode['kind'], name: string, path: string, children: TreeNode[] = []): TreeNode => ({
    ...{ kind, name, path, children, line: 1, parent: undefined, functions: 1, sorted: undefined },
    ...{ seconds: 0, calls: 0, errors: 0 },
  });
  const root = node('folder', '', '', [
    node('file', 'charge.ts', 'src/pay/charge.ts', [
      node('function', 'Gateway.charge', 'src/pay/charge.ts'),
      node('function', 'refund', 'src/pay/charge.ts'),
    ]),
  ]);
  const names = async (words: string) =>
    (await foundFunctions(root, words, new Slices(new AbortController().signal))).map(({ name }) => name).sort();
  expect(await names('PAY refund')).toEqual(['refund']);
  expect(await names('gateway src')).toEqual(['Gateway.charge']);
  expect(await names('charge')).toEqual(['Gateway.charge', 'refund']);
  expect(await names('nothing')).toEqual([]);
});
