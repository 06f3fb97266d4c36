/** What a review says of a change is what the change does when it runs: two queries are added to the shop's pricing. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reviewSchema } from '@runlens/agent/review/review';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ended, run } from '../cli/command.ts';
import { eventually } from '../story/eventually.ts';
import { type Story, startStory } from '../story/story.ts';
import { withTwoQueries } from './pricing-with-queries.ts';

const cli = fileURLToPath(new URL('../../dist/runlens.mjs', import.meta.url));
const carts = 60;
const file = 'pricing/price.ts';

let story: Story;
beforeAll(async () => {
  story = await startStory({ staging: false });
});
afterAll(() => story?.end());

const review = (...args: string[]): Promise<Ended> =>
  run(process.execPath, [cli, 'review', ...args], { cwd: story.shopFolder, env: story.environment });

test('the review tells the queries a minute that the change then asks', async () => {
  await story.priceCarts(carts);
  await story.settled();
  const path = join(story.shopFolder, file);
  const before = await readFile(path, 'utf8');
  await writeFile(path, withTwoQueries(before));

  const { stdout, stderr, code } = await review('--json', '--fail-on', 'warning');
  expect(stderr).toBe('');
  const { functions, environment } = reviewSchema.parse(JSON.parse(stdout));
  expect(environment).toBe('production');
  expect(functions.map((each) => [each.function, each.change])).toEqual([['priceCart', 'changed']]);
  const [priceCart] = functions;
  expect(priceCart?.production).toMatchObject({ mapping: 'exact', services: ['shop'], calls: carts });
  const [reason] = priceCart?.reasons ?? [];
  expect(reason?.text).toContain('adds 2 database operations (`shareOf.get`, `holidayOf.get`): +');
  const rate = priceCart?.production?.callsPerMinute ?? 0;
  expect(code).toBe(2 * rate >= 60 ? 6 : 0);

  // The same load, on the changed text.
  const changed = await story.startVersion('43');
  await story.priceCarts(carts, changed);
  const asked = await eventually('the queries of the new version are told', async () => {
    const { profiles } = await story.api.profiles({ service: 'shop', version: '43', file, function: 'priceCart' });
    const [profile] = profiles;
    const whole = profile?.queries.filter(({ calls }) => calls >= carts) ?? [];
    if (profile?.calls !== carts || whole.length < 2) throw new Error(JSON.stringify(profiles));
    return profile.queries.reduce((sum, { calls }) => sum + calls, 0);
  });
  const told = reason?.operationsPerMinute;
  expect(told?.atLeast).toBe(told?.atMost);
  // A minute at the rate of then has so many calls; the load of now was so many.
  expect(((told?.atMost ?? 0) / rate) * carts).toBeCloseTo(asked, 6);
});
