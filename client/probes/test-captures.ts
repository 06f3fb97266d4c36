/** Builders of captures and probes for the tests of this folder. */
import type { Capture, InstanceState, ProbeRequest, ProbeStatus } from '@runlens/protocol';
import { defaultCaptureLimits } from '@runlens/protocol/probes/limits';

export const instant = '2026-01-02T03:04:05.000Z';

export function aCapture(of: Partial<Capture> = {}): Capture {
  return {
    id: 'c-00000001',
    probe: 'p-00000001',
    kind: 'snapshot',
    at: instant,
    service: 'shop',
    environment: 'production',
    version: '42',
    instance: 'one',
    file: 'orders/checkout.ts',
    function: 'checkout',
    line: 12,
    redacted: 0,
    cut: [],
    cost: 0.1,
    ...of,
  };
}

export function anInstance(of: Partial<InstanceState> = {}): InstanceState {
  return { instance: 'one', state: 'armed', reached: 0, hits: 0, skipped: 0, failures: 0, cost: 0, at: instant, ...of };
}

export function aStatus(of: Partial<ProbeStatus> = {}, request: Partial<ProbeRequest> = {}): ProbeStatus {
  return {
    probe: {
      id: 'p-00000001',
      request: {
        kind: 'snapshot',
        place: { file: 'orders/checkout.ts', line: 42, at: 'line' },
        target: { service: 'shop' },
        ...request,
      },
      capture: defaultCaptureLimits,
      hits: 10,
      rate: 1,
      createdAt: instant,
      expiresAt: '2026-01-02T04:04:05.000Z',
      owner: { name: 'ada', kind: 'person', role: 'prober' },
      hash: '0'.repeat(64),
      paused: false,
    },
    state: 'armed',
    instances: [],
    hits: 0,
    captures: 0,
    numbers: [],
    ...of,
  };
}
