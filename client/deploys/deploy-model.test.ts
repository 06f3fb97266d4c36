import type { DeployItem, DeployVerdict } from '@runlens/protocol/lsp-deploys';
import { expect, it } from 'vitest';
import { deployKey, deployNodes, noteText } from './deploy-model.ts';

const now = Date.parse('2026-01-02T12:00:00.000Z');
const item: DeployItem = {
  service: 'shop',
  environment: 'production',
  deploy: {
    version: 'v2',
    since: '2026-01-02T11:30:00.000Z',
    until: '2026-01-02T12:00:00.000Z',
    ...{ isRunning: true, isReturn: false, base: { version: 'v1', isRunning: false } },
  },
};
const at = { uri: 'file:///shop/a.ts', range: { start: { line: 3, character: 0 }, end: { line: 3, character: 4 } } };
const compared: DeployVerdict = {
  ...{ kind: 'compared', relation: 'after', base: 'v1', tested: 40 },
  changes: [
    { kind: 'newError', file: 'a.ts', function: 'pay', text: 'new error: RangeError', location: at },
    { kind: 'better', file: 'b.ts', function: 'list', text: 'faster: p50 9 ms → 4 ms', location: null },
  ],
  own: [
    { file: 'b.ts', function: 'list', outcome: 'helped', text: 'faster: p50 9 ms → 4 ms', location: null },
    { file: 'b.ts', function: 'sort', outcome: 'noDifference', text: 'no difference', location: null },
  ],
};
const nodesOf = (verdict: DeployVerdict | undefined, items = [item]) =>
  deployNodes(items, new Map(verdict ? [[deployKey(item), verdict]] : []), now);

it('a deploy says since when, against what, what is worse first, and what became of what this user changed', () => {
  const [node] = nodesOf(compared);
  expect(node).toMatchObject({ label: 'v2', icon: 'warning' });
  expect(node?.description).toMatch(/running · 1 new error, 1 better$/);
  const [about, own, ...changes] = node?.children ?? [];
  expect(about?.label).toBe('after v1; 40 functions with calls enough to tell');
  expect(own?.label).toBe('After your change: 1 helped, 1 without a difference');
  expect(own?.children.map(({ label, icon }) => [label, icon])).toEqual([
    ['list', 'pass'],
    ['sort', 'dash'],
  ]);
  expect(changes.map(({ label, location }) => [label, location])).toEqual([
    ['pay', at],
    ['list', null],
  ]);
});

it.each<[string, DeployVerdict | undefined, RegExp]>([
  ['too early', { kind: 'tooEarly', message: 'ask again' }, /too early to tell$/],
  ['without a difference', { ...compared, changes: [], own: [] }, /no difference by more than chance$/],
  ['not asked for', undefined, /running$/],
])('says what is known: %s', (_, verdict, words) => {
  expect(nodesOf(verdict)[0]?.description).toMatch(words);
});

it('the first version has nothing to be compared with, and one that came back says so', () => {
  const { base: _, ...deploy } = item.deploy;
  expect(nodesOf(undefined, [{ ...item, deploy }])[0]?.description).toMatch(/the first that was seen$/);
  expect(nodesOf(undefined, [{ ...item, deploy: { ...deploy, isReturn: true } }])[0]?.description).toMatch(
    /rolled back to/,
  );
});

it('the note names what changed, and there is none where this user changed nothing', () => {
  expect(noteText(item, compared)).toBe(
    'After your change (v2): 1 helped, 1 without a difference. list: faster: p50 9 ms → 4 ms',
  );
  expect(noteText(item, { ...compared, own: [] })).toBeUndefined();
  expect(noteText(item, { kind: 'tooEarly', message: '' })).toBeUndefined();
});
