/** Our own form, for scripts, pipelines and senders that take a template: `docs/events.md`. One event, or a list of them. */
import { genericEventSchema } from '@runlens/protocol/api/events';
import { z } from 'zod';
import type { EventMessage, ReadMessage } from '../message.ts';
import { standardSignature } from '../signatures.ts';
import { instantOf, labelsOf, parsed, type Sender } from './sender.ts';

const mostAtOnce = 1_000;
const listSchema = z.array(z.unknown()).max(mostAtOnce);

export const generic: Sender = {
  name: 'generic',
  signature: standardSignature,
  read: ({ body, now }) =>
    Array.isArray(body)
      ? parsed(listSchema, body, 'a list of at most 1,000 events').map((each) => genericMessage(each, now))
      : [genericMessage(body, now)],
};

export function genericMessage(body: unknown, now: number): ReadMessage {
  const {
    kind,
    title,
    state,
    severity,
    at,
    startedAt,
    key,
    functions,
    labels = {},
    ...rest
  } = parsed(genericEventSchema, body, 'an event of the generic form (docs/events.md)');
  const isAlert = kind === 'alert' || kind === 'incident';
  const became = instantOf(at, now);
  const message: EventMessage = {
    ...rest,
    key: key ?? JSON.stringify([kind, title, rest.service ?? '', rest.environment ?? '', rest.version ?? '']),
    kind,
    title,
    state: state ?? (isAlert ? 'firing' : 'resolved'),
    severity: severity ?? (isAlert ? 'warning' : 'info'),
    at: became,
    startedAt: instantOf(startedAt, became),
    labels: labelsOf(labels),
    functions: functions?.map(({ line = 0, ...each }) => ({ ...each, line })),
  };
  return { message, evidence: body };
}
