import { expect, test } from 'vitest';
import { profile, status } from '../test-data.ts';
import { hotText, viewDescription } from './hot-model.ts';

const item = { profile: profile(), location: null, heat: 3, label: '100/min' } as const;

test('a function whose code is not in the workspace says so', () => {
  expect(hotText(item, 'time').description).toMatch(/ · not in this workspace$/);
  expect(hotText(item, 'time').spoken).toContain('no folder of this workspace');
});

test('twins of one name have ids of their own', () => {
  const twin = { ...item, profile: profile({ line: 99 }) };
  expect(hotText(item, 'time').id).not.toBe(hotText(twin, 'time').id);
});

test('a function that was not timed is not told with times of zero', () => {
  const untimed = hotText({ ...item, profile: profile({ duration: null }) }, 'time');
  expect(untimed.tooltip).toContain('Not timed in this window.');
});

test('the view tells by what it is sorted and of what it is', () => {
  expect(viewDescription('p99', status())).toBe('by 99th percentile · shop · production · 15m');
});

test('what the view is sorted by comes first', () => {
  const first = (by: Parameters<typeof hotText>[1]) => hotText(item, by).description.split(' · ')[0];
  expect((['time', 'calls', 'errors', 'p99'] as const).map(first)).toEqual([
    '6 s',
    '100/min',
    '15 errors (1 %)',
    'p99 120 ms',
  ]);
});
