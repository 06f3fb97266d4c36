import { expect, test } from 'vitest';
import { tableLines } from './table.ts';

const plain = (text: string): string => text;

test('columns align by what a terminal shows, not by code units', () => {
  const lines = tableLines(
    [{ title: 'function' }, { title: 'calls', align: 'right' }, { title: 'file' }],
    [
      [{ text: '数.計' }, { text: '7' }, { text: 'a.ts' }],
      [{ text: 'e\u0301t' }, { text: '40.2k' }, { text: 'b.ts' }],
    ],
    plain,
  );
  expect(lines).toEqual(['function  calls  file', '数.計         7  a.ts', 'e\u0301t        40.2k  b.ts']);
});

test('marks do not count as width', () => {
  const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
  const [, line] = tableLines(
    [{ title: 'errors', align: 'right' }, { title: 'x' }],
    [[{ text: '1', mark: red }, { text: 'y' }]],
    plain,
  );
  expect(line).toBe('     \u001b[31m1\u001b[39m  y');
});
