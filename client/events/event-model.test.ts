import type { EventEvent, ProductionEvent } from '@runlens/protocol/api/events';
import type { EventItem } from '@runlens/protocol/lsp-events';
import { describe, expect, it } from 'vitest';
import { eventLenses, eventNodes, firingEvents, notification } from './event-model.ts';

const now = Date.parse('2026-01-02T12:00:00.000Z');
const at = '2026-01-02T11:48:00.000Z';
const range = { start: { line: 11, character: 2 }, end: { line: 11, character: 8 } };
const location = { uri: 'file:///shop/payments/charge.ts', range };
const functionOf = (file: string) => ({ file, function: 'charge', line: 12, why: '8 of 100 calls failed' });

function item(overrides: Partial<ProductionEvent> = {}): EventItem {
  const concerns = {
    how: ['service shop: the label service_name'],
    entries: ['POST /checkout'],
    functions: [functionOf('payments/charge.ts'), functionOf('elsewhere/charge.ts')],
    files: [],
  };
  return {
    event: {
      ...{ id: 'e-1', source: 'alertmanager', kind: 'errorRate', state: 'firing', severity: 'critical', labels: {} },
      ...{ title: 'Requests of shop fail', detail: '8 % of 5k requests failed in 5 minutes', service: 'shop' },
      ...{ environment: 'production', version: null, revision: null, startedAt: at, endedAt: null, expired: false },
      ...{ firstSeen: at, lastSeen: at, messages: 1, fired: 1, flapping: false, quiet: false, concerns },
      ...overrides,
    },
    locations: [location, null],
  };
}

describe('an event in the view', () => {
  it('says what, where and since when, and has what it concerns below', () => {
    const [node] = eventNodes([item({ url: 'https://alerts' })], now);
    expect(node).toMatchObject({
      ...{ label: 'Requests of shop fail', description: 'shop production · began 12 min ago' },
      ...{ context: 'event-url-here', icon: 'error', color: 'problemsErrorIcon.foreground', location },
    });
    expect(node?.children.map(({ label }) => label)).toEqual([
      ...['charge', 'charge', '8 % of 5k requests failed in 5 minutes', 'Requests: POST /checkout'],
      'service shop: the label service_name',
    ]);
    expect(node?.children[1]).toMatchObject({ location: null, description: expect.stringContaining('not in this') });
  });

  it('is quiet when it is over, and says what it is not told of', () => {
    const over = { state: 'resolved', endedAt: at, service: null, environment: null, flapping: true } as const;
    const [node] = eventNodes([{ ...item(over), locations: [] }], now);
    expect(node).toMatchObject({ icon: 'check', color: undefined, context: 'event', location: null });
    expect(node?.description).toBe('no service · 12 min ago · flapping');
  });

  it('is one harmless line, whatever its sender says', () => {
    const [node] = eventNodes([item({ title: '$(flame) evil\n\u202e[x](command:y)' })], now);
    expect(node?.label).not.toMatch(/\$\(|\n|\u202e/);
  });
});

describe('a lens', () => {
  it('stands above the functions of what fires, once each, the worst first', () => {
    const lenses = eventLenses([item(), item({ id: 'e-2', severity: 'warning' })], now);
    expect(lenses).toEqual([
      {
        ...{ uri: location.uri, range, id: 'e-1' },
        text: '● Error rate: Requests of shop fail, began 12 min ago, 8 % of 5k requests failed in 5 minutes',
      },
    ]);
  });

  it('does not stand there when it is over, only information, or a finding', () => {
    const others = [item({ state: 'resolved' }), item({ severity: 'info' }), item({ kind: 'finding' })];
    expect(eventLenses(others, now)).toEqual([]);
    expect(firingEvents([...others, item()]).length).toBe(1);
  });
});

describe('a notification', () => {
  type Change = EventEvent['changes'][number];
  const change = (overrides: Partial<Change> = {}): Change => ({
    ...{ id: 'e-1', service: 'shop', environment: 'production', kind: 'alert', severity: 'critical', quiet: false },
    ...{ title: 'HighErrorRate', change: 'fired' },
    ...overrides,
  });
  it.each<[string, readonly Partial<Change>[], Parameters<typeof notification>[1], string | undefined]>([
    ['of what begins', [{}], 'critical', 'shop production: HighErrorRate.'],
    [
      'of the worst, with how many more',
      [{ severity: 'info' }, {}],
      'info',
      'shop production: HighErrorRate. And 1 more event.',
    ],
    [
      'of what comes and goes',
      [{ change: 'flapping' }],
      'critical',
      'shop production: HighErrorRate (comes and goes).',
    ],
    ['not below what was asked for', [{ severity: 'warning' }], 'critical', undefined],
    ['not in quiet hours', [{ quiet: true }], 'info', undefined],
    ['not of findings', [{ kind: 'finding' }], 'info', undefined],
    ['not of what is over', [{ change: 'resolved' }, { change: 'changed' }], 'info', undefined],
    ['never when it is off', [{}], 'off', undefined],
  ])('is %s', (_, changes, from, text) => expect(notification(changes.map(change), from)?.text).toBe(text));
});
