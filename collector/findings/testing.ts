/** Builders of what detectors judge. */
import type { DurationSummary, EntriesResponse, ExceptionProfile, Profile } from '@runlens/protocol/api/profile';
import type { ServiceFacts } from './service-facts.ts';

export const now = Date.parse('2026-01-12T12:00:00.000Z');
export const daysAgo = (days: number): string => new Date(now - days * 86_400_000).toISOString();
/** The window of all facts. */
export const minutes = 30;

export function durationOf(p50: number, overrides: Partial<DurationSummary> = {}): DurationSummary {
  const samples = overrides.samples ?? 1_000;
  return { p50, p90: p50, p95: p50, p99: p50, max: p50, mean: p50, total: p50 * samples, samples, ...overrides };
}

export interface CalledOften extends Partial<Omit<Profile, 'duration' | 'entries'>> {
  readonly function: string;
  /** Seconds: of half of the calls, or all that is told. */
  readonly takes?: number | Partial<DurationSummary>;
  /** Calls by entry. */
  readonly for?: Readonly<Record<string, number>>;
}

/** A function of 1,000 calls that take a millisecond each, for a route. */
export function called(overrides: CalledOften): Profile {
  const { takes = 0.001, for: entries = { 'GET /list': 1_000 }, ...rest } = overrides;
  const calls = rest.calls ?? Object.values(entries).reduce((sum, each) => sum + each, 0);
  const summary = typeof takes === 'number' ? durationOf(takes) : durationOf(takes.p50 ?? 0.001, takes);
  return {
    service: 'shop',
    environment: 'production',
    file: 'src/shop.ts',
    line: 10,
    calls,
    callsPerMinute: calls / minutes,
    errors: 0,
    errorRate: 0,
    duration: {
      ...summary,
      total: summary.mean * calls,
      histogram: { zeroCount: 0, indexes: [], counts: [] },
    },
    timeShare: null,
    versions: [],
    instances: 1,
    measuredSince: daysAgo(1),
    lastSeen: daysAgo(0),
    entries: Object.entries(entries).map(([name, each]) => ({ name, calls: each, duration: null })),
    conditions: null,
    exemplars: [],
    callers: [],
    queries: [],
    outgoing: [],
    exceptions: [],
    ...rest,
  };
}

type Query = Profile['queries'][number];

export function query(statement: string, overrides: Partial<Query> = {}): Query {
  const calls = overrides.calls ?? 1_000;
  return {
    statement,
    system: 'postgresql',
    callsPerCall: 1,
    calls,
    totalSeconds: calls * 0.001,
    errors: 0,
    ...overrides,
  };
}

export const exception = (type: string, overrides: Partial<ExceptionProfile> = {}): ExceptionProfile => ({
  type,
  count: 0,
  caughtHere: 0,
  caughtByCaller: 0,
  uncaught: 0,
  lastSeen: daysAgo(0),
  ...overrides,
});

export function entry(
  name: string,
  { calls = 1_000, errors = 0, takes = 0.02 }: { calls?: number; errors?: number; takes?: number } = {},
): EntriesResponse['entries'][number] {
  return {
    name,
    service: 'shop',
    environment: 'production',
    calls,
    callsPerMinute: calls / minutes,
    errors,
    errorRate: errors / calls,
    duration: { ...durationOf(takes), histogram: { zeroCount: 0, indexes: [], counts: [] } },
    instances: 1,
    lastSeen: daysAgo(0),
  };
}

export const factsOf = (functions: readonly Profile[], overrides: Partial<ServiceFacts> = {}): ServiceFacts => ({
  service: 'shop',
  environment: 'production',
  version: 'v2',
  minutes,
  functions,
  entries: [entry('GET /list')],
  newErrors: [],
  comparison: undefined,
  knownChanges: [],
  weekHours: new Map(),
  courses: new Map(),
  unused: undefined,
  now,
  ...overrides,
});
