import { expect, test } from 'vitest';
import { backOff, nodeProblem, wantsCollector } from './start-decision.ts';

const input = { setting: 'auto', url: '', trusted: true, collector: 'none' } as const;

test('a collector is started when none is found, and when the one of another window went away', () => {
  expect(wantsCollector(input)).toBe(true);
  expect(wantsCollector({ ...input, collector: 'away' })).toBe(true);
});

test('no collector is started where one is, may be, or is said to be elsewhere', () => {
  for (const collector of ['connected', 'connecting', 'unauthorized'] as const) {
    expect(wantsCollector({ ...input, collector }), collector).toBe(false);
  }
  expect(wantsCollector({ ...input, url: 'http://collector.example' })).toBe(false);
  expect(wantsCollector({ ...input, setting: 'never' })).toBe(false);
});

test('no collector is started in Restricted Mode', () => {
  expect(wantsCollector({ ...input, trusted: false })).toBe(false);
});

test('a Node without node:sqlite is told, with its version', () => {
  for (const version of ['22.13.0', '22.15.1', '24.1.0']) expect(nodeProblem(version), version).toBeUndefined();
  for (const version of ['20.20.2', '22.12.0']) expect(nodeProblem(version), version).toContain(version);
});

test('restarts wait longer each time, and not without bound', () => {
  expect([1, 2, 3, 9].map(backOff)).toEqual([1_000, 4_000, 16_000, 16_000]);
});
