/**
 * Datadog monitors (docs.datadoghq.com/integrations/webhooks): the payload is the user's template, which `docs/events.md` gives; it cannot
 * sign, and sends a secret as a custom header.
 */
import { z } from 'zod';
import type { ReadMessage } from '../message.ts';
import { severityOf } from '../severity.ts';
import { instantOf, loose, parsed, type Sender } from './sender.ts';

const webhookSchema = z.looseObject({
  /** `$ALERT_ID`: of the monitor. */
  alert_id: loose,
  /** `$ALERT_CYCLE_KEY`: from when it fires to when it is over. */
  cycle_key: loose,
  /** `$AGGREG_KEY`: of the monitor and its group. */
  aggreg_key: loose,
  /** `$ALERT_TRANSITION` */
  transition: z.string().min(1),
  /** `$ALERT_TYPE` */
  alert_type: loose,
  /** `$ALERT_PRIORITY` */
  priority: loose,
  /** `$EVENT_TITLE` */
  title: loose,
  /** `$EVENT_MSG` or `$TEXT_ONLY_MSG` */
  text: loose,
  /** `$ALERT_SCOPE`, and `$TAGS`: `service:shop,env:production` */
  scope: loose,
  tags: loose,
  /** `$LAST_UPDATED` or `$DATE`: milliseconds */
  date: loose,
  /** `$LINK` */
  link: loose,
});

/** How Datadog calls it when a monitor changes; `Renotify` is what was told before. */
const over = /^(?:recovered|warn recovered|no data recovered|unmonitored)$/i;
const warns = /^(?:warn|no data|re-?no data|re-?warn)/i;

export const datadog: Sender = {
  name: 'datadog',
  read({ body, now }): ReadMessage[] {
    const told = parsed(webhookSchema, body, 'the payload of docs/events.md for Datadog');
    const at = instantOf(told.date, now);
    const labels = { ...tagsOf(told.tags), ...tagsOf(told.scope) };
    const key = told.aggreg_key ?? told.cycle_key ?? told.alert_id;
    const otherwise = warns.test(told.transition) ? 'warning' : 'critical';
    return [
      {
        message: {
          key: key ?? JSON.stringify([told.title, told.scope]),
          kind: 'alert',
          state: over.test(told.transition) ? 'resolved' : 'firing',
          at,
          startedAt: at,
          severity: otherwise === 'warning' ? otherwise : severityOf(told.priority, otherwise),
          // The state is told beside it, and would make another title of each.
          title: (told.title ?? 'Datadog monitor').replace(/^\[[^\]]{0,60}\]\s*/, ''),
          detail: told.text,
          labels,
          url: told.link,
        },
        evidence: body,
      },
    ];
  },
};

/** `service:shop, env:production` */
function tagsOf(text: string | undefined): Record<string, string> {
  const made: Record<string, string> = {};
  for (const tag of (text ?? '').slice(0, 4_000).split(',')) {
    const at = tag.indexOf(':');
    if (at > 0) made[tag.slice(0, at).trim()] = tag.slice(at + 1).trim();
  }
  return made;
}
