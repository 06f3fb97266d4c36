/** Builders for the tests of the tools and of those who offer them. */
import type { EntriesResponse, FileVersion, Profile, ProfilesResponse, ServicesResponse } from '@runlens/protocol';
import type { ProductionFacts } from './facts.ts';
import type { TextOptions } from './text/options.ts';
import { plainStyle } from './text/style.ts';

export const now = Date.parse('2026-01-02T12:00:00.000Z');
const at = (secondsAgo: number): string => new Date(now - secondsAgo * 1_000).toISOString();
const window = { since: at(900), until: at(0) };

export const plainText: TextOptions = { budgetCharacters: 12_000, now, style: plainStyle };

export function duration(p50 = 0.0031, p99 = 0.12): NonNullable<Profile['duration']> {
  return {
    p50,
    p90: p99 * 0.6,
    p95: p99 * 0.8,
    p99,
    max: p99 * 2,
    mean: p50,
    total: p50 * 603_000,
    samples: 5_000,
    histogram: { zeroCount: 0, indexes: [-267], counts: [5_000] },
  };
}

export function profile(overrides: Partial<Profile> = {}): Profile {
  return {
    service: 'shop',
    environment: 'production',
    file: 'pricing/rules.ts',
    function: 'price',
    line: 12,
    calls: 603_000,
    callsPerMinute: 40_200,
    errors: 2_412,
    errorRate: 0.004,
    duration: duration(),
    timeShare: 0.12,
    versions: [
      {
        version: 'v42',
        line: 12,
        calls: 603_000,
        errors: 2_412,
        duration: duration(),
        measuredSince: at(7_200),
        lastSeen: at(3),
      },
    ],
    instances: 3,
    measuredSince: at(7_200),
    lastSeen: at(3),
    entries: [],
    conditions: null,
    exemplars: [],
    callers: [],
    queries: [],
    outgoing: [],
    exceptions: [],
    ...overrides,
  };
}

export function fileVersion(overrides: Partial<FileVersion> = {}): FileVersion {
  return {
    service: 'shop',
    environment: 'production',
    version: 'v42',
    lastSeen: at(3),
    unmeasured: [],
    ...overrides,
  };
}

export function services(...names: readonly string[]): ServicesResponse {
  return {
    now: at(0),
    services: names.map((name) => ({
      name,
      lastSeen: at(3),
      environments: [
        {
          name: 'production',
          lastSeen: at(3),
          versions: [
            {
              version: 'v42',
              revision: '0123456789abcdef',
              firstSeen: at(7_200),
              lastSeen: at(3),
              instances: 3,
              functions: 120,
            },
          ],
        },
      ],
    })),
  };
}

/** What production would answer, with the collector's own filters by file and function. */
export function facts(
  known: {
    readonly services?: ServicesResponse;
    readonly profiles?: readonly Profile[];
    readonly files?: readonly FileVersion[];
    readonly entries?: EntriesResponse['entries'];
  } = {},
): ProductionFacts {
  const profiles = known.profiles ?? [];
  const page = (selected: readonly Profile[]): ProfilesResponse => ({
    window,
    resolution: 'memory',
    profiles: [...selected],
    files: [...(known.files ?? [])],
    truncated: false,
  });
  return {
    services: async () => known.services ?? services('shop'),
    profiles: async (query) =>
      page(
        profiles.filter(
          (candidate) =>
            (query.file === undefined || candidate.file === query.file) &&
            (query.function === undefined || candidate.function === query.function),
        ),
      ),
    hot: async (query) => ({
      window,
      resolution: 'memory',
      by: query.by ?? 'time',
      functions: profiles.slice(0, Number(query.limit ?? 50)),
      measuredFunctions: profiles.length,
    }),
    entries: async () => ({
      window,
      resolution: 'memory',
      entries: [...(known.entries ?? [])],
      truncated: false,
    }),
  };
}
