/** From labels to services, and when nobody is to be disturbed: by `runlens.yml` first. */
import { describe, expect, it } from 'vitest';
import { PolicyError, parsePolicy } from '../policy/read-policy.ts';
import { type EventRecord, told } from './life-cycle.ts';
import { placeOf } from './place.ts';
import { isQuiet } from './quiet-hours.ts';
import { message, now } from './testing.ts';

const policy = parsePolicy(`
events:
  mappings:
    - name: the gateway
      sources: [alertmanager]
      labels: { job: "gateway-*", title: "*degraded*" }
      service: payments
      environment: production
      entries: ["POST /pay*"]
    - labels: { team: blue }
      service: orders
  quiet:
    - { from: "22:00", to: "06:00", days: [fri], timeZone: Europe/Berlin, environments: ["stag*"] }
    - { from: "12:00", to: "13:00", services: [orders] }
`);
const record = (labels: Record<string, string>, title = 'payment-gateway degraded'): EventRecord =>
  told(undefined, 'alertmanager', message({ labels, title }), now).record;
const place = (labels: Record<string, string>, title?: string) =>
  placeOf(record(labels, title), { policy, isKnown: (name) => name === 'shop' || name === 'payments' });

describe('the service of an event', () => {
  it.each<[string, Record<string, string>, string | null, string]>([
    ['by the first mapping that fits', { job: 'gateway-eu', team: 'blue' }, 'payments', 'the mapping “the gateway”'],
    ['by another mapping', { job: 'other', team: 'blue' }, 'orders', 'a mapping of runlens.yml'],
    ['by the label that says so', { service_name: 'shop', app: 'payments' }, 'shop', 'the label service_name'],
    ['also where nobody knows it', { service: 'mail' }, 'mail', 'the label service'],
    ['by one that is known rather than one that is not', { service: 'mail', app: 'shop' }, 'shop', 'the label app'],
    ['never by one that only might', { app: 'mail', job: 'node' }, null, 'say in runlens.yml'],
  ])('is found %s', (_, labels, service, how) => {
    const found = place(labels);
    expect(found.service).toBe(service);
    expect(found.how.join('; ')).toContain(how);
  });

  it('has the requests of the mapping and of the labels', () => {
    const labels = { job: 'gateway-eu', http_route: '/refund', method: 'post' };
    expect(place(labels)).toMatchObject({ environment: 'production', entries: ['POST /pay*', 'POST /refund'] });
    expect(place({ service: 'shop', env: 'staging' })).toMatchObject({ environment: 'staging', entries: [] });
    expect(place(labels, 'another title').mapping).toBeUndefined();
  });
});

describe('quiet hours', () => {
  const quiet = policy.events?.quiet ?? [];
  const is = (at: string, service: string | null, environment: string | null) =>
    isQuiet(quiet, { service, environment }, Date.parse(at));
  it('are on the clock of their time zone, of the day on which they begin', () => {
    // 2026-01-02 is a Friday; Berlin is an hour ahead.
    expect(is('2026-01-02T21:00:00Z', 'shop', 'staging')).toBe(true);
    expect(is('2026-01-02T20:59:00Z', 'shop', 'staging')).toBe(false);
    expect(is('2026-01-03T04:59:00Z', 'shop', 'staging')).toBe(true);
    expect(is('2026-01-03T05:00:00Z', 'shop', 'staging')).toBe(false);
    expect(is('2026-01-03T23:00:00Z', 'shop', 'staging')).toBe(false);
    // In summer two hours.
    expect(is('2026-07-03T20:00:00Z', 'shop', 'staging')).toBe(true);
  });

  it('are of what they name', () => {
    expect(is('2026-01-02T23:00:00Z', 'shop', 'production')).toBe(false);
    expect(is('2026-01-02T23:00:00Z', 'shop', null)).toBe(false);
    expect(is('2026-01-05T12:30:00Z', 'orders', null)).toBe(true);
    expect(is('2026-01-05T12:30:00Z', 'shop', null)).toBe(false);
  });
});

it.each([
  ['events:\n  quiet:\n    - { from: "25:00", to: "06:00" }', 'events.quiet.0.from: give a time such as 22:00'],
  ['events:\n  quiet:\n    - { from: "22:00", to: "06:00", timeZone: Berlin }', 'the name of a time zone'],
  ['events:\n  thresholds:\n    - { errorRate: 5 }', 'events.thresholds.0.errorRate'],
  ['events:\n  mappings:\n    - { sources: [nagios] }', 'events.mappings.0.sources.0'],
  ['events:\n  mapping: []', 'events'],
])('a mistake in runlens.yml is told: %#', (text, said) => {
  expect(() => parsePolicy(text)).toThrow(PolicyError);
  expect(() => parsePolicy(text)).toThrow(said);
});
