import type { FunctionChange } from '@runlens/protocol';
import { expect, test } from 'vitest';
import { facts, now, plainText, services } from '../testing.ts';
import { compareVersions } from './compare-versions.ts';

const numbers = { calls: 6_000, callsPerMinute: 200, errors: 0, p50: 0.004, p95: 0.04, p99: 0.08 };
const change = (name: string, overrides: Partial<FunctionChange>): FunctionChange => ({
  file: 'pricing/rules.ts',
  function: name,
  line: 12,
  base: numbers,
  now: numbers,
  changes: [],
  ...overrides,
});
const slower = change('price', {
  now: { ...numbers, p50: 0.009, p99: 0.2 },
  changes: [{ kind: 'slower', ratio: 2.25, falseDiscoveryRate: 1e-6 }],
});
const failing = change('pay', {
  now: { ...numbers, errors: 300 },
  changes: [{ kind: 'moreErrors', ratio: null, falseDiscoveryRate: 1e-4 }],
});
const faster = change('find', { changes: [{ kind: 'faster', ratio: 0.5, falseDiscoveryRate: 1e-4 }] });

async function answerOf(known: Parameters<typeof facts>[0], input: object = {}) {
  const result = await compareVersions.call(input, { facts: facts(known) });
  if (result.kind === 'invalidInput') throw new Error(result.message);
  return result.model(now);
}

test('the verdict says what differs, the worse first; each function says by how much', async () => {
  const answer = await answerOf({
    compared: {
      functions: [faster, slower, failing],
      newErrors: [
        {
          file: 'pricing/rules.ts',
          function: 'pay',
          line: 12,
          exception: {
            type: 'RangeError',
            message: 'no limit for {n}',
            count: 300,
            lastSeen: '2026-01-02T12:00:00.000Z',
          },
        },
      ],
      traffic: 1.4,
      added: 3,
    },
  });
  expect(answer.verdict).toBe(
    'v42 against v41: 3 functions: 1 fails more often, 1 is slower, 1 is faster; 1 new error; 3 functions only in the newer',
  );
  expect(answer.data).toContain('price|pricing/rules.ts:12|slower: p50 4 ms → 9 ms (×2.3), p99 80 ms → 200 ms');
  expect(answer.data).toContain('pay|pricing/rules.ts:12|more errors: 0 % → 5 % of 6k calls');
  expect(answer.data).toContain('new error in pay pricing/rules.ts: RangeError: no limit for {n} × 300');
  expect(answer.baseline).toContain('×1.4 traffic, taken into account');
  expect(answer.unknown).toContain('small samples stay silent');
});

test('where nothing differs, the verdict says so, and of how many', async () => {
  const answer = await answerOf({});
  expect(answer.verdict).toBe('v42 against v41: no function differs by more than chance');
  expect(answer.sample).toContain('40 functions on both sides, 30 with calls enough');
});

test('what is cut is what got better', async () => {
  const many = Array.from({ length: 60 }, (_, i) => ({ ...(i % 2 === 0 ? faster : slower), function: `price${i}` }));
  const { data, cut } = await answerOf({ compared: { functions: many } }, { maxTokens: 700 });
  expect(cut).toContain('lines of lower value');
  expect(data).toContain('|slower');
  expect(data).not.toContain('|faster');
});

test('the context version stays while what differs is the same, and changes with it', async () => {
  const of = async (...functions: FunctionChange[]) => (await answerOf({ compared: { functions } })).contextVersion;
  const again = { ...slower, now: { ...slower.now, calls: 6_100 } };
  expect(await of(slower)).toBe(await of(again));
  expect(await of(slower)).not.toBe(await of(slower, failing));
});

test('too early, several services, unknown versions: told with what to do, not as no difference', async () => {
  expect((await answerOf({ compared: { tooEarly: 'No version was seen before this one.' } })).data).toContain(
    'No version',
  );
  const two = { ...services('shop'), services: [...services('shop').services, ...services('mail').services] };
  expect((await answerOf({ services: two })).data).toContain('Give one service; there are: shop, mail');
  expect((await answerOf({}, { version: 'v99' })).data).toContain('No version "v99" has reported; there are: v42');
  expect((await answerOf({ compared: { compared: 0 } }, { function: 'nothing' })).data).toContain(
    'None of the functions',
  );
});

test('a terminal is told the same', async () => {
  const result = await compareVersions.call({}, { facts: facts({ compared: { functions: [slower] } }) });
  if (result.kind !== 'answer') throw new Error(result.kind);
  expect(result.text(plainText)).toContain('price|pricing/rules.ts:12|slower');
});
