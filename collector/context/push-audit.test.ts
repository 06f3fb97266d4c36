import { newsItem } from '@runlens/agent/interest/testing';
import type { AuditEntry } from '@runlens/protocol/audit';
import { expect, test } from 'vitest';
import { PushAudit } from './push-audit.ts';

function auditing() {
  const entries: AuditEntry[] = [];
  const clock = { now: 1_000_000 };
  const audit = new PushAudit({ record: (entry) => void entries.push(entry), now: () => clock.now });
  const push = (session: string) =>
    audit.told({
      actor: { name: 'codex (ada)', kind: 'agent', role: 'agent', session },
      ...{ via: 'hook UserPromptSubmit', items: [newsItem()], more: 2 },
    });
  return { entries, clock, audit, push };
}

test('what, to whom and why is recorded', () => {
  const { entries, push } = auditing();
  push('s1');
  expect(entries).toEqual([
    {
      actor: { name: 'codex (ada)', kind: 'agent', role: 'agent', session: 's1' },
      ...{ action: 'context.push', subject: 's1', outcome: 'done' },
      reason: 'e-0123456789ab fired: you work on charge',
      details: '{"via":"hook UserPromptSubmit","events":[{"id":"e-0123456789ab","change":"fired"}],"more":2}',
    },
  ]);
});

test('a flood is recorded in a number', () => {
  const { entries, clock, audit, push } = auditing();
  for (let n = 0; n < 10_000; n += 1) push(`s${n % 1_000}`);
  expect(entries).toHaveLength(60);
  audit.close();
  expect(entries).toHaveLength(61);
  expect(entries[60]?.subject).toBe('1000 sessions');
  expect(entries[60]?.reason).toContain('9940 more were told of 1 events');
  clock.now += 60_000;
  push('later');
  expect(entries[61]?.subject).toBe('later');
});
