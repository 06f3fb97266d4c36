/** Builders of what a collector answers, with the few things that a test is about. */
import { createHash } from 'node:crypto';
import type {
  Duration,
  FileVersion,
  Profile,
  ProfilesResponse,
  ServicesResponse,
  VersionProfile,
} from '@runlens/protocol/api/profile';
import { bucketIndex } from '@runlens/protocol/histogram';

export const now = '2026-03-01T12:00:00.000Z';
export const earlier = '2026-03-01T09:00:00.000Z';

export function aDuration(seconds: number, samples: number): Duration {
  return {
    p50: seconds,
    p90: seconds,
    p95: seconds,
    p99: seconds,
    max: seconds,
    mean: seconds,
    total: seconds * samples,
    samples,
    histogram: { zeroCount: 0, indexes: [bucketIndex(seconds)], counts: [samples] },
  };
}

export function aVersion(given: Partial<VersionProfile> = {}): VersionProfile {
  const calls = given.calls ?? 1_500;
  return {
    version: 'v42',
    line: 1,
    calls,
    errors: 0,
    duration: calls > 0 ? aDuration(0.003, calls) : null,
    measuredSince: earlier,
    lastSeen: calls > 0 ? now : null,
    ...given,
  };
}

/** A profile whose totals follow from its versions. */
export function aProfile(given: Partial<Profile> & { readonly function: string }): Profile {
  const versions = given.versions ?? [aVersion({ line: given.line ?? 1 })];
  const calls = versions.reduce((sum, version) => sum + version.calls, 0);
  const errors = versions.reduce((sum, version) => sum + version.errors, 0);
  return {
    service: 'shop',
    file: 'src/cart.js',
    line: versions[0]?.line ?? 0,
    environment: 'production',
    calls,
    callsPerMinute: calls / 15,
    errors,
    errorRate: calls > 0 ? errors / calls : null,
    duration: versions[0]?.duration ?? null,
    timeShare: calls > 0 ? 0.1 : 0,
    versions: [...versions],
    instances: 1,
    measuredSince: earlier,
    lastSeen: calls > 0 ? now : null,
    entries: [],
    conditions: null,
    exemplars: [],
    callers: [],
    queries: [],
    outgoing: [],
    exceptions: [],
    ...given,
  };
}

export const aFile = (given: Partial<FileVersion> = {}): FileVersion => ({
  service: 'shop',
  environment: 'production',
  version: 'v42',
  lastSeen: now,
  unmeasured: [],
  ...given,
});

export const aResponse = (
  profiles: readonly Profile[],
  files: readonly FileVersion[] = [aFile()],
): ProfilesResponse => ({
  window: { since: '2026-03-01T11:45:00.000Z', until: now },
  resolution: 'memory',
  profiles: [...profiles],
  files: [...files],
  truncated: false,
});

export const someServices = (...names: readonly string[]): ServicesResponse => ({
  now,
  services: names.map((name) => ({
    name,
    lastSeen: now,
    environments: [
      {
        name: 'production',
        lastSeen: now,
        versions: [{ version: 'v42', firstSeen: earlier, lastSeen: now, instances: 1, functions: 3 }],
      },
    ],
  })),
});

/** As `git hash-object` gives it. */
export function gitBlob(text: string): string {
  const content = Buffer.from(text);
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
