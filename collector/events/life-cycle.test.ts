/** Messages as they come: late, twice, in another order, and again. */
import { describe, expect, it } from 'vitest';
import { type EventRecord, expired, expiresMilliseconds, isFlapping, told } from './life-cycle.ts';
import type { EventMessage } from './message.ts';
import { message, minute, now } from './testing.ts';

const firing = (at: number, overrides: Partial<EventMessage> = {}) => message({ at, ...overrides });
const resolved = (startedAt: number, at: number) => message({ state: 'resolved', startedAt, at });

/** All orders of a few. */
const orders = <Item>(items: readonly Item[]): Item[][] =>
  items.length <= 1
    ? [[...items]]
    : items.flatMap((item, i) => orders(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));

function after(messages: readonly EventMessage[]): EventRecord {
  let record: EventRecord | undefined;
  for (const each of messages) record = told(record, 'alertmanager', each, now + 60 * minute).record;
  if (record === undefined) throw new Error('no messages');
  return record;
}

describe('an event', () => {
  it('fires, goes on, and is over', () => {
    const first = told(undefined, 'alertmanager', firing(now), now);
    expect(first.change).toBe('fired');
    const repeated = told(first.record, 'alertmanager', firing(now), now + 5 * minute);
    expect(repeated).toMatchObject({ change: undefined, record: { messages: 2, lastSeen: now + 5 * minute } });
    const over = told(repeated.record, 'alertmanager', resolved(now, now + 9 * minute), now + 10 * minute);
    expect(over).toMatchObject({ change: 'resolved', record: { startedAt: now, endedAt: now + 9 * minute } });
  });

  it('ends the same in whatever order its messages come', () => {
    const messages = [
      firing(now),
      resolved(now, now + 2 * minute),
      firing(now + 5 * minute),
      resolved(now + 5 * minute, now + 8 * minute),
    ];
    for (const order of orders(messages)) {
      expect(after(order), JSON.stringify(order.map(({ at, state }) => [state, (at - now) / minute]))).toMatchObject({
        state: 'resolved',
        startedAt: now + 5 * minute,
        endedAt: now + 8 * minute,
      });
    }
  });

  it('that is over is not opened again by its own beginning that comes late', () => {
    const over = told(undefined, 'pagerduty', message({ state: 'resolved', at: now + minute }), now + minute).record;
    const late = told(over, 'pagerduty', firing(now), now + 2 * minute);
    expect(late).toMatchObject({ change: undefined, record: { state: 'resolved', startedAt: now } });
  });

  it('is over where both are told of one second', () => {
    for (const order of orders([firing(now), resolved(now, now)])) expect(after(order).state).toBe('resolved');
  });

  it('tells when it becomes worse', () => {
    const { record } = told(undefined, 'grafana', firing(now), now);
    const worse = told(record, 'grafana', firing(now + minute, { severity: 'critical', startedAt: now }), now + minute);
    expect(worse).toMatchObject({ change: 'changed', record: { startedAt: now } });
  });

  it('of a clock that is ahead counts as of now, so that its end is believed', () => {
    const { record } = told(undefined, 'generic', firing(now + 999 * minute), now);
    expect(record.startedAt).toBeLessThanOrEqual(now + minute);
    expect(told(record, 'generic', resolved(now, now + 2 * minute), now + 2 * minute).change).toBe('resolved');
  });

  it('that comes and goes is told to do so', () => {
    let record: EventRecord | undefined;
    for (let i = 0; i < 4; i += 1) {
      const at = now + i * 4 * minute;
      if (record) expect(isFlapping(record, at)).toBe(false);
      record = told(record, 'alertmanager', firing(at), at).record;
      if (i < 3) record = told(record, 'alertmanager', resolved(at, at + minute), at + minute).record;
    }
    expect(record && isFlapping(record, now + 12 * minute)).toBe(true);
    expect(record && isFlapping(record, now + 60 * minute)).toBe(false);
  });

  it('of which nobody says anything for a week is closed', () => {
    const { record } = told(undefined, 'alertmanager', firing(now), now);
    expect(expired(record, now + expiresMilliseconds - 1).change).toBeUndefined();
    expect(expired(record, now + expiresMilliseconds)).toMatchObject({
      change: 'resolved',
      record: { expired: true, endedAt: now },
    });
  });
});
