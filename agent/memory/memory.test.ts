import { expect, test } from 'vitest';
import { comparison, facts, now, profile } from '../testing.ts';
import { recall } from '../tools/recall.ts';
import { remember } from '../tools/remember.ts';
import { evidenceNow } from './evidence.ts';
import type { Evidence } from './memory.ts';
import { nearest } from './nearness.ts';
import { keeperOf, memory } from './testing.ts';

const iso = (minutesAgo: number): string => new Date(now - minutesAgo * 60_000).toISOString();
const price = { file: 'pricing/rules.ts', function: 'price', line: 12, body: '0'.repeat(16), blob: '0'.repeat(40) };
const evidence: Evidence = {
  ...{ service: 'shop', environment: 'production', file: price.file, function: price.function, versions: ['v42'] },
  ...{ since: iso(60), until: iso(45), calls: 900, callsPerMinute: 60, errorRate: 0.004, p50: 0.003, p99: 0.12 },
};
const touched = { functions: [], files: [], callers: [], agent: 'tester' };
const numbers = { calls: 900, callsPerMinute: 60, errors: 0, p50: 0.003, p95: 0.1, p99: 0.12 };
const slower = {
  ...{ file: price.file, function: price.function, line: 12, base: numbers, now: { ...numbers, p50: 0.006, p99: 0.2 } },
  changes: [{ kind: 'slower' as const, ratio: 2, falseDiscoveryRate: 0.001 }],
};

test('the same function comes before its caller, that before the same file, and what is far away is left out', () => {
  const of = (id: string, file: string, name: string, at = iso(60)) =>
    memory({ id, at, functions: [{ ...price, file, function: name }] });
  const memories = [
    of('m-000000file', price.file, 'other'),
    of('m-0000000far', 'mail/send.ts', 'send', iso(1)),
    of('m-0000caller', 'orders/cart.ts', 'total'),
    of('m-000000same', price.file, 'price', iso(100_000)),
  ];
  const near = nearest(
    memories,
    { ...touched, functions: [price], callers: [{ file: 'orders/cart.ts', function: 'total' }] },
    now,
  );
  expect(near.map((each) => each.memory.id)).toEqual(['m-000000same', 'm-0000caller', 'm-000000file']);
});

test('a function that was renamed is near under its new name', () => {
  const old = memory({ functions: [price] });
  const asked = { ...touched, functions: [{ file: 'pricing/new.ts', function: 'priceOf' }] };
  expect(nearest([old], asked, now)[0]?.why).toEqual(['the same folder']);
  const places = new Map([[old, [{ kind: 'moved' as const, file: 'pricing/new.ts', function: 'priceOf', line: 3 }]]]);
  expect(nearest([old], asked, now, places)[0]?.why).toContain('the same function');
});

test('numbers that a comparison says differ make a memory stale, and it says how', async () => {
  const asked: unknown[] = [];
  const changed = {
    compare: async (query: unknown) => {
      asked.push(query);
      return comparison({ tested: 1, compared: 1, functions: [slower] });
    },
  };
  expect(await evidenceNow(evidence, changed, now, undefined)).toMatchObject({
    kind: 'differs',
    what: expect.stringContaining('slower: p50 3 ms → 6 ms'),
  });
  expect(asked[0]).toMatchObject({ of: 'windows', baseSince: evidence.since, baseUntil: evidence.until });
});

test.each([
  ['nothing can be compared yet', { tooEarly: 'ask later' }, 'ask later'],
  ['the function is not measured now', { compared: 0 }, 'not measured'],
  ['there are too few calls', { compared: 1, tested: 0 }, 'too few calls'],
])('numbers do not hold because %s', async (_name, compared, what) => {
  const standing = await evidenceNow(evidence, facts({ compared }), now, undefined);
  expect(standing).toMatchObject({ kind: 'unknown', what: expect.stringContaining(what) });
});

test('a memory of a moment ago is not compared with itself', async () => {
  const fresh = { ...evidence, since: iso(16), until: iso(1) };
  expect(await evidenceNow(fresh, facts(), now, undefined)).toMatchObject({ kind: 'unknown' });
});

test('numbers of last week are compared by hours', async () => {
  const week = 7 * 24 * 60;
  const asked: { baseSince?: string | undefined }[] = [];
  const compare = async (query: { baseSince?: string | undefined }) => {
    asked.push(query);
    return comparison({ compared: 1, tested: 1 });
  };
  const old = { ...evidence, since: iso(week + 15), until: iso(week) };
  expect(await evidenceNow(old, { compare }, now, undefined)).toEqual({ kind: 'holds' });
  expect(asked[0]?.baseSince).toBe(iso(week + 360));
});

test('what is recalled is marked stale with what changed, and tells the agent what it left open', async () => {
  const task = memory({
    id: 'm-0000000abc',
    kind: 'task',
    title: 'Moved rounding',
    open: ['the invoices still round twice'],
  });
  const decision = memory({ functions: [price], evidence: [evidence] });
  const result = await recall.call(
    { functions: [{ file: price.file, function: 'price' }] },
    {
      facts: facts({ profiles: [profile()], compared: { compared: 1, tested: 1, functions: [slower] } }),
      memory: keeperOf([decision, task], { kind: 'changed', ...price, what: 'its body has changed since 1a2b3c4' }),
      now: () => now,
    },
  );
  if (result.kind !== 'answer') throw new Error(result.kind);
  const { data = '', verdict } = result.model(now);
  expect(verdict).toContain('1 of 2 memories are near this, 1 of them stale');
  expect(data).toContain('m-0123456789 STALE decision: Prices are rounded once');
  expect(data).toContain('price: its body has changed since 1a2b3c4');
  expect(data).toContain('slower: p50 3 ms → 6 ms');
  expect(data).toContain('left open: the invoices still round twice');
});

test('what is remembered keeps the numbers of now, and is kept without them when the collector is away', async () => {
  const input = { title: 'Once', text: 'Twice loses cents.', functions: [{ file: price.file, function: 'price' }] };
  const kept = await remember.call(input, { facts: facts({ profiles: [profile()] }), memory: keeperOf([]) });
  if (kept.kind !== 'answer') throw new Error(kept.kind);
  expect(kept.output).toMatchObject({
    memory: { evidence: [{ service: 'shop', callsPerMinute: 40_200, p50: 0.0031 }] },
  });
  const away = async (): Promise<never> => {
    throw new Error('the collector is away');
  };
  const without = await remember.call(input, { facts: { ...facts(), profiles: away }, memory: keeperOf([]) });
  if (without.kind !== 'answer') throw new Error(without.kind);
  expect(without.model(now).data).toContain('the collector is away');
});
