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
