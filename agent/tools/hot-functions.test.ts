import { expect, test } from 'vitest';
import { facts, plainText, profile } from '../testing.ts';
import { hotFunctions } from './hot-functions.ts';

test('an empty ranking says that nothing was measured', async () => {
  const result = await hotFunctions.call({}, { facts: facts() });
  expect(result).toMatchObject({
    kind: 'nothing',
    message: expect.stringContaining('Nothing was measured in this selection'),
  });
});

test('an order that does not exist is refused', async () => {
  const result = await hotFunctions.call({ by: 'beauty' }, { facts: facts() });
  expect(result.kind).toBe('invalidInput');
});

test('the ranking keeps the order of the collector', async () => {
  const result = await hotFunctions.call(
    { by: 'calls', limit: 2 },
    {
      facts: facts({
        profiles: [profile(), profile({ function: 'b', duration: null, errors: 0, errorRate: 0 }), profile()],
      }),
    },
  );
  if (result.kind !== 'answer') throw new Error(result.message);
  expect(result.text(plainText).split('\n')).toEqual([
    'shop · production · most calls · last 15 min · 2 of 3 measured functions',
    'function  calls       rate     p50     p99     total  share        errors  file',
    'price      603k  40.2k/min  3.1 ms  120 ms  31.2 min   12 %  2.4k (0.4 %)  pricing/rules.ts:12',
    'b          603k  40.2k/min       –       –         –   12 %             0  pricing/rules.ts:12',
  ]);
});

test('a thousand functions stay within the budget of a model', async () => {
  const profiles = Array.from({ length: 1_000 }, (_, index) => profile({ function: `f${index}`.repeat(50) }));
  const result = await hotFunctions.call({ limit: 1_000 }, { facts: facts({ profiles }) });
  if (result.kind !== 'answer') throw new Error(result.message);
  const text = result.text(plainText);
  expect(text.length).toBeLessThanOrEqual(plainText.budgetCharacters);
  expect(text).toMatch(/… \d+ more lines left out: ask for fewer with `limit`/);
});
