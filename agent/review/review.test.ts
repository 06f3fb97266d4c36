import type { Profile } from '@runlens/protocol';
import { describe, expect, test } from 'vitest';
import { duration, facts, fileVersion, now, plainText, profile, services } from '../testing.ts';
import type { ChangedFunction } from './change.ts';
import { productionOf } from './production.ts';
import { type Review, reviewOf } from './review.ts';
import { reviewMarkdown } from './review-markdown.ts';
import { reviewSarif } from './review-sarif.ts';
import { reviewText } from './review-text.ts';
import { added, changed, readChange } from './testing.ts';

async function reviewed(
  functions: readonly ChangedFunction[],
  profiles: readonly Profile[],
  options: Parameters<typeof readChange>[1] = {},
): Promise<Review> {
  const change = readChange(functions, options);
  return reviewOf(change, await productionOf(change, facts({ profiles, files: [fileVersion()] }), {}, undefined), now);
}

const calm = { errors: 0, errorRate: 0, exceptions: [] };
const at = (callsPerMinute: number, overrides: Partial<Profile> = {}): Profile =>
  profile({ ...calm, callsPerMinute, calls: callsPerMinute * 15, ...overrides });
const first = (review: Review) => review.functions[0]?.reasons[0];

describe('the cost of what is added', () => {
  test('is its operations times the rate of now', async () => {
    const review = await reviewed(
      [changed({ added: [added(), added({ text: 'taxes.rateOf', line: 15 })] })],
      [at(200)],
    );
    expect(first(review)).toMatchObject({
      rule: 'added-operation',
      verdict: 'warning',
      text: 'adds 2 database operations (`stock.availableOf`, `taxes.rateOf`): +400/min',
      operationsPerMinute: { kind: 'database', atLeast: 400, atMost: 400 },
    });
  });

  test.each([
    [10, {}, 'notice'],
    [60, {}, 'warning'],
    [600, {}, 'severe'],
    [600, { conditional: true }, 'warning'],
    [10, { inLoop: true }, 'warning'],
    [60, { inLoop: true }, 'severe'],
    [600, { reaches: [{ kind: 'files' as const, operations: 1, conditional: 0, inLoop: false }] }, 'warning'],
  ])('at %d calls a minute, %o, is %s', async (rate, operation, verdict) => {
    expect((await reviewed([changed({ added: [added(operation)] })], [at(rate)])).verdict).toBe(verdict);
  });

  test('counts the queries that the called function was measured to ask', async () => {
    const query = { statement: 'SELECT a FROM t', system: 'sqlite', callsPerCall: 3, calls: 1, totalSeconds: 1 };
    const stock = at(10, { file: 'stock.ts', function: 'Stock.of', line: 4, queries: [query] });
    const calls = { file: 'stock.ts', function: 'Stock.of', line: 4 };
    const review = await reviewed([changed({ added: [added({ calls })] })], [at(100), stock]);
    expect(first(review)?.operationsPerMinute).toEqual({ kind: 'database', atLeast: 300, atMost: 300 });
  });

  test('in a callback that is measured is at its own rate, and says how often it runs in one call', async () => {
    const within = { before: { file: 'pricing/rules.ts', function: 'price', line: 12 }, inLoop: true };
    const callback = changed({
      function: 'price.map(#1)',
      before: { file: 'pricing/rules.ts', function: 'price.map(#1)', line: 14 },
      within,
      added: [added()],
    });
    const review = await reviewed([callback], [at(10), at(240, { function: 'price.map(#1)', line: 14 })]);
    expect(first(review)).toMatchObject({
      verdict: 'severe',
      text: 'adds 1 database operation (`stock.availableOf`), in a loop: it runs 24 times in one call of `price`: +240/min',
    });
  });

  test('a call that is slow by what was measured', async () => {
    const slow = at(10, {
      file: 'slow.ts',
      function: 'hash',
      line: 1,
      duration: duration(0.08, 0.2),
    });
    const operation = added({ text: 'hash', reaches: [], calls: { file: 'slow.ts', function: 'hash', line: 1 } });
    const review = await reviewed([changed({ added: [operation] })], [at(100), slow]);
    expect(first(review)).toMatchObject({
      rule: 'slow-call',
      verdict: 'warning',
      text: expect.stringContaining('80 ms'),
    });
  });
});

describe('what is not known is not judged', () => {
  test.each(['changed', 'byName'] as const)('by the numbers of another text (%s)', async (mapping) => {
    const review = await reviewed([changed({ added: [added({ inLoop: true })] })], [profile()], { mapping });
    expect(review.verdict).toBe('notice');
    expect(review.functions[0]?.reasons.map(({ rule }) => rule)).toContain('not-judged');
    expect(JSON.stringify(review)).not.toContain('failing');
  });

  test('by the numbers of a service of another repository', async () => {
    const change = readChange([changed({ added: [added()] })], { repository: 'git@git.example:team/shop.git' });
    const known = services('shop');
    const [shop] = known.services;
    const other = shop ? [{ ...shop, repository: 'https://git.example/team/other' }] : [];
    const production = await productionOf(
      change,
      facts({ profiles: [profile()], services: { ...known, services: other } }),
      {},
      undefined,
    );
    expect(reviewOf(change, production, now).functions[0]?.production).toBeNull();
  });

  test('without facts only a loop around an operation is a warning', () => {
    const of = (inLoop: boolean) => reviewOf(readChange([changed({ added: [added({ inLoop })] })]), undefined, now);
    expect([of(false).verdict, of(true).verdict]).toEqual(['notice', 'warning']);
  });
});

describe('the state of the function', () => {
  test('failing now is a warning, with the types of its errors', async () => {
    const exception = { type: 'RangeError', message: 'x', count: 3, lastSeen: new Date(now).toISOString() };
    const review = await reviewed([changed()], [at(100, { errors: 30, exceptions: [exception] })]);
    expect(first(review)).toMatchObject({
      rule: 'failing-now',
      verdict: 'warning',
      text: expect.stringContaining('`RangeError`'),
    });
  });

  test('never called says so', async () => {
    const review = await reviewed([changed({ added: [added()] })], [at(0, { lastSeen: null, duration: null })]);
    expect(review.verdict).toBe('notice');
    expect(reviewText(review, plainText)).toContain('never called since it is measured (2 h ago)');
  });

  test('a lost time-out of a function that runs is a warning, a lost guard of one that hardly runs is not', async () => {
    const lost = (kind: 'time-out' | 'guard') => changed({ lost: [{ kind, text: 'get', line: 13 }] });
    expect((await reviewed([lost('time-out')], [at(1)])).verdict).toBe('warning');
    expect((await reviewed([lost('guard')], [at(1)])).verdict).toBe('notice');
    expect(first(await reviewed([lost('guard')], [at(100)]))).toMatchObject({
      verdict: 'warning',
      text: expect.stringContaining('guard on `get`'),
    });
  });

  test('nothing to say is ok, and is told in one line', async () => {
    const { before: _, ...fresh } = changed({ function: 'new', change: 'added', line: 40 });
    const review = await reviewed([changed(), fresh], [at(100)]);
    expect(review.verdict).toBe('ok');
    expect(reviewText(review, plainText)).toContain(
      'nothing to say of: price (100/min, p50 3.1 ms, p99 120 ms); new (new)',
    );
  });
});

describe('as text', () => {
  const hostile = '<img src=x>|`@all`\u001b[2J\u202e';

  test('a change of ten functions takes at most 1,500 tokens, at three and a half characters each', async () => {
    const many = Array.from({ length: 10 }, (_, n) =>
      changed({
        file: `services/checkout/pricing-rules-${n}.ts`,
        function: `PricingRules.priceOfLine${n}`,
        before: { file: `services/checkout/pricing-rules-${n}.ts`, function: `PricingRules.priceOfLine${n}`, line: 12 },
        added: [added(), added({ text: 'taxes.rateOfCountry', inLoop: true })],
        lost: [{ kind: 'time-out', text: 'fetch', line: 3 }],
      }),
    );
    const known = many.map(({ file, function: name }) => profile({ file, function: name }));
    const text = reviewText(await reviewed(many, known), plainText);
    expect(text).not.toContain('left out');
    expect(text.length / 3.5).toBeLessThanOrEqual(1_500);
  });

  test('hostile names drive neither a terminal nor Markdown', async () => {
    const review = await reviewed(
      [changed({ function: hostile, file: hostile, added: [added({ text: hostile })] })],
      [at(100)],
    );
    const text = reviewText(review, plainText);
    const markdown = reviewMarkdown(review, now);
    for (const out of [text, markdown]) expect(out).not.toMatch(/\p{Cf}|\p{Cc}(?<!\n)/u);
    const outsideCode = markdown.replaceAll(/`[^`\n]*`/g, '');
    expect(outsideCode).not.toMatch(/<img|@all/);
    // Each row has its four cells.
    const row = markdown.split('\n').find((line) => line.includes('database operation'));
    expect(row?.replaceAll('\\|', '').match(/\|/g)).toHaveLength(5);
  });

  test('SARIF has a result for each reason, with its level and place', async () => {
    const review = await reviewed([changed({ added: [added()] })], [at(600)]);
    expect(reviewSarif(review, '1.0.0')).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          results: [
            {
              ruleId: 'added-operation',
              level: 'error',
              locations: [
                { physicalLocation: { artifactLocation: { uri: 'pricing/rules.ts' }, region: { startLine: 14 } } },
              ],
            },
          ],
        },
      ],
    });
  });
});
