import { describe, expect, it } from 'vitest';
import { compactProfiles, compactProfilesResponseSchema, wholeProfiles } from './compact-profiles.ts';
import {
  type Duration,
  type Profile,
  type ProfilesResponse,
  profilesResponseSchema,
  type VersionProfile,
} from './profile.ts';

const at = '2026-03-01T12:00:00.000Z';
const duration = (seconds: number): Duration => ({
  p50: seconds,
  p90: seconds,
  p95: seconds,
  p99: seconds,
  max: seconds,
  mean: seconds,
  total: seconds,
  samples: 1,
  histogram: { zeroCount: 0, indexes: [1], counts: [1] },
});
const version = (name: string, of: Duration | null): VersionProfile => ({
  version: name,
  line: 1,
  calls: 1,
  errors: 0,
  duration: of,
  measuredSince: at,
  lastSeen: at,
});
const profile = (of: Duration | null, versions: VersionProfile[], lists: Partial<Profile> = {}): Profile => ({
  service: 'shop',
  file: 'src/cart.js',
  function: 'add',
  line: 1,
  environment: 'production',
  calls: 1,
  callsPerMinute: 1,
  errors: 0,
  errorRate: 0,
  duration: of,
  timeShare: 0.5,
  versions,
  instances: 1,
  measuredSince: at,
  lastSeen: at,
  entries: [],
  conditions: null,
  exemplars: [],
  callers: [],
  queries: [],
  outgoing: [],
  exceptions: [],
  ...lists,
});
const answer = (...profiles: Profile[]): ProfilesResponse => ({
  window: { since: at, until: at },
  resolution: 'memory',
  profiles,
  files: [],
  truncated: false,
});
/** As it comes out of the wire. */
const sent = (response: ProfilesResponse) =>
  compactProfilesResponseSchema.parse(JSON.parse(JSON.stringify(compactProfiles(response))));

const [one, other] = [duration(1), duration(2)];
const cases: [string, ProfilesResponse][] = [
  ['nothing', answer()],
  ['an only version', answer(profile(one, [version('v1', one)]))],
  ['an only version that was not timed', answer(profile(null, [version('v1', null)]))],
  ['an only version with a duration of its own', answer(profile(one, [version('v1', other)]))],
  ['an only version that was not timed, of a function that was', answer(profile(one, [version('v1', null)]))],
  ['several versions', answer(profile(one, [version('v2', other), version('v1', null), version('v0', one)]))],
  ['no version', answer(profile(null, []))],
  [
    'lists with something in them',
    answer(
      profile(one, [version('v1', one)], {
        entries: [{ name: 'GET /', calls: 1, duration: null }],
        callers: [{ function: 'main', calls: 1 }],
        queries: [{ statement: 'SELECT ?', system: 'sqlite', callsPerCall: 1, calls: 1, totalSeconds: 1 }],
        outgoing: [{ target: 'mail', calls: 1, errors: 0, totalSeconds: 1 }],
        exceptions: [{ type: 'Error', count: 1, lastSeen: at }],
      }),
    ),
  ],
];

describe('the compact form of profiles', () => {
  it.each(cases)('loses nothing: %s', (_, whole) => {
    expect(wholeProfiles(sent(whole))).toEqual(whole);
  });

  it('is shorter where one version runs, and lists are empty', () => {
    const [only] = compactProfiles(answer(profile(one, [version('v1', one)]))).profiles;
    expect(only?.versions[0]).not.toHaveProperty('duration');
    expect(only).not.toHaveProperty('callers');
  });

  it('changes nothing of what it is given', () => {
    const whole = answer(profile(one, [version('v1', one)]));
    const before = structuredClone(whole);
    wholeProfiles(compactProfiles(whole));
    expect(whole).toEqual(before);
  });

  it.each(cases)('is what a whole answer is read as too: %s', (_, whole) => {
    expect(wholeProfiles(compactProfilesResponseSchema.parse(whole))).toEqual(whole);
    expect(profilesResponseSchema.parse(whole)).toEqual(whole);
  });

  it('gives none of several versions the numbers of all', () => {
    const { profiles } = compactProfilesResponseSchema.parse(
      answer(profile(one, [version('v2', one), version('v1', one)])),
    );
    for (const each of profiles[0]?.versions ?? []) delete each.duration;
    expect(wholeProfiles({ ...answer(), profiles }).profiles[0]?.versions.map((each) => each.duration)).toEqual([
      null,
      null,
    ]);
  });
});
