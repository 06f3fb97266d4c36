/** Payloads as the senders' public documentation has them, shortened where a list repeats itself. */
import { createHmac } from 'node:crypto';

export const secret = 'it-is-a-secret-of-both-sides';
export const hmacHex = (body: string): string => createHmac('sha256', secret).update(body).digest('hex');

/** prometheus.io/docs/alerting/latest/configuration/#webhook_config; names and forms as Alertmanager 0.25 sends them. */
export const alertmanagerGroup = (status: 'firing' | 'resolved' = 'firing') => ({
  receiver: 'runlens',
  status,
  alerts: [
    {
      status,
      labels: {
        alertname: 'HighErrorRate',
        severity: 'critical',
        service_name: 'shop',
        deployment_environment_name: 'production',
        http_route: '/checkout',
      },
      annotations: { summary: '8 % of requests fail', description: 'shop fails for 5 minutes.' },
      startsAt: '2026-01-02T11:55:00.000Z',
      endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-01-02T12:04:00.000Z',
      generatorURL: 'http://prometheus:9090/graph?g0.expr=up',
      fingerprint: 'c3c4c5a6b7d8e9f0',
    },
  ],
  groupLabels: { alertname: 'HighErrorRate' },
  commonLabels: { alertname: 'HighErrorRate' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager:9093',
  version: '4',
  groupKey: '{}:{alertname="HighErrorRate"}',
  truncatedAlerts: 0,
});

/** grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier */
export const grafanaGroup = {
  receiver: 'My Super Webhook',
  status: 'firing',
  orgId: 1,
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'High memory usage', team: 'blue', service: 'shop', env: 'production' },
      annotations: { description: 'The system has high memory usage', runbook_url: 'https://example.com/runbook' },
      startsAt: '2026-01-02T09:51:03.157076+02:00',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'https://play.grafana.org/alerting/1afz29v7z/edit',
      fingerprint: 'c6eadffa33fcdf37',
      silenceURL: 'https://play.grafana.org/alerting/silence/new?alertmanager=grafana',
      dashboardURL: '',
      panelURL: '',
      values: { B: 44.23943737541908, C: 1 },
      valueString: "[ var='B' labels={} value=44.23943737541908 ], [ var='C' labels={} value=1 ]",
    },
  ],
  groupLabels: {},
  commonLabels: { team: 'blue' },
  commonAnnotations: {},
  externalURL: 'https://play.grafana.org/',
  version: '1',
  groupKey: '{}:{}',
  truncatedAlerts: 0,
  title: '[FIRING:1] (blue)',
  state: 'alerting',
  message: '**Firing**',
};

/** developer.pagerduty.com/docs/webhooks-overview */
export const pagerdutyIncident = (type: string, occurredAt: string, status: string) => ({
  event: {
    id: '5ac64822-4adc-4fda-ade0-410becf0de4f',
    event_type: type,
    resource_type: 'incident',
    occurred_at: occurredAt,
    agent: { id: 'PLH1HKV', type: 'user_reference', summary: 'Tenex Engineer' },
    client: { name: 'PagerDuty' },
    data: {
      id: 'PGR0VU2',
      type: 'incident',
      self: 'https://api.pagerduty.com/incidents/PGR0VU2',
      html_url: 'https://acme.pagerduty.com/incidents/PGR0VU2',
      number: 2,
      status,
      incident_key: 'd3640fbd41094207a1c11e58e46b1662',
      created_at: '2026-01-02T12:00:00Z',
      title: 'A little bump in the road',
      service: { id: 'PF9KMXH', type: 'service_reference', summary: 'API Service' },
      assignees: [],
      escalation_policy: { id: 'PUS0KTE', type: 'escalation_policy_reference', summary: 'Default' },
      teams: [],
      priority: { id: 'PSO75BM', type: 'priority_reference', summary: 'P1' },
      urgency: 'high',
      conference_bridge: null,
      resolve_reason: null,
    },
  },
});

/** The variables of docs.datadoghq.com/integrations/webhooks in the template of `docs/events.md`. */
export const datadogMonitor = (transition: string, date: number) => ({
  alert_id: '1234',
  cycle_key: '2951623440517311',
  aggreg_key: '9bd4ac313a4d1e8fae2482df7b77628',
  transition,
  alert_type: 'error',
  priority: 'P2',
  title: `[${transition}] Shop is slow on {env:production,service:shop}`,
  text: 'avg(last_5m):p95 > 0.5',
  scope: 'env:production,service:shop',
  tags: 'monitor, env:production, team:blue, version:v42',
  date: String(date),
  link: 'https://app.datadoghq.com/event/jump_to?event_id=123456',
});

/** docs.sentry.io/integrations/integration-platform/webhooks/issue-alerts */
export const sentryIssueAlert = {
  action: 'triggered',
  actor: { id: 'sentry', name: 'Sentry', type: 'application' },
  data: {
    event: {
      culprit: 'charge(src/payments/charge.ts)',
      datetime: '2026-01-02T11:59:30.480000Z',
      environment: 'production',
      event_id: 'e4874d664c3540c1a32eab185f12c5ab',
      exception: {
        values: [
          {
            type: 'TypeError',
            value: "Cannot read properties of undefined (reading 'amount')",
            stacktrace: {
              frames: [
                { filename: 'node:internal/process/task_queues', function: 'process', in_app: false, lineno: 95 },
                { filename: 'app:///src/http/checkout.ts', function: 'checkout', in_app: true, lineno: 31 },
                { filename: '/usr/src/app/src/payments/charge.ts', function: 'Card.charge', in_app: true, lineno: 12 },
              ],
            },
          },
        ],
      },
      issue_id: '1170820242',
      issue_url: 'https://sentry.io/api/0/issues/1170820242/',
      level: 'error',
      release: 'shop@1.4.2',
      tags: [
        ['environment', 'production'],
        ['service', 'shop'],
      ],
      title: "TypeError: Cannot read properties of undefined (reading 'amount')",
      transaction: 'POST /checkout',
      web_url: 'https://sentry.io/organizations/acme/issues/1170820242/events/e4874d664c3540c1a32eab185f12c5ab/',
    },
    triggered_rule: 'Very Important Alert Rule!',
  },
  installation: { uuid: 'a8e5d37a-696c-4c54-adb5-b3f28d64c7de' },
};

/** docs.sentry.io/integrations/integration-platform/webhooks/issues */
export const sentryIssue = (action: string) => ({
  action,
  actor: { id: '1', name: 'Ada', type: 'user' },
  data: {
    issue: {
      id: '1170820242',
      culprit: 'charge(src/payments/charge.ts)',
      firstSeen: '2026-01-02T11:59:30.480000Z',
      lastSeen: '2026-01-02T12:30:00Z',
      level: 'error',
      metadata: { filename: './src/payments/charge.ts', function: 'charge', type: 'TypeError' },
      permalink: 'https://sentry.io/organizations/acme/issues/1170820242/',
      project: { id: '1', name: 'shop', slug: 'shop' },
      status: action,
      title: "TypeError: Cannot read properties of undefined (reading 'amount')",
    },
  },
  installation: { uuid: 'a8e5d37a-696c-4c54-adb5-b3f28d64c7de' },
});

/** docs.sentry.io/integrations/integration-platform/webhooks/metric-alerts */
export const sentryMetricAlert = (action: 'critical' | 'warning' | 'resolved') => ({
  action,
  actor: { id: 'sentry', name: 'Sentry', type: 'application' },
  data: {
    description_text: '1000 events in the last 10 minutes',
    description_title: `${action}: Too many errors`,
    metric_alert: {
      alert_rule: { id: '7', name: 'Too many errors', aggregate: 'count()', environment: 'production', query: '' },
      date_closed: action === 'resolved' ? '2026-01-02T12:20:00.000Z' : null,
      date_detected: '2026-01-02T12:00:00.000Z',
      date_started: '2026-01-02T11:50:00.000Z',
      id: '42',
      identifier: '1',
      projects: ['shop'],
      status: action === 'resolved' ? 2 : 20,
      title: 'Too many errors',
    },
    web_url: 'https://sentry.io/organizations/acme/alerts/rules/details/1/',
  },
  installation: { uuid: 'a8e5d37a-696c-4c54-adb5-b3f28d64c7de' },
});

/** support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data, docs.opsgenie.com/docs/webhook-integration */
export const opsgenieAlert = (action: string, updatedAt: number) => ({
  source: { name: 'web', type: 'API' },
  alert: {
    tags: ['service:shop', 'env:production', 'OverwriteQuietHours'],
    teams: [],
    responders: [],
    message: 'Checkout fails',
    username: 'ada@example.com',
    alertId: '052652ac-5d1c-464a-812a-7dd18bbfba8c',
    source: 'ada@example.com',
    alias: 'aliastest',
    tinyId: '10',
    entity: 'An example entity',
    createdAt: 1_767_355_200_000,
    updatedAt: updatedAt * 1_000_000,
    userId: 'daed1180-0ce8-438b-8f8e-57e1a5920a2d',
    description: 'Example description',
    priority: 'P1',
    details: { http_route: '/checkout' },
  },
  action,
  integrationId: '37c8f316-17c6-49d7-899b-9c7e540c048d',
  integrationName: 'Webhook',
});

const repository = { id: 1, name: 'shop', full_name: 'acme/shop', private: true };

/** docs.github.com/webhooks/webhook-events-and-payloads#deployment_status */
export const githubDeployment = (state: string, createdAt = '2026-01-02T12:00:05Z') => ({
  action: 'created',
  deployment_status: {
    id: 2,
    state,
    created_at: createdAt,
    updated_at: createdAt,
    description: '',
    environment: 'production',
    target_url: '',
    log_url: 'https://github.com/acme/shop/actions/runs/1',
    environment_url: '',
  },
  deployment: {
    id: 145_988_746,
    sha: 'f95f852bd8fca8fcc58a9a2d6c842781e32a215e',
    ref: 'main',
    task: 'deploy',
    payload: { version: 'v42' },
    environment: 'production',
    created_at: '2026-01-02T11:59:00Z',
  },
  repository,
  sender: { login: 'ada' },
});

/** docs.github.com/webhooks/webhook-events-and-payloads#release */
export const githubRelease = {
  action: 'published',
  release: {
    id: 17_372_790,
    tag_name: 'v1.2.0',
    target_commitish: 'main',
    name: null,
    draft: false,
    prerelease: false,
    published_at: '2026-01-02T12:00:00Z',
    html_url: 'https://github.com/acme/shop/releases/tag/v1.2.0',
  },
  repository,
};

/** `{{toJson .app}}` in the template of `docs/events.md`; fields of argo-cd.readthedocs.io's Application. */
export const argocdApplication = (phase: string, health: string) => ({
  app: {
    metadata: { name: 'shop', namespace: 'argocd', labels: { env: 'production' } },
    spec: {
      destination: { namespace: 'shop', server: 'https://kubernetes.default.svc' },
      project: 'default',
      source: { repoURL: 'https://github.com/acme/deployments', path: 'shop', targetRevision: 'HEAD' },
    },
    status: {
      health: { status: health, lastTransitionTime: '2026-01-02T12:03:00Z' },
      operationState: {
        phase,
        message: 'successfully synced (all tasks run)',
        startedAt: '2026-01-02T12:00:00Z',
        finishedAt: phase === 'Running' ? undefined : '2026-01-02T12:01:00Z',
        syncResult: { revision: '35f6f2bb50f1d5ac8c7d6be5bb9ba1a5d5d6b8a1' },
      },
      summary: { images: ['ghcr.io/acme/shop:v42'] },
      sync: { status: 'Synced', revision: '35f6f2bb50f1d5ac8c7d6be5bb9ba1a5d5d6b8a1' },
    },
  },
  url: 'https://argocd.example.com/applications/shop',
});

/** github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md, and cdevents.dev's service deployed */
export const cdEventDeployed = {
  specversion: '1.0',
  id: '271069a8-fc18-44f1-b38f-9d70a1695819',
  source: '/event/source/123',
  type: 'dev.cdevents.service.deployed.0.2.0',
  subject: 'shop',
  time: '2026-01-02T12:00:00Z',
  datacontenttype: 'application/json',
  data: {
    context: {
      version: '0.4.1',
      id: '271069a8',
      source: '/event/source/123',
      type: 'dev.cdevents.service.deployed.0.2.0',
    },
    subject: {
      id: 'shop',
      type: 'service',
      content: {
        environment: { id: 'production' },
        artifactId: 'pkg:oci/shop@sha256:0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa',
      },
    },
  },
};
