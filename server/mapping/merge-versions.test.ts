import { expect, test } from 'vitest';
import { aProfile, aVersion, now } from '../testing/profiles.ts';
import { profileOfVersions } from './merge-versions.ts';

test('an exception that only other versions had is not told of these', () => {
  const of = (version: string) => [{ version, count: 1, firstSeen: now, lastSeen: now }];
  const newest = aVersion({ version: 'v2' });
  const profile = aProfile({
    function: 'pay',
    versions: [newest, aVersion({ version: 'v1' })],
    exceptions: [
      { type: 'RangeError', count: 1, lastSeen: now, versions: of('v1') },
      { type: 'TypeError', count: 1, lastSeen: now, versions: of('v2') },
      { type: 'string', count: 1, lastSeen: now },
    ],
  });
  expect(profileOfVersions(profile, [newest]).exceptions.map(({ type }) => type)).toEqual(['TypeError', 'string']);
});

test.each([
  ['versions that followed each other', 60, [60, 60], [0], 60],
  ['versions beside each other', 110, [60, 60], [0], 60],
  ['two of three that followed each other', 60, [60, 60, 60], [0, 1], 60],
  ['a version of a collector that tells no rate of it', 60, [undefined, undefined], [0], 30],
])('the rate is over the time of these versions: %s', (_, callsPerMinute, rates, kept, expected) => {
  const versions = rates.map((rate, i) =>
    aVersion({ version: `v${i}`, calls: 300, ...(rate === undefined ? {} : { callsPerMinute: rate }) }),
  );
  const profile = aProfile({ function: 'pay', versions, callsPerMinute });
  const some = profileOfVersions(
    profile,
    kept.flatMap((i) => versions[i] ?? []),
  );
  expect(some.callsPerMinute).toBeCloseTo(expected, 6);
});

test('versions that were not called have no rate', () => {
  const idle = aVersion({ version: 'v2', calls: 0, callsPerMinute: 0 });
  const profile = aProfile({ function: 'pay', versions: [idle, aVersion({ version: 'v1' })] });
  expect(profileOfVersions(profile, [idle]).callsPerMinute).toBe(0);
});
