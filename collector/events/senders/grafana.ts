/**
 * Grafana Alerting, webhook contact point (grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier):
 * Alertmanager's fields and more, signed where a secret is set.
 */
import { z } from 'zod';
import type { ReadMessage } from '../message.ts';
import { grafanaSignature } from '../signatures.ts';
import { alertSchema, messageOfAlert } from './alertmanager.ts';
import { parsed, type Sender } from './sender.ts';

const mostAlerts = 2_000;

const groupSchema = z.looseObject({
  alerts: z
    .array(
      z.looseObject({
        ...alertSchema.shape,
        valueString: z.string().nullish(),
        panelURL: z.string().nullish(),
        dashboardURL: z.string().nullish(),
      }),
    )
    .max(mostAlerts),
});

export const grafana: Sender = {
  name: 'grafana',
  signature: grafanaSignature,
  read({ body, now }): ReadMessage[] {
    const { alerts } = parsed(groupSchema, body, 'a webhook of Grafana Alerting');
    return alerts.map((alert) => {
      const message = messageOfAlert(alert, now);
      const url = [alert.panelURL, alert.dashboardURL, message.url].find((each) => each);
      return {
        message: { ...message, url: url ?? undefined, detail: message.detail ?? (alert.valueString || undefined) },
        evidence: alert,
      };
    });
  },
};
