import type { EntriesResponse } from '@runlens/protocol';
import { expect, test } from 'vitest';
import { facts, plainText, profile } from '../testing.ts';
import { serviceEntries } from './service-entries.ts';

const entry = (overrides: Partial<EntriesResponse['entries'][number]> = {}): EntriesResponse['entries'][number] => {
  const { service, environment, calls, callsPerMinute, errors, errorRate, duration, instances, lastSeen } = profile();
  const numbers = { calls, callsPerMinute, errors, errorRate, duration, instances, lastSeen };
  return { service, environment, name: 'GET /orders/:id', ...numbers, ...overrides };
};

test('no request says so, and does not list nothing', async () => {
  expect(await serviceEntries.call({}, { facts: facts() })).toMatchObject({
    kind: 'nothing',
    message: expect.stringContaining('No request was answered'),
  });
});

test('routes are listed in the order of the collector, without a histogram', async () => {
  const result = await serviceEntries.call(
    {},
    {
      facts: facts({ entries: [entry(), entry({ name: 'POST /checkout', duration: null, errors: 0, errorRate: 0 })] }),
    },
  );
  if (result.kind !== 'answer') throw new Error(result.message);
  expect(JSON.stringify(result.output)).not.toContain('histogram');
  expect(result.text(plainText).split('\n')).toEqual([
    'shop · production · last 15 min · 2 routes',
    'route            calls       rate     p50     p99     total        errors',
    'GET /orders/:id   603k  40.2k/min  3.1 ms  120 ms  31.2 min  2.4k (0.4 %)',
    'POST /checkout    603k  40.2k/min       –       –         –             0',
  ]);
});

test('what a hostile sender calls a route drives no terminal', async () => {
  const result = await serviceEntries.call({}, { facts: facts({ entries: [entry({ name: 'GET /\u001b[2J\nx' })] }) });
  if (result.kind !== 'answer') throw new Error(result.message);
  expect(result.text(plainText)).not.toContain('\u001b');
  expect(result.text(plainText).split('\n')).toHaveLength(3);
});
