/** From threshold to quiet: what a session is told of one event, in which order, and never twice. */
import type { NewsItem, ProductionEvent } from '@runlens/protocol';
import { expect, test } from 'vitest';
import { event, now } from '../testing.ts';
import type { Concern } from './concern.ts';
import { newsOf, standingOf, type Told } from './news.ts';

const concern: Concern = { kind: 'function', score: 1, of: 'charge' };

/** One session; `hear` gives it what is known then. */
function session() {
  const told = new Map<string, Told>();
  return {
    told,
    hear(overrides: Partial<ProductionEvent>, concerned: Concern | null = concern): readonly NewsItem['change'][] {
      const candidate = { event: event(overrides), concern: concerned ?? undefined };
      const news = newsOf([candidate], told, now - 3_600_000);
      for (const [id, each] of news.told) told.set(id, each);
      return news.items.map(({ change }) => change);
    },
  };
}
const over = { state: 'resolved', endedAt: new Date(now).toISOString() } as const;

test('it begins, ends and begins again, each told once', () => {
  const { hear } = session();
  expect([hear({}), hear({}), hear(over), hear(over), hear({}), hear({})]).toEqual([
    ['fired'],
    [],
    ['over'],
    [],
    ['again'],
    [],
  ]);
});

test('it gets worse, and that it is better than it was is not told', () => {
  const { hear } = session();
  expect([hear({ severity: 'warning' }), hear({ severity: 'critical' }), hear({ severity: 'warning' })]).toEqual([
    ...[['fired'], ['changed'], []],
  ]);
});

test('another title alone is nothing new', () => {
  const { hear } = session();
  hear({ title: '8 % of requests fail' });
  expect(hear({ title: '9 % of requests fail' })).toEqual([]);
});

test('an endless flap is told once as such, and once that it has settled', () => {
  const { hear } = session();
  hear({});
  const flapping = Array.from({ length: 200 }, (_, n) => hear({ flapping: true, ...(n % 2 === 0 ? over : {}) }));
  expect(flapping.flat()).toEqual(['flapping']);
  expect([hear({ flapping: false, ...over }), hear(over)]).toEqual([['over'], []]);
});

test('who was told is told of the end, also where it is not its concern any more; others are not', () => {
  const one = session();
  one.hear({});
  expect(one.hear(over, null)).toEqual(['over']);
  const other = session();
  expect(other.hear({}, null)).toEqual([]);
  expect(other.hear(over)).toEqual([]);
});

test('a deployment before the session began is not news, one since then is, once', () => {
  const deployment = { ...over, kind: 'deployment', severity: 'info' } as const;
  const { hear } = session();
  const at = (minutesAgo: number) => ({ startedAt: new Date(now - minutesAgo * 60_000).toISOString() });
  expect(hear({ ...deployment, id: 'e-1', ...at(90) })).toEqual([]);
  expect(hear({ ...deployment, id: 'e-2', ...at(5) })).toEqual(['happened']);
  expect(hear({ ...deployment, id: 'e-2', ...at(5) })).toEqual([]);
});

test('the gravest come first, the closest of them before the others, and what is over last', () => {
  const told = new Map<string, Told>([
    ['e-over', { state: 'firing', severity: 'critical', flapping: false, summarised: false }],
  ]);
  const candidate = (id: string, severity: ProductionEvent['severity'], score: number, state = {}) => ({
    ...{ event: event({ id, severity, ...state }), concern: { ...concern, score } },
  });
  const candidates = [
    ...[candidate('e-info', 'info', 1), candidate('e-over', 'critical', 1, over), candidate('e-far', 'critical', 0.4)],
    ...[candidate('e-warning', 'warning', 1), candidate('e-near', 'critical', 1)],
  ];
  const ids = newsOf(candidates, told, 0).items.map(({ id }) => id);
  expect(ids).toEqual(['e-near', 'e-far', 'e-warning', 'e-info', 'e-over']);
});

test('one that was told in a number is told again only where it gets worse', () => {
  const { told, hear } = session();
  told.set(event().id, { state: 'firing', severity: 'warning', flapping: false, summarised: true });
  expect(hear({ severity: 'warning' })).toEqual([]);
  expect(hear({ severity: 'warning', ...over })).toEqual([]);
  expect(hear({ severity: 'critical' })).toEqual(['changed']);
});

test('what stands is what fires, and for a while what is over of what was told', () => {
  const { told, hear } = session();
  const stands = (overrides: Partial<ProductionEvent>) =>
    standingOf([{ event: event(overrides), concern }], told, now).items.map(({ change }) => change);
  expect([stands({}), stands(over)]).toEqual([['fired'], []]);
  hear({});
  expect([stands({}), stands(over)]).toEqual([['fired'], ['over']]);
  expect(stands({ ...over, endedAt: new Date(now - 3_600_000).toISOString() })).toEqual([]);
});
