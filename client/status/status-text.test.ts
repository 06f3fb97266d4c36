import { describe, expect, test } from 'vitest';
import { documentFunction, instant, now, status } from '../test-data.ts';
import { type StatusInput, statusText } from './status-text.ts';

const say = (of: Partial<StatusInput> = {}) =>
  statusText({ status: status(), server: 'running', collectorStarting: false, functions: [], firing: [], now, ...of });
const collector = (kind: 'away' | 'unauthorized') =>
  kind === 'away'
    ? ({ kind, url: 'http://127.0.0.1:4318', lastSeen: instant, message: 'It does not answer.' } as const)
    : ({ kind, url: 'http://127.0.0.1:4318', message: 'The token is wrong.' } as const);

describe('the status bar', () => {
  test('names service and environment when all is well, and nothing else', () => {
    expect(say().text).toBe('$(pulse) shop · production');
    expect(say().severity).toBe('normal');
  });

  test('tells the age of data that has stopped coming', () => {
    expect(say({ now: now + 5 * 60_000 }).text).toBe('$(pulse) shop · production · 5 min ago');
  });

  test('says that there is no data, and not a zero', () => {
    expect(say({ status: status({ dataUntil: null }) }).text).toContain('no data');
  });

  test('tells that sensors of the shown environment do less, and what it costs', () => {
    const state = {
      level: 'counts-only',
      since: instant,
      offBy: [],
      cpuShare: 0.041,
      cpuBudget: 0.03,
      filesOff: [],
    } as const;
    const shown = status();
    const services = shown.services.map((service) => ({
      ...service,
      environments: service.environments.map((environment) => ({
        ...environment,
        limitedSensors: [{ version: '1', instance: 'a', state: { ...state, offBy: [], filesOff: [] } }],
      })),
    }));
    const said = say({ status: { ...shown, services } });
    expect(said.text).toContain('$(eye-closed)');
    expect(said.tooltip).toContain(
      'The sensor of an instance: steps back: counts only since 03:04 UTC, cost 4.1 % of CPU over its 3.0 % budget.',
    );
  });

  test('tells how well the shown environment is measured, without a mark where all is', () => {
    const shown = status();
    const services = shown.services.map((service) => ({
      ...service,
      environments: service.environments.map((environment) => ({
        ...environment,
        measurement: { levels: { full: 2 }, cpuShare: 0.012, dropped: [] },
      })),
    }));
    const said = say({ status: { ...shown, services } });
    expect(said.tooltip).toContain('2 sensors: all is measured, at a cost of at most 1.2 % of CPU.');
    expect(said.text).toBe('$(pulse) shop · production');
  });

  test('has another icon, text and severity for each state in which numbers cannot come', () => {
    const states = [
      say({ server: 'stopped' }),
      say({ status: status({ collector: { kind: 'none', message: 'None is known.' } }) }),
      say({ status: status({ collector: collector('away') }) }),
      say({ status: status({ collector: collector('unauthorized') }) }),
      say({ status: status({ services: [], effective: null }) }),
    ];
    expect(new Set(states.map((state) => state.text.split(' ')[0])).size).toBe(states.length);
    expect(states.map((state) => state.severity)).toEqual(['error', 'warning', 'warning', 'error', 'normal']);
  });

  test('tells when an away collector was last seen', () => {
    const said = say({ status: status({ collector: collector('away') }), now: now + 120_000 });
    expect(said.tooltip.join(' ')).toContain('last seen 2 min ago');
  });

  test('does not call a collector away while this window starts it', () => {
    expect(say({ status: status({ collector: collector('away') }), collectorStarting: true }).severity).toBe('normal');
  });

  test('warns when a function of the file fails in another environment', () => {
    const failing = documentFunction({ failingElsewhere: [{ environment: 'staging', errorRate: 0.12, calls: 50 }] });
    const said = say({ functions: [failing] });
    expect(said.text).toContain('$(warning)');
    expect(said.spoken).toContain('checkout fails elsewhere: staging 12 %');
  });

  test('speaks without icons', () => {
    for (const of of [say(), say({ server: 'stopped' }), say({ status: null })]) expect(of.spoken).not.toContain('$(');
  });
});
