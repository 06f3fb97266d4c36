import type { ReviewedChange, ReviewVerdict } from '@runlens/protocol/lsp';
import { expect, test } from 'vitest';
import { reviewsTogether } from './reviews-together.ts';

const review = (verdict: ReviewVerdict, names: readonly string[]): ReviewedChange => ({
  kind: 'review',
  verdict,
  title: `${verdict} · main (0123456) → working tree · ${names.length} changed functions`,
  withoutFacts: null,
  functions: names.map((name) => ({
    file: 'pricing/price.ts',
    function: name,
    verdict: name === 'priceLine' ? verdict : 'ok',
    numbers: '60/min',
    location: null,
    reasons: [],
  })),
  unread: [{ file: 'big.ts', reason: 'too large' }],
});
const notGit = { kind: 'failed' as const, message: 'it is in no git repository' };

test('several changes are one, the worst first, each with the folder that it is of', () => {
  const answer = reviewsTogether([
    { folder: 'shop', answer: review('notice', ['formatCents', 'priceLine']) },
    { folder: 'notes', answer: notGit },
    { folder: 'billing', answer: review('severe', ['priceLine']) },
  ]);
  if (answer.kind !== 'review') throw new Error(answer.kind);
  expect(answer.verdict).toBe('severe');
  expect(answer.title).toBe(
    'severe · shop: main (0123456) → working tree · 2 changed functions; billing: main (0123456) → working tree · 1 changed functions',
  );
  expect(answer.functions.map((each) => [each.verdict, each.folder, each.function])).toEqual([
    ['severe', 'billing', 'priceLine'],
    ['notice', 'shop', 'priceLine'],
    ['ok', 'shop', 'formatCents'],
  ]);
  expect(answer.unread).toEqual([
    { file: 'shop/big.ts', reason: 'too large' },
    { file: 'billing/big.ts', reason: 'too large' },
    { file: 'notes', reason: 'it is in no git repository' },
  ]);
});

test('where no change can be read it says why; where one lacks figures, the others keep theirs', () => {
  expect(reviewsTogether([{ folder: 'notes', answer: notGit }])).toEqual(notGit);
  const bare = { ...review('warning', ['priceLine']), withoutFacts: 'the collector is away' };
  const all = reviewsTogether([
    { folder: 'shop', answer: bare },
    { folder: 'billing', answer: bare },
  ]);
  expect(all).toMatchObject({ withoutFacts: 'the collector is away' });
  const one = reviewsTogether([
    { folder: 'shop', answer: bare },
    { folder: 'billing', answer: review('ok', []) },
  ]);
  expect(one).toMatchObject({ withoutFacts: null });
  expect(JSON.stringify(one)).toContain('judged by its text alone: the collector is away');
});
