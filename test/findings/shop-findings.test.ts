/** The shop's own faults are found by themselves, ranked as their cost ranks them, and nothing that only looks like one is. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Finding, findingSchema, findingsResponseSchema } from '@runlens/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/toolchain.mjs';
import { eventually } from '../story/eventually.ts';
import { type Story, startStory } from '../story/story.ts';

const run = promisify(execFile);
/** What the shop's README tells of its faults, as `kind function`. */
const faults = [
  'repeatedQuery Shelf.list',
  'repeatedQuery Shelf.search',
  'repeatedQuery Shelf.product',
  'slowQuery Catalog.search',
  'failing GatewayClient.#readAnswer',
  'failingDependency GatewayClient.charge',
];
/** Of kinds that are counted: how fast the machine is does not matter to them. */
const counted: ReadonlySet<string> = new Set([
  'repeatedQuery',
  'failing',
  'newError',
  'failingDependency',
  'neverCalled',
]);
const nameOf = ({ kind, place }: Finding): string => `${kind} ${place?.function ?? ''}`;

let story: Story;
let findings: readonly Finding[] = [];
beforeAll(async () => {
  story = await startStory({ staging: false });
  await story.startLoad({ rate: 60, checkoutRate: 12 });
  await eventually(
    'all faults are found',
    async () => {
      findings = await asked();
      expect(findings.map(nameOf)).toEqual(expect.arrayContaining(faults));
    },
    // The collector looks each half minute, and takes turns with the shop on a slow machine.
    120,
  );
});
afterAll(() => story?.end());

/** As a person asks, by the shipped command. */
async function cli(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, RUNLENS_HOME: story.home };
  const { stdout } = await run(process.execPath, [join(root, 'dist', 'runlens.mjs'), 'findings', ...args], { env });
  return stdout;
}

/** None yet ends with 5. */
const asked = async (...args: readonly string[]): Promise<readonly Finding[]> =>
  findingsResponseSchema.parse(JSON.parse(await cli('--json', '--limit', '200', ...args))).findings;

const find = (name: string): Finding => {
  const found = findings.find((finding) => nameOf(finding) === name);
  if (found === undefined) throw new Error(`${name} is not among ${findings.map(nameOf).join(', ')}`);
  return found;
};

describe('the findings of the shop', () => {
  it('are its faults, each once, and nothing that is in order', () => {
    expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
    const told = findings.filter(({ kind }) => counted.has(kind)).map(nameOf);
    expect(told.toSorted()).toEqual(faults.filter((fault) => counted.has(fault.split(' ')[0] ?? '')).toSorted());
    // Carts of a few items, transactions, declined cards, and what the start writes.
    expect(JSON.stringify(findings)).not.toMatch(/Cart\.|OrderBook|PaymentDeclined|seed/);
  });

  it('are ranked by what they cost: payments that fail, then the search, then queries of microseconds', () => {
    const scores = findings.map(({ impact }) => impact.score);
    expect(scores).toEqual(scores.toSorted((one, other) => other - one));
    const places = ['failing GatewayClient.#readAnswer', 'slowQuery Catalog.search'].map((name) =>
      findings.indexOf(find(name)),
    );
    for (const place of places) expect(place).toBeLessThan(findings.indexOf(find('repeatedQuery Shelf.list')));
  });

  it('name the place, the statement, the error and the route', () => {
    const list = find('repeatedQuery Shelf.list');
    expect(list).toMatchObject({ place: { file: 'catalog/shelf.ts' }, state: 'new', entries: ['GET /products'] });
    expect(list.evidence.join('\n')).toMatch(
      /24 times in one call of Shelf\.list[\s\S]*FROM reviews WHERE product_id = \?/,
    );
    expect(find('slowQuery Catalog.search').subject).toContain('LIKE ? ESCAPE ?');
    expect(find('failing GatewayClient.#readAnswer')).toMatchObject({
      place: { file: 'payments/gateway-client.ts', line: 46 },
      entries: ['POST /checkout'],
    });
    expect(find('failingDependency GatewayClient.charge').evidence[0]).toMatch(/failed.*: 500 × \d/);
  });

  it('are muted by a person, with the reason, and then not listed', async () => {
    const { id } = find('repeatedQuery Shelf.product');
    const muted = findingSchema.parse(JSON.parse(await cli('set', id, 'muted', '--reason', 'six at most', '--json')));
    expect(muted).toMatchObject({ id, state: 'muted', setBy: { reason: 'six at most' } });
    expect((await asked()).map((finding) => finding.id)).not.toContain(id);
    expect((await asked('--state', 'muted')).map((finding) => finding.id)).toEqual([id]);
  });

  it('are not told of the same shop without them, called as often as it took to find them', async () => {
    await story.stopLoad();
    await story.deploy({ version: '44', environment: 'mended', mended: 'list,search,gateway', gatewaySessions: 50 });
    await story.startLoad({ rate: 60, checkoutRate: 12 });
    const { name: service, environment } = story.shop;
    const callsOf = async (file: string, name: string): Promise<number> =>
      (await story.api.profile({ service, environment, file, function: name })).calls;
    await eventually(
      'it is called as often',
      async () => {
        for (const name of ['Shelf.list', 'Shelf.search', 'Shelf.product']) {
          expect(await callsOf('catalog/shelf.ts', name), name).toBeGreaterThan(100);
        }
        expect(await callsOf('payments/gateway-client.ts', 'GatewayClient.charge')).toBeGreaterThan(100);
      },
      120,
    );
    const calledAt = Date.now();
    await eventually(
      'it was looked at',
      async () => {
        const { evaluatedAt, findings: told } = await story.api.findings({ service, environment });
        expect(Date.parse(evaluatedAt ?? '')).toBeGreaterThan(calledAt);
        expect(told.filter(({ kind }) => counted.has(kind)).map(nameOf)).toEqual([]);
      },
      120,
    );
  });
});
