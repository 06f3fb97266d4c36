/** Builders of protocol data for the tests of this folder. */
import type { Profile } from '@runlens/protocol/api/profile';
import type { DocumentFunction, ServerStatus } from '@runlens/protocol/lsp';

export const instant = '2026-01-02T03:04:05.000Z';
export const now = Date.parse(instant);

export function profile(of: Partial<Profile> = {}): Profile {
  return {
    service: 'shop',
    environment: 'production',
    file: 'orders/checkout.ts',
    function: 'checkout',
    line: 10,
    calls: 1_500,
    callsPerMinute: 100,
    errors: 15,
    errorRate: 0.01,
    duration: {
      p50: 0.002,
      p90: 0.01,
      p95: 0.02,
      p99: 0.12,
      max: 0.3,
      mean: 0.004,
      total: 6,
      samples: 1_500,
      histogram: { zeroCount: 0, indexes: [-288, -287, -256], counts: [1, 2, 1] },
    },
    timeShare: 0.2,
    versions: [],
    instances: 1,
    measuredSince: instant,
    lastSeen: instant,
    entries: [],
    conditions: null,
    exemplars: [],
    callers: [],
    queries: [],
    outgoing: [],
    exceptions: [],
    ...of,
  };
}

export function documentFunction(of: Partial<DocumentFunction> & { readonly line?: number } = {}): DocumentFunction {
  const { line = 9, ...rest } = of;
  return {
    name: 'checkout',
    range: { start: { line, character: 0 }, end: { line: line + 5, character: 1 } },
    selectionRange: { start: { line, character: 9 }, end: { line, character: 17 } },
    state: { kind: 'measured', mapping: 'exact', profile: profile() },
    label: '100/min',
    heat: 4,
    failingElsewhere: [],
    ...rest,
  };
}

export function service(
  name: string,
  environments: Readonly<Record<string, readonly string[]>>,
): ServerStatus['services'][number] {
  return {
    name,
    lastSeen: instant,
    environments: Object.entries(environments).map(([environment, versions]) => ({
      name: environment,
      lastSeen: instant,
      versions: versions.map((version) => ({
        version,
        firstSeen: instant,
        lastSeen: instant,
        instances: 1,
        functions: 3,
      })),
    })),
  };
}

export function status(of: Partial<ServerStatus> = {}): ServerStatus {
  return {
    collector: { kind: 'connected', url: 'http://127.0.0.1:4318', version: '0.1.0' },
    selection: { window: '15m' },
    services: [service('shop', { production: ['42'] })],
    dataUntil: instant,
    effective: { service: 'shop', environment: 'production', versions: ['42'] },
    ...of,
  };
}
