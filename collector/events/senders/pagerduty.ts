/** PagerDuty, webhooks V3 (developer.pagerduty.com/docs/webhooks-overview): what becomes of incidents, signed. */
import { z } from 'zod';
import type { ReadMessage } from '../message.ts';
import { severityOf } from '../severity.ts';
import { hexSignature } from '../signatures.ts';
import { instantOf, labelsOf, parsed, type Sender, type WordTable } from './sender.ts';

const reference = z.looseObject({ id: z.string(), summary: z.string().nullish() }).nullish();
const webhookSchema = z.looseObject({
  event: z.looseObject({
    event_type: z.string(),
    occurred_at: z.string(),
    data: z.looseObject({
      id: z.string().optional(),
      title: z.string().nullish(),
      status: z.string().nullish(),
      urgency: z.string().nullish(),
      html_url: z.string().nullish(),
      created_at: z.string().nullish(),
      service: reference,
      priority: reference,
    }),
  }),
});

/** Those by which an incident begins, ends or is said to be worse; notes, responders and the like change nothing. */
const states: WordTable<'firing' | 'resolved'> = new Map([
  ['incident.triggered', 'firing'],
  ['incident.acknowledged', 'firing'],
  ['incident.unacknowledged', 'firing'],
  ['incident.escalated', 'firing'],
  ['incident.delegated', 'firing'],
  ['incident.reassigned', 'firing'],
  ['incident.reopened', 'firing'],
  ['incident.priority_updated', 'firing'],
  ['incident.resolved', 'resolved'],
]);

export const pagerduty: Sender = {
  name: 'pagerduty',
  signature: hexSignature('x-pagerduty-signature', 'v1='),
  read({ body, now }): ReadMessage[] {
    const { event } = parsed(webhookSchema, body, 'a webhook of PagerDuty (V3)');
    const { data } = event;
    const known = states.get(event.event_type);
    if (known === undefined || data.id === undefined) return [];
    // Of an incident that is over also its priority may be set.
    const state = data.status === 'resolved' ? 'resolved' : known;
    const at = instantOf(event.occurred_at, now);
    return [
      {
        message: {
          ...{ key: data.id, kind: 'incident', state, at },
          startedAt: event.event_type === 'incident.reopened' ? at : instantOf(data.created_at, at),
          severity: severityOf(data.priority?.summary ?? data.urgency ?? undefined, 'critical'),
          title: data.title ?? `Incident ${data.id}`,
          labels: labelsOf({
            service: data.service?.summary,
            pagerduty_service_id: data.service?.id,
            status: data.status,
            urgency: data.urgency,
            priority: data.priority?.summary,
          }),
          url: data.html_url ?? undefined,
        },
        evidence: event,
      },
    ];
  },
};
