/** Each sender's payloads, as its documentation has them, become events. */
import type { EventSender } from '@runlens/protocol/api/events';
import { describe, expect, it } from 'vitest';
import type { EventMessage } from '../message.ts';
import { senders } from './registry.ts';
import * as payloads from './testing.ts';

const now = Date.parse('2026-01-02T12:10:00.000Z');
const at = (text: string): number => Date.parse(`2026-01-02T${text}Z`);

function read(name: EventSender, body: unknown, headers: Record<string, string> = {}): readonly EventMessage[] {
  const sender = senders.get(name);
  if (sender === undefined) throw new Error(`no sender ${name}`);
  return sender.read({ body, header: (each) => headers[each], now }).map(({ message }) => message);
}

describe('a payload of', () => {
  it('Alertmanager is its alerts', () => {
    const [firing] = read('alertmanager', payloads.alertmanagerGroup());
    expect(firing).toMatchObject({
      ...{ kind: 'alert', state: 'firing', severity: 'critical', at: at('11:55:00'), startedAt: at('11:55:00') },
      title: 'HighErrorRate: 8 % of requests fail',
      labels: { service_name: 'shop', http_route: '/checkout' },
    });
    const [resolved] = read('alertmanager', payloads.alertmanagerGroup('resolved'));
    expect(resolved).toMatchObject({ key: firing?.key, state: 'resolved', at: at('12:04:00') });
  });

  it('Grafana is its alerts, in whatever time zone', () => {
    expect(read('grafana', payloads.grafanaGroup)).toMatchObject([
      {
        ...{ title: 'High memory usage', startedAt: at('07:51:03.157'), state: 'firing', severity: 'warning' },
        url: 'https://play.grafana.org/alerting/1afz29v7z/edit',
      },
    ]);
  });

  it('PagerDuty is one incident through all it goes through', () => {
    const told = [
      payloads.pagerdutyIncident('incident.triggered', '2026-01-02T12:00:00.000Z', 'triggered'),
      payloads.pagerdutyIncident('incident.acknowledged', '2026-01-02T12:02:00.000Z', 'acknowledged'),
      payloads.pagerdutyIncident('incident.annotated', '2026-01-02T12:03:00.000Z', 'acknowledged'),
      payloads.pagerdutyIncident('incident.resolved', '2026-01-02T12:09:00.000Z', 'resolved'),
    ].flatMap((body) => read('pagerduty', body));
    expect(told.map(({ key, state }) => `${key} ${state}`)).toEqual([
      ...['PGR0VU2 firing', 'PGR0VU2 firing', 'PGR0VU2 resolved'],
    ]);
    expect(told[0]).toMatchObject({ kind: 'incident', severity: 'critical', labels: { service: 'API Service' } });
    expect(told[2]).toMatchObject({ at: at('12:09:00'), startedAt: at('12:00:00') });
  });

  it.each([
    ['Triggered', 'firing', 'critical'],
    ['Re-Triggered', 'firing', 'critical'],
    ['Warn', 'firing', 'warning'],
    ['No Data', 'firing', 'warning'],
    ['Recovered', 'resolved', 'critical'],
    ['Warn Recovered', 'resolved', 'warning'],
  ])('Datadog: %s', (transition, state, severity) => {
    expect(read('datadog', payloads.datadogMonitor(transition, now))).toMatchObject([
      {
        ...{ key: '9bd4ac313a4d1e8fae2482df7b77628', state, severity, at: now },
        title: 'Shop is slow on {env:production,service:shop}',
        labels: { service: 'shop', env: 'production', version: 'v42' },
      },
    ]);
  });

  it('Sentry names the functions, the innermost first, and is resolved by its issue', () => {
    const [alert] = read('sentry', payloads.sentryIssueAlert, { 'sentry-hook-resource': 'event_alert' });
    expect(alert).toMatchObject({
      ...{ state: 'firing', environment: 'production', version: 'shop@1.4.2', entries: ['POST /checkout'] },
      labels: { service: 'shop' },
      functions: [
        { file: 'src/payments/charge.ts', function: 'Card.charge', line: 12 },
        { file: 'src/http/checkout.ts', function: 'checkout', line: 31 },
      ],
    });
    const headers = { 'sentry-hook-resource': 'issue', 'sentry-hook-timestamp': String(now / 1_000) };
    expect(read('sentry', payloads.sentryIssue('resolved'), headers)).toMatchObject([
      { key: alert?.key, state: 'resolved', at: now, functions: [{ file: 'src/payments/charge.ts' }] },
    ]);
    expect(read('sentry', payloads.sentryIssue('assigned'), headers)).toEqual([]);
  });

  it('Sentry also is a metric alert that ends', () => {
    const headers = { 'sentry-hook-resource': 'metric_alert' };
    const [critical] = read('sentry', payloads.sentryMetricAlert('critical'), headers);
    const [resolved] = read('sentry', payloads.sentryMetricAlert('resolved'), headers);
    expect(critical).toMatchObject({ state: 'firing', severity: 'critical', startedAt: at('11:50:00') });
    expect(resolved).toMatchObject({ key: critical?.key, state: 'resolved', at: at('12:20:00') });
  });

  it('Opsgenie is one alert, whose time may be in nanoseconds', () => {
    const [created] = read('opsgenie', payloads.opsgenieAlert('Create', at('12:00:00')));
    const [closed] = read('opsgenie', payloads.opsgenieAlert('Close', at('12:08:00')));
    expect(created).toMatchObject({
      ...{ state: 'firing', severity: 'critical', at: at('12:00:00'), title: 'Checkout fails' },
      labels: { service: 'shop', env: 'production', http_route: '/checkout' },
    });
    expect(closed).toMatchObject({ key: created?.key, state: 'resolved', at: at('12:08:00') });
    expect(read('opsgenie', payloads.opsgenieAlert('AddNote', at('12:08:00')))).toEqual([]);
  });

  it('GitHub is a deployment from its beginning to its end', () => {
    const headers = { 'x-github-event': 'deployment_status' };
    const states = ['pending', 'in_progress', 'success', 'inactive'];
    const told = states.flatMap((state) => read('github', payloads.githubDeployment(state), headers));
    expect(told.map(({ state }) => state)).toEqual(['firing', 'firing', 'resolved']);
    expect(told[2]).toMatchObject({
      ...{ kind: 'deployment', title: 'shop main to production', version: 'v42', environment: 'production' },
      ...{ revision: 'f95f852bd8fca8fcc58a9a2d6c842781e32a215e', labels: { repository: 'shop' } },
    });
    const [failure] = read('github', payloads.githubDeployment('failure'), headers);
    expect(failure).toMatchObject({ severity: 'warning', title: 'Deployment of shop main to production failed' });
    expect(read('github', { zen: 'Design for failure.' }, { 'x-github-event': 'ping' })).toEqual([]);
  });

  it('GitHub also is a release', () => {
    expect(read('github', payloads.githubRelease, { 'x-github-event': 'release' })).toMatchObject([
      { kind: 'release', state: 'resolved', version: 'v1.2.0', title: 'shop v1.2.0' },
    ]);
  });

  it('Argo CD is a deployment and how healthy it is', () => {
    expect(read('argocd', payloads.argocdApplication('Running', 'Progressing'))).toMatchObject([
      { kind: 'deployment', state: 'firing', version: 'v42' },
    ]);
    expect(read('argocd', payloads.argocdApplication('Succeeded', 'Degraded'))).toMatchObject([
      { kind: 'deployment', state: 'resolved', title: 'shop v42', labels: { app: 'shop', env: 'production' } },
      { kind: 'alert', state: 'firing', title: 'shop is degraded', at: at('12:03:00') },
    ]);
  });

  it('CloudEvents is of whichever form', () => {
    expect(read('cloudevents', payloads.cdEventDeployed)).toMatchObject([
      { kind: 'deployment', state: 'resolved', service: 'shop', environment: 'production' },
    ]);
    const event = { specversion: '1.0', id: '1', source: '/ci', type: 'com.acme.alert', subject: 'shop' };
    expect(read('cloudevents', [{ ...event, data: { severity: 'critical', service: 'shop' } }])).toMatchObject([
      { title: 'com.acme.alert: shop', severity: 'critical', service: 'shop', state: 'firing' },
    ]);
    const headers = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/ci', 'ce-type': 'com.acme.deployed' };
    const data = { title: 'shop v2', kind: 'deployment', version: 'v2' };
    expect(read('cloudevents', data, headers)).toMatchObject([{ title: 'shop v2', state: 'resolved', version: 'v2' }]);
  });
});

describe('what is no payload', () => {
  const header = { 'sentry-hook-resource': 'event_alert', 'x-github-event': 'deployment_status' };
  it.each([...senders.keys()])('of %s is refused with what is missing', (name) => {
    for (const body of [null, 1, 'text', [], {}, [1], { alerts: 5 }, { event: null }, { app: {} }, { data: [] }]) {
      try {
        expect(read(name, body, header)).toEqual([]);
      } catch (error) {
        expect(error).toMatchObject({ name: 'UnreadableEventError', message: expect.stringContaining('is not') });
      }
    }
  });
});
