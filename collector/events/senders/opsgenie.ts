/**
 * Opsgenie, webhook integration (support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data has its fields): what is done
 * with alerts. It cannot sign, and sends a secret as a custom header.
 */
import { z } from 'zod';
import type { ReadMessage } from '../message.ts';
import { severityOf } from '../severity.ts';
import { instantOf, labelsOf, loose, parsed, type Sender, type WordTable } from './sender.ts';

const webhookSchema = z.looseObject({
  action: z.string(),
  alert: z.looseObject({
    alertId: z.string(),
    alias: loose,
    message: loose,
    description: loose,
    priority: loose,
    entity: loose,
    source: loose,
    /** Milliseconds. */
    createdAt: loose,
    /** Milliseconds, of some versions nanoseconds. */
    updatedAt: loose,
    tags: z.array(z.string()).nullish(),
    details: z.record(z.string(), z.unknown()).nullish(),
  }),
});

const states: WordTable<'firing' | 'resolved'> = new Map([
  ['Create', 'firing'],
  ['Acknowledge', 'firing'],
  ['UnAcknowledge', 'firing'],
  ['Escalate', 'firing'],
  ['UpdatePriority', 'firing'],
  ['UpdateMessage', 'firing'],
  ['Close', 'resolved'],
  ['Delete', 'resolved'],
]);

export const opsgenie: Sender = {
  name: 'opsgenie',
  read({ body, now }): ReadMessage[] {
    const { action, alert } = parsed(webhookSchema, body, 'a webhook of Opsgenie');
    const state = states.get(action);
    if (state === undefined) return [];
    const startedAt = instantOf(alert.createdAt, now);
    const updated = alert.updatedAt?.slice(0, 13);
    const tags = (alert.tags ?? []).filter((tag) => tag.includes(':'));
    return [
      {
        message: {
          key: alert.alertId,
          kind: 'alert',
          state,
          at: action === 'Create' ? startedAt : Math.max(startedAt, instantOf(updated, now)),
          startedAt,
          severity: severityOf(alert.priority, 'warning'),
          title: alert.message ?? 'Opsgenie alert',
          detail: alert.description,
          labels: {
            ...Object.fromEntries(tags.map((tag) => [tag.slice(0, tag.indexOf(':')), tag.slice(tag.indexOf(':') + 1)])),
            ...labelsOf({ ...alert.details, alias: alert.alias, entity: alert.entity, priority: alert.priority }),
          },
        },
        evidence: body,
      },
    ];
  },
};
