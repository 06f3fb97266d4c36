/**
 * Prometheus Alertmanager, webhook version 4 (prometheus.io/docs/alerting/latest/configuration/#webhook_config): a group of alerts. It
 * cannot sign; `http_config.authorization` sends a secret.
 */
import { z } from 'zod';
import type { EventMessage, ReadMessage } from '../message.ts';
import { severityOf } from '../severity.ts';
import { instantOf, labelsOf, parsed, type Sender } from './sender.ts';

const mostAlerts = 2_000;
const pairs = z.record(z.string(), z.unknown()).optional();

export const alertSchema = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels: z.record(z.string(), z.unknown()),
  annotations: pairs,
  startsAt: z.string(),
  /** `0001-01-01T00:00:00Z` while it fires, or when it would be taken for resolved. */
  endsAt: z.string().optional(),
  generatorURL: z.string().optional(),
  /** Of the labels. */
  fingerprint: z.string().optional(),
});
export type Alert = z.infer<typeof alertSchema>;

const groupSchema = z.looseObject({
  version: z.literal('4'),
  commonLabels: pairs,
  commonAnnotations: pairs,
  externalURL: z.string().optional(),
  alerts: z.array(alertSchema).max(mostAlerts),
});

export const alertmanager: Sender = {
  name: 'alertmanager',
  read({ body, now }): ReadMessage[] {
    const group = parsed(groupSchema, body, 'a webhook of Alertmanager (version 4)');
    return group.alerts.map((alert) => ({ message: messageOfAlert(alert, now), evidence: alert }));
  },
};

/** Also of Grafana, which has the same fields and more. */
export function messageOfAlert(alert: Alert, now: number): EventMessage {
  const labels = labelsOf(alert.labels);
  const annotations = labelsOf(alert.annotations ?? {});
  const startedAt = instantOf(alert.startsAt, now);
  const isOver = alert.status === 'resolved';
  const endedAt = Math.max(startedAt, instantOf(alert.endsAt, now));
  const name = labels.alertname ?? 'Alert';
  const { summary, description, message, runbook_url: runbook } = annotations;
  return {
    key: alert.fingerprint ?? JSON.stringify(Object.entries(labels).sort()),
    kind: 'alert',
    state: alert.status,
    at: isOver ? endedAt : startedAt,
    startedAt,
    severity: severityOf(labels.severity ?? labels.priority, 'warning'),
    title: summary === undefined ? name : `${name}: ${summary}`,
    detail: description ?? message,
    labels,
    url: alert.generatorURL ?? runbook,
  };
}
