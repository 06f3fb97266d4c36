/** Builders for the tests of events. */
import type { EventMessage } from './message.ts';

export const minute = 60_000;
export const now = Date.parse('2026-01-02T12:00:00.000Z');

export function message(overrides: Partial<EventMessage> = {}): EventMessage {
  const at = overrides.at ?? now;
  return {
    ...{ key: 'one', kind: 'alert', state: 'firing', at, startedAt: at, severity: 'warning', title: 'Errors' },
    labels: { service: 'shop' },
    ...overrides,
  };
}
