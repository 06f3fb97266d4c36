import { expect, test } from 'vitest';
import { profile, status } from '../test-data.ts';
import { hotText, viewDescription } from './hot-model.ts';

const item = { profile: profile(), location: null, heat: 3, label: '100/min' } as const;

test('a function whose code is not in the workspace says so', () => {
  expect(hotText(item).description).toBe('100/min · not in this workspace');
  expect(hotText(item).spoken).toContain('no folder of this workspace');
});

test('twins of one name have ids of their own', () => {
  const twin = { ...item, profile: profile({ line: 99 }) };
  expect(hotText(item).id).not.toBe(hotText(twin).id);
});

test('a function that was not timed is not told with times of zero', () => {
  const untimed = hotText({ ...item, profile: profile({ duration: null }) });
  expect(untimed.tooltip).toContain('Not timed in this window.');
});

test('the view tells by what it is sorted and of what it is', () => {
  expect(viewDescription('p99', status())).toBe('by 99th percentile · shop · production · 15m');
});
