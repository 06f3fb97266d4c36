import type { CompareQuery, CompareResponse, ServicesResponse } from '@runlens/protocol';
import { expect, test } from 'vitest';
import { ContextMemory } from '../context-memory.ts';
import { comparison, event, facts, now, services } from '../testing.ts';
import { changesSince } from './changes-since.ts';
import { serviceStatus } from './service-status.ts';

const minute = 60_000;
const iso = (minutesAgo: number): string => new Date(now - minutesAgo * minute).toISOString();

/** A service of one version, first and last heard of so many minutes ago. */
function place(name: string, first: number, last: number): ServicesResponse['services'][number] {
  const lastSeen = iso(last);
  const version = { version: 'v7', firstSeen: iso(first), lastSeen, instances: 1, functions: 9 };
  return { name, lastSeen, environments: [{ name: 'production', lastSeen, versions: [version] }] };
}

async function ask(
  input: object,
  known: {
    services?: ServicesResponse;
    compare?: (query: CompareQuery) => Partial<CompareResponse>;
    told?: ContextMemory;
  },
) {
  const asked: CompareQuery[] = [];
  const result = await changesSince.call(input, {
    ...(known.told && { told: known.told }),
    facts: {
      ...facts({ services: known.services ?? services('shop') }),
      compare: async (query) => {
        asked.push(query);
        const { service, environment } = query;
        return comparison({ service, environment, of: 'windows', ...known.compare?.(query) });
      },
    },
  });
  if (result.kind === 'invalidInput') throw new Error(result.message);
  return { ...result.model(now), asked };
}

const numbers = { calls: 6_000, callsPerMinute: 200, errors: 0, p50: 0.004, p95: 0.04, p99: 0.08 };

test('new versions, silent services and what differs are told, the verdict first', async () => {
  const answer = await ask(
    { since: '30m' },
    {
      services: { now: iso(0), services: [place('shop', 10, 0), place('mail', 500, 20), place('gone', 9_000, 600)] },
      compare: () => ({
        functions: [
          {
            file: 'a.ts',
            function: 'pay',
            line: 3,
            base: numbers,
            now: { ...numbers, errors: 60 },
            changes: [{ kind: 'moreErrors', ratio: null, falseDiscoveryRate: 0.001 }],
          },
        ],
      }),
    },
  );
  expect(answer.verdict).toContain('1 new version; 1 service silent; 1 function: 1 fails more often');
  expect(answer.data).toContain('silent: mail production, last heard of 20 min ago');
  expect(answer.data).toContain('new version: shop production v7, 10 min ago');
  expect(answer.data).toContain('pay|a.ts:3|more errors: 0 % → 1 % of 6k calls');
  // What was silent before is no change, and what is silent now has nothing to compare.
  expect(answer.data).not.toContain('gone');
  expect(answer.asked.map(({ service }) => service)).toEqual(['shop']);
});

test('where nothing differs, that is the verdict, and of how many functions', async () => {
  const answer = await ask({ since: '30m' }, {});
  expect(answer.verdict).toContain('nothing that matters has changed');
  expect(answer.sample).toContain('30 of 40 functions');
});

test('since an answer: by when it was told; a window too short to tell anything is widened, and that is said', async () => {
  const told = new ContextMemory();
  const status = await serviceStatus.call({}, { facts: facts(), told });
  if (status.kind !== 'answer') throw new Error(status.kind);
  const { contextVersion } = status.model(now - 20 * minute);
  const older = await ask({ since: contextVersion }, { told });
  expect(older.verdict).toContain(`Since ${iso(20)} (20 min ago)`);
  expect(older.asked).toMatchObject([{ since: iso(20), of: 'windows' }]);
  status.model(now - 30_000);
  const newer = await ask({ since: contextVersion }, { told });
  expect(newer.verdict).toContain(`Since ${iso(0.5)}`);
  expect(newer.asked).toMatchObject([{ since: iso(5) }]);
});

test('an answer that nobody here has told is not guessed at', async () => {
  for (const told of [undefined, new ContextMemory()]) {
    const answer = await ask({ since: 'cv-0123abcd' }, told ? { told } : {});
    expect(answer.data).toContain('Nobody here has told cv-0123abcd');
    expect(answer.asked).toEqual([]);
  }
  await expect(ask({ since: 'cv-x' }, {})).rejects.toThrow('give the contextVersion');
  expect((await ask({ since: '2030-01-01' }, {})).data).toContain('not over yet');
});

test('what could not be compared is no absence of change', async () => {
  const early = await ask({}, { compare: () => ({ tooEarly: 'Nothing was measured yet.' }) });
  expect(early.verdict).toContain('functions could not be compared');
  expect(early.data).toContain('not compared: shop production: Nothing was measured yet.');
  const many = await ask({}, { services: services('a', 'b', 'c', 'd', 'e', 'f') });
  expect(many.asked).toHaveLength(4);
  expect(many.unknown).toContain('2 not compared');
  expect(many.data).toContain('not compared: e production: Too many at once');
});

test('events are told, those that fire first, and those that stand elsewhere in the answer once', async () => {
  const asked: unknown[] = [];
  const result = await changesSince.call(
    { since: '30m' },
    {
      facts: {
        ...facts({ services: { now: iso(0), services: [place('shop', 500, 0)] } }),
        compare: async ({ service, environment }) => comparison({ service, environment, of: 'windows' }),
        events: async (query) => {
          asked.push(query);
          const over = { state: 'resolved', severity: 'info', endedAt: iso(4) } as const;
          const events = [
            event(),
            event({ ...over, id: 'e-1', kind: 'deployment', title: 'shop v8' }),
            event({ ...over, id: 'e-2', kind: 'newVersion', title: 'told above' }),
          ];
          return { now: iso(0), since: iso(30), events, found: 3, firing: 1 };
        },
      },
    },
  );
  if (result.kind === 'invalidInput') throw new Error(result.message);
  const answer = result.model(now);
  expect(asked).toEqual([{ since: iso(30), limit: 30 }]);
  expect(answer.verdict).toContain('2 events, 1 firing');
  expect(answer.data).toMatch(/event e-0123456789ab: firing, began 12 min ago, critical, shop production: Alert: High/);
  expect(answer.data).toContain('event e-1: over, 4 min ago, info, shop production: Deployment: shop v8');
  expect(answer.data).not.toContain('told above');
});
