import type { Finding } from '@runlens/protocol/api/findings';
import { expect, it } from 'vitest';
import { costText, findingMarks, findingNodes } from './finding-model.ts';

const at = '2026-01-02T12:00:00.000Z';
const finding = (overrides: Partial<Finding> = {}): Finding => ({
  ...{ id: 'f-1', kind: 'repeatedQuery', service: 'shop', environment: 'production', confidence: 'certain' },
  place: { file: 'catalog/shelf.ts', function: 'Shelf.list', line: 42 },
  ...{
    title: 'Shelf.list asks a query for each item',
    evidence: ['24 times', 'together 90k/min'],
    remedy: 'Ask once.',
  },
  impact: { score: 546, secondsPerDay: 546, errorsPerDay: 0, queriesPerMinute: 90_000, callsPerDay: 1 },
  ...{ entries: [], versions: ['v1'], state: 'new', firstSeen: at, lastSeen: at },
  ...overrides,
});
const location = {
  uri: 'file:///shop/catalog/shelf.ts',
  range: { start: { line: 41, character: 2 }, end: { line: 41, character: 6 } },
};

it('a finding says what it costs, and has its evidence and what helps below', () => {
  const [node] = findingNodes([{ finding: finding(), location }], undefined);
  expect(node).toMatchObject({
    ...{ id: 'f-1', label: 'Shelf.list', context: 'finding-open-here' },
    description: 'N+1 queries · 9.1 min a day · 90k/min queries',
  });
  expect(node?.children.map(({ label }) => label)).toEqual([
    'Shelf.list asks a query for each item',
    '24 times',
    'together 90k/min',
    'Ask once.',
  ]);
});

it('says what it is not sure of, what became of it, and that the code is elsewhere', () => {
  const [muted] = findingNodes(
    [
      {
        finding: finding({
          state: 'muted',
          confidence: 'possible',
          setBy: { actor: { name: 'a', kind: 'person', role: 'admin' }, at, reason: 'a report' },
        }),
        location: null,
      },
    ],
    undefined,
  );
  expect(muted?.description).toContain('muted · possible · not in this workspace');
  expect(muted?.children.at(-1)?.label).toBe('muted: a report');
  expect(muted?.context).toBe('finding-muted');
});

it('shows one kind where that is asked for', () => {
  const items = [finding(), finding({ id: 'f-2', kind: 'failing' })].map((each) => ({ finding: each, location }));
  expect(findingNodes(items, 'failing').map(({ id }) => id)).toEqual(['f-2']);
});

it('marks only what is in this workspace, and in one harmless line', () => {
  const hostile = finding({ title: 'evil\n\u202e$(alert)' });
  const marks = findingMarks([
    { finding: hostile, location },
    { finding: finding({ id: 'f-2' }), location: null },
  ]);
  expect(marks.map(({ id }) => id)).toEqual(['f-1']);
  expect(marks[0]?.text).toBe('N+1 queries: evil \ufffd$(alert) (9.1 min a day · 90k/min queries)');
});

it('what costs nothing has no cost', () => {
  expect(
    costText(finding({ impact: { score: 0, secondsPerDay: 0, errorsPerDay: 0, queriesPerMinute: 0, callsPerDay: 0 } })),
  ).toBe('');
});
