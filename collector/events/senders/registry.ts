/** Every sender. A new one is one file here, one line below, and its name in `protocol/api/events.ts`. */
import type { EventSender } from '@runlens/protocol/api/events';
import { alertmanager } from './alertmanager.ts';
import { argocd } from './argocd.ts';
import { cloudevents } from './cloudevents.ts';
import { datadog } from './datadog.ts';
import { generic } from './generic.ts';
import { github } from './github.ts';
import { grafana } from './grafana.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerduty } from './pagerduty.ts';
import type { Sender } from './sender.ts';
import { sentry } from './sentry.ts';

const all: readonly Sender[] = [
  ...[alertmanager, grafana, pagerduty, datadog, sentry, opsgenie],
  ...[github, argocd, cloudevents, generic],
];
export const senders: ReadonlyMap<EventSender, Sender> = new Map(all.map((sender) => [sender.name, sender]));
