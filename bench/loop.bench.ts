/**
 * The whole loop on the shop, by the clock: its faults under load, the version that mends one, how soon that is told, and the list
 * that is left.
 *
 *     npm run bench -- loop [--json FILE]
 *
 * Takes some 25 minutes: versions are compared by whole minutes, and a fault is fixed when it has stayed away for ten.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Finding } from '@runlens/protocol/api/findings';
import { type Story, startStory } from '@runlens/test/story/story';
import { readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { aimText, table } from './frame/table.ts';

const aimSeconds = 120;
const rates = { rate: 60, checkoutRate: 12 };
/** Of the version with all faults, before the next. */
const baseMinutes = 10;
const longestMinutes = 25;
const lookMilliseconds = 5_000;
/** Customers of a story leave by themselves after ten minutes. */
const loadSeconds = 540;
/** What the shop's README tells. */
const faults = [
  'failing GatewayClient.#readAnswer',
  'failingDependency GatewayClient.charge',
  'slowQuery Catalog.search',
  'repeatedQuery Shelf.list',
  'repeatedQuery Shelf.search',
  'repeatedQuery Shelf.product',
];
const mended = 'repeatedQuery Shelf.list';
const place = { service: 'shop', environment: 'production' };
const nameOf = ({ kind, place: where }: Finding): string => `${kind} ${where?.function ?? ''}`;

const report = new Report('loop', readOptions());
async function underLoad(of: Story): Promise<void> {
  const load = keepLoad(of);
  try {
    await load.renew();
    const began = Date.now();
    const secondsSince = (instant: string): number => Math.round((Date.parse(instant) - began) / 1_000);
    await until(load, baseMinutes, async () => Date.now() - began > baseMinutes * 60_000);
    const { findings } = await of.api.findings({ ...place, limit: '200' });
    const rows = faults.map((name) => {
      const found = findings.find((each) => nameOf(each) === name);
      return [
        name,
        found === undefined ? 'not found' : `${secondsSince(found.firstSeen)} s`,
        found === undefined ? '' : String(1 + findings.indexOf(found)),
        found === undefined ? '' : costOf(found),
        aimText(found === undefined ? Number.POSITIVE_INFINITY : secondsSince(found.firstSeen), aimSeconds, ' s'),
      ];
    });
    report.say(table(['fault of the shop', 'found after', 'rank', 'impact', 'aim'], rows));
    report.say(
      `told besides: ${
        findings
          .map(nameOf)
          .filter((name) => !faults.includes(name))
          .join(', ') || 'nothing'
      }\n`,
    );
    report.keep('before', findings);

    await of.stopLoad();
    await of.deploy({ version: '43', mended: 'list' });
    await load.renew();
    const deployed = Date.now();
    const sinceDeploy = (): string => `${((Date.now() - deployed) / 60_000).toFixed(1)} min`;
    const told = await until(load, longestMinutes, async () => {
      const answer = await of.api.compare({ ...place, limit: '200' });
      // Counted, so that it does not matter what else the machine does.
      const asked = answer.functions.find((each) => each.function === 'Reviews.ratingOf');
      return answer.now.version === '43' && asked?.changes.some(({ kind }) => kind === 'notCalled')
        ? answer
        : undefined;
    });
    report.say(`the comparison tells that Reviews.ratingOf is called no more ${sinceDeploy()} after the deploy`);
    const changed = told.functions.map((each) => [
      each.function,
      each.changes.map(({ kind, ratio }) => (ratio == null ? kind : `${kind} ${ratio.toFixed(2)}×`)).join(', '),
    ]);
    report.say(table(['function', 'against version 42'], changed));
    report.keep('comparison', told);

    const fixed = await until(load, longestMinutes, async () => {
      const { findings: all } = await of.api.findings({ ...place, state: 'fixed', limit: '200' });
      return all.find((each) => nameOf(each) === mended);
    });
    report.say(`\n${mended} is fixed in ${fixed.fixedIn} ${sinceDeploy()} after the deploy, by itself`);
    const left = (await of.api.findings({ ...place, limit: '200' })).findings;
    report.say(
      table(
        ['rank', 'left', 'impact'],
        left.map((each, at) => [String(at + 1), nameOf(each), costOf(each)]),
      ),
    );
    report.keep('after', left);
  } finally {
    await of.stopLoad();
  }
}

const costOf = ({ impact: { score, secondsPerDay, errorsPerDay, queriesPerMinute } }: Finding): string =>
  [
    `${Math.round(score)} s a day`,
    ...(secondsPerDay ? [`${Math.round(secondsPerDay)} s lost`] : []),
    ...(errorsPerDay ? [`${Math.round(errorsPerDay)} errors`] : []),
    ...(queriesPerMinute ? [`${Math.round(queriesPerMinute)} queries a minute`] : []),
  ].join(', ');

function keepLoad(of: Story) {
  let since = 0;
  return {
    async renew(): Promise<void> {
      await of.stopLoad();
      await of.startLoad(rates);
      since = Date.now();
    },
    async keep(): Promise<void> {
      if (Date.now() - since > loadSeconds * 1_000) await this.renew();
    },
  };
}

async function until<Answer>(
  load: ReturnType<typeof keepLoad>,
  minutes: number,
  look: () => Promise<Answer>,
): Promise<NonNullable<Answer>> {
  const deadline = Date.now() + minutes * 60_000 + 60_000;
  while (Date.now() < deadline) {
    await load.keep();
    const answer = await look();
    if (answer) return answer;
    await delay(lookMilliseconds);
  }
  throw new Error(`not within ${minutes} minutes`);
}

const story = await startStory({ staging: false });
try {
  await underLoad(story);
} finally {
  await story.end();
}
