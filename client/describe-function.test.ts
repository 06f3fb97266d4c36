import { expect, test } from 'vitest';
import { describeFunction } from './describe-function.ts';
import { documentFunction, instant, now, profile } from './test-data.ts';

test('a measured function is told with rate, times and errors', () => {
  expect(describeFunction(documentFunction(), now)).toBe(
    'checkout: 1.5k calls, 100/min, half of them within 2 ms, 99 of 100 within 120 ms, 1 % failed, shop, production.',
  );
});

test('an unknown is never told as a zero', () => {
  const untimed = documentFunction({
    state: { kind: 'measured', mapping: 'exact', profile: profile({ duration: null, errorRate: null }) },
  });
  expect(describeFunction(untimed, now)).not.toMatch(/\b0\b/);
});

test('each state of absence is told apart', () => {
  const states = [
    { kind: 'notCalled', since: instant, lastSeen: null, mapping: 'exact', profile: profile() },
    { kind: 'changed', version: '41', profile: profile() },
    { kind: 'notMeasured', reason: 'fileNotLoaded', message: 'No service has loaded it.' },
    { kind: 'notMeasured', reason: 'neverLoaded', message: 'by no process of shop v42' },
    { kind: 'away', lastSeen: instant, last: null },
    { kind: 'loading' },
  ] as const;
  const told = states.map((state) => describeFunction(documentFunction({ state }), now));
  expect(told[0]).toContain('not called in this window');
  expect(told[1]).toContain('changed since v41 was deployed');
  expect(told[2]).toContain('No service has loaded it.');
  expect(told[3]).toContain('loaded by no process of shop v42.');
  expect(told[4]).toContain('collector is away');
  expect(new Set(told).size).toBe(states.length);
});

test('a failure elsewhere is told with its environment', () => {
  const failing = documentFunction({ failingElsewhere: [{ environment: 'staging', errorRate: 0.5, calls: 4 }] });
  expect(describeFunction(failing, now)).toContain('staging 50 %');
});
