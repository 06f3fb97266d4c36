import type { ReviewedChange } from '@runlens/protocol/lsp';
import { expect, test } from 'vitest';
import { reviewMarks, reviewNodes } from './review-model.ts';

const start = { line: 4, character: 16 };
const review: ReviewedChange = {
  kind: 'review',
  verdict: 'severe',
  title: '',
  withoutFacts: null,
  functions: [
    {
      file: 'a.ts',
      function: 'priceCart',
      verdict: 'severe',
      numbers: '840/min',
      location: { uri: 'file:///w/a.ts', range: { start, end: start } },
      reasons: [
        { rule: 'added-operation', verdict: 'severe', text: 'adds 2 (`a.get`): +1.7k/min', line: 9 },
        { rule: 'never-runs', verdict: 'notice', text: 'not called now', line: 5 },
      ],
    },
    { file: 'a.ts', function: 'gone', verdict: 'notice', numbers: 'removed, 3/min', location: null, reasons: [] },
  ],
  unread: [{ file: 'b\u202e.ts', reason: 'too large' }],
};

test('each function has its reasons below it, each at its line', () => {
  const [priceCart, gone, unread] = reviewNodes(review);
  expect(priceCart).toMatchObject({
    label: 'priceCart',
    description: '840/min · a.ts',
    location: { range: { start } },
  });
  expect(priceCart?.children.map(({ label, location }) => [label, location?.range.start.line])).toEqual([
    ['adds 2 (a.get): +1.7k/min', 8],
    ['not called now', 4],
  ]);
  expect(gone).toMatchObject({ location: undefined, children: [] });
  expect(unread?.label).not.toContain('\u202e');
});

test('only what deserves a look is marked in the text', () => {
  expect(reviewMarks(review)).toEqual([
    {
      uri: 'file:///w/a.ts',
      line: 8,
      severity: 'warning',
      rule: 'added-operation',
      text: 'severe: priceCart adds 2 (a.get): +1.7k/min',
    },
  ]);
});
