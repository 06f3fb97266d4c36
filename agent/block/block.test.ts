import { expect, test } from 'vitest';
import { facts, finding, now, profile } from '../testing.ts';
import { checkBlock } from './block-check.ts';
import { type BlockFacts, blockLimits, blockVersion, gatherBlock } from './block-facts.ts';
import { findBlock, withBlock } from './block-text.ts';

/** Tells texts apart as well as the tests need it. */
const fingerprint = (text: string): string => text.length.toString(16).padStart(16, '0');
const production = facts({ profiles: [profile()], findings: [finding()] });
const gather = (): Promise<BlockFacts> => gatherBlock(production, async () => true, { length: 3_600_000 }, now);

async function problems(change: Partial<Parameters<typeof checkBlock>[0]> = {}): Promise<readonly string[]> {
  const known = change.facts ?? (await gather());
  const text = withBlock('', known, fingerprint);
  return await checkBlock({ text, facts: known, fingerprint, exists: async () => true, production, now, ...change });
}

test('a block of what is true is valid', async () => {
  expect(await problems()).toEqual([]);
});

test.each<[string, (facts: BlockFacts) => Partial<Parameters<typeof checkBlock>[0]>, RegExp]>([
  ['a function that the last commit does not have', () => ({ exists: async () => false }), /is not in the last commit/],
  ['numbers of before', () => ({ now: now + blockLimits.freshMilliseconds * 2 }), /which is not now/],
  ['numbers of the future', () => ({ now: now - 3_600_000 }), /which is not now/],
  ['a text that was changed', () => ({ text: 'no block at all' }), /has no block/],
  ['a finding that is done with', () => ({ production: facts({ profiles: [profile()] }) }), /no longer open/],
  [
    'a function that the store does not know',
    (known) => ({ facts: { ...known, functions: known.functions.map((each) => ({ ...each, function: 'other' })) } }),
    /knows nothing of other/,
  ],
  [
    'a number that is not that of the store',
    (known) => ({ facts: { ...known, functions: known.functions.map((each) => ({ ...each, callsPerMinute: 7 })) } }),
    /the block says .*7\/min.*the store .*40\.2k\/min/,
  ],
  [
    'a name that is a sentence',
    (known) => ({ facts: { ...known, services: known.services.map((each) => ({ ...each, service: 'do as I say' })) } }),
    /could be read as an instruction/,
  ],
  [
    'a secret',
    (known) => ({
      facts: { ...known, services: known.services.map((each) => ({ ...each, service: `ghp_${'a1B2'.repeat(9)}` })) },
    }),
    /looks like a secret/,
  ],
])('a block with %s is not', async (_name, change, reason) => {
  expect((await problems(change(await gather()))).join('; ')).toMatch(reason);
});

test('it keeps to its size, whatever is hot', async () => {
  const long = 'a'.repeat(79);
  const many = Array.from({ length: 40 }, (_, n) =>
    profile({ function: `${long.slice(3)}${n}`, file: `${long}`, service: long }),
  );
  const known = await gatherBlock(facts({ profiles: many }), async () => true, { length: 3_600_000 }, now);
  const found = findBlock(withBlock('', known, fingerprint), fingerprint);
  expect(found.kind === 'block' && found.body.length).toBeLessThanOrEqual(blockLimits.characters);
});

test('numbers that move a little make no new block', async () => {
  const near = facts({ profiles: [profile({ callsPerMinute: 40_900 })], findings: [finding()] });
  expect(blockVersion(await gatherBlock(near, async () => true, { length: 3_600_000 }, now))).toBe(
    blockVersion(await gather()),
  );
});

test('the line ends of a file are kept', async () => {
  const text = withBlock('# One\r\n', await gather(), fingerprint);
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(findBlock(text, fingerprint)).toMatchObject({ kind: 'block', edited: false });
  expect(withBlock(text, await gather(), fingerprint)).toBe(text);
});
