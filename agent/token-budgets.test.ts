/** What an answer costs a model: `docs/benchmarks.md` has the table. */
import { countTokens } from 'gpt-tokenizer';
import { expect, test } from 'vitest';
import { answerText } from './answer/model-answer.ts';
import { added, changed, readChange } from './review/testing.ts';
import { duration, facts, fileVersion, now, profile } from './testing.ts';
import { fileProfile } from './tools/file-profile.ts';
import { functionProfile } from './tools/function-profile.ts';
import { reviewChange } from './tools/review-change.ts';

const at = (secondsAgo: number): string => new Date(now - secondsAgo * 1_000).toISOString();

const rich = profile({
  versions: ['v42', 'v41'].map((version, index) => ({
    version,
    revision: '0123456789abcdef',
    line: 12,
    calls: 300_000,
    errors: 1_200,
    duration: duration(0.003 * (index + 1)),
    measuredSince: at(7_200),
    lastSeen: at(3 + index),
  })),
  entries: ['GET /cart', 'POST /checkout', 'GET /products/:id', 'cron: prices'].map((name, i) => ({
    name,
    calls: 200_000 - 50_000 * i,
    duration: duration(),
  })),
  callers: ['Cart.total', 'Checkout.complete', 'ProductPage.render'].map((name) => ({
    function: name,
    file: 'orders/cart.ts',
    calls: 90_000,
  })),
  queries: [
    {
      statement: 'SELECT id, name, price FROM products WHERE id = ?',
      system: 'postgresql',
      callsPerCall: 12,
      calls: 9_000,
      totalSeconds: 40,
      repeats: { of: 700, mean: 12, distribution: [], within: { file: 'orders/cart.ts', function: 'Cart.total' } },
    },
    {
      statement: 'SELECT rate FROM taxes WHERE country = ?',
      system: 'postgresql',
      callsPerCall: 1,
      calls: 900,
      totalSeconds: 2,
    },
  ],
  outgoing: [{ target: 'rates.internal', calls: 4_000, errors: 12, totalSeconds: 9 }],
  exceptions: [
    {
      type: 'RangeError',
      message: 'no rate for country {s}',
      thrown: { file: 'pricing/tax.ts', function: 'rateOf', line: 7 },
      count: 1_200,
      caughtHere: 3,
      firstSeen: at(7_000),
      lastSeen: at(5),
      newIn: 'v42',
    },
    { type: 'TypeError', message: 'fetch failed', cause: 'ECONNREFUSED', count: 12, lastSeen: at(60) },
  ],
});

const costs = (answer: Parameters<typeof answerText>[0]) => [
  countTokens(answerText(answer)),
  countTokens(JSON.stringify(answer)),
];

test('the profile of a function of which much is known costs at most 350 tokens, and tells what matters most', async () => {
  const result = await functionProfile.call(
    { file: rich.file, function: rich.function },
    { facts: facts({ profiles: [rich] }) },
  );
  if (result.kind !== 'answer') throw new Error(result.kind);
  const answer = result.model(now);
  expect(Math.max(...costs(answer))).toBeLessThanOrEqual(350);
  expect(answer.data).toContain('new in v42');
  expect(answer.data).toContain('12 times in one call of Cart.total');
  expect(answer.cut).toContain('lines of lower value');
});

test('a file of 30 functions costs at most 1,200 tokens, with all of them', async () => {
  const names = ['price', 'discountFor', 'Rules.applyToCart', 'taxOf.map(#1)', 'get Rules.active', 'roundToCents'];
  const profiles = Array.from({ length: 30 }, (_, i) =>
    profile({
      function: `${names[i % names.length]}${i}`,
      line: 10 + 13 * i,
      calls: 603_000 / (i + 1),
      callsPerMinute: 40_200 / (i + 1),
      errors: i % 3 === 0 ? 40 : 0,
      errorRate: i % 3 === 0 ? 0.004 : 0,
      duration: duration(0.0031 / (i + 1), 0.12 / (i + 1)),
    }),
  );
  const result = await fileProfile.call(
    { file: 'pricing/rules.ts' },
    { facts: facts({ profiles, files: [fileVersion()] }) },
  );
  if (result.kind !== 'answer') throw new Error(result.kind);
  const answer = result.model(now);
  expect(Math.max(...costs(answer))).toBeLessThanOrEqual(1_200);
  expect(answer.cut).toBeUndefined();
  for (const { function: name } of profiles) expect(answer.data).toContain(`|${name}|`);
});

test('the review of a change of ten functions costs at most 1,500 tokens unasked, and is cut from its end', async () => {
  const names = Array.from({ length: 10 }, (_, i) => `Checkout.step${i}`);
  const place = (i: number) => ({ file: `orders/checkout${i % 3}.ts`, function: names[i] ?? '', line: 12 + 20 * i });
  const query = { kind: 'database' as const, operations: 2, conditional: 1, inLoop: false };
  const change = readChange(
    names.map((_, i) =>
      changed({
        ...place(i),
        before: place(i),
        added: [
          added({ text: 'stock.availableOf', line: 14 + 20 * i, inLoop: i % 2 === 0, reaches: [query] }),
          added({ text: 'db.query (SELECT orders)', line: 17 + 20 * i }),
        ],
        lost: [{ kind: 'time-out', text: 'payments.charge', line: 19 + 20 * i }],
      }),
    ),
  );
  const profiles = names.map((_, i) =>
    profile({ ...place(i), callsPerMinute: 1_200 / (i + 1), errors: 0, errorRate: 0 }),
  );
  const review = async (input: object) => {
    const result = await reviewChange.call(input, {
      facts: facts({ profiles, files: [fileVersion()] }),
      changes: { read: async () => change },
    });
    if (result.kind !== 'answer') throw new Error(result.kind);
    return result.model(now);
  };
  const answer = await review({});
  expect(Math.max(...costs(answer))).toBeLessThanOrEqual(1_500);
  expect(answer.cut).toBeUndefined();
  for (const name of names) expect(answer.data).toContain(` ${name} `);
  expect(answer.data?.match(/takes away the time-out/g)).toHaveLength(names.length);
  // With less room, reasons of what is least severe go before any function does.
  const short = await review({ maxTokens: 600 });
  for (const name of names) expect(short.data).toContain(` ${name} `);
  expect(short.data).toContain('for each element of a loop (`stock.availableOf`): 2.4k/min');
  expect(short.cut).toContain('lines of lower value');
});
