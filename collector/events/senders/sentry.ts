/**
 * Sentry, integration platform (docs.sentry.io/integrations/integration-platform/webhooks): issue alerts and issues with their stack
 * traces, metric alerts; signed.
 */
import { z } from 'zod';
import type { EventMessage, NamedFunction, ReadMessage } from '../message.ts';
import { severityOf } from '../severity.ts';
import { sentrySignature } from '../signatures.ts';
import { instantOf, labelsOf, loose, parsed, type Sender, UnreadableEventError, type WordTable } from './sender.ts';

const mostFrames = 5;

const frame = z.looseObject({
  filename: z.string().nullish(),
  function: z.string().nullish(),
  lineno: z.int().nullish(),
  in_app: z.boolean().nullish(),
});
const stacktrace = z.looseObject({ frames: z.array(frame).nullish() }).nullish();
const tags = z.array(z.tuple([z.string(), z.unknown()])).nullish();

const issueAlertSchema = z.looseObject({
  data: z.looseObject({
    triggered_rule: z.string().nullish(),
    event: z.looseObject({
      issue_id: loose,
      title: z.string().nullish(),
      culprit: z.string().nullish(),
      level: z.string().nullish(),
      environment: z.string().nullish(),
      release: z.string().nullish(),
      datetime: z.string().nullish(),
      web_url: z.string().nullish(),
      transaction: z.string().nullish(),
      tags,
      exception: z.looseObject({ values: z.array(z.looseObject({ stacktrace })).nullish() }).nullish(),
    }),
  }),
});

const issueSchema = z.looseObject({
  action: z.string(),
  data: z.looseObject({
    issue: z.looseObject({
      id: z.union([z.string(), z.number()]),
      title: z.string().nullish(),
      culprit: z.string().nullish(),
      level: z.string().nullish(),
      firstSeen: z.string().nullish(),
      lastSeen: z.string().nullish(),
      permalink: z.string().nullish(),
      web_url: z.string().nullish(),
      project: z.looseObject({ slug: z.string().nullish() }).nullish(),
      metadata: z.looseObject({ filename: z.string().nullish(), function: z.string().nullish() }).nullish(),
    }),
  }),
});

const metricAlertSchema = z.looseObject({
  action: z.string(),
  data: z.looseObject({
    description_text: z.string().nullish(),
    description_title: z.string().nullish(),
    web_url: z.string().nullish(),
    metric_alert: z.looseObject({
      id: loose,
      title: z.string().nullish(),
      date_started: z.string().nullish(),
      date_closed: z.string().nullish(),
      alert_rule: z.looseObject({
        name: z.string().nullish(),
        aggregate: z.string().nullish(),
        environment: z.string().nullish(),
        query: z.string().nullish(),
      }),
      projects: z.array(z.string()).nullish(),
    }),
  }),
});

export const sentry: Sender = {
  name: 'sentry',
  signature: sentrySignature,
  read({ body, header, now }): ReadMessage[] {
    const resource = header('sentry-hook-resource');
    // A clock of the sender's own: in the body of issues is only when the error was seen last.
    const sent = instantOf(header('sentry-hook-timestamp'), now);
    switch (resource) {
      case 'event_alert':
        return [{ message: issueAlert(body, sent), evidence: body }];
      case 'metric_alert':
        return [{ message: metricAlert(body, sent), evidence: body }];
      case 'issue': {
        const message = issue(body, sent);
        return message === undefined ? [] : [{ message, evidence: body }];
      }
      case undefined:
        throw new UnreadableEventError('The header Sentry-Hook-Resource is missing: it says what it is about.');
      default:
        return [];
    }
  },
};

function issueAlert(body: unknown, sent: number): EventMessage {
  const { event, triggered_rule: rule } = parsed(issueAlertSchema, body, 'an issue alert of Sentry').data;
  const labels = labelsOf({
    ...Object.fromEntries(event.tags ?? []),
    ...{ culprit: event.culprit, transaction: event.transaction, rule },
  });
  const at = instantOf(event.datetime, sent);
  const key = event.issue_id ?? /\/issues\/(\d+)/.exec(event.web_url ?? '')?.[1] ?? event.title ?? 'issue';
  return {
    key: `issue ${key}`,
    kind: 'alert',
    state: 'firing',
    at,
    startedAt: at,
    severity: severityOf(event.level ?? undefined, 'warning'),
    title: event.title ?? 'Sentry issue',
    labels,
    url: event.web_url ?? undefined,
    environment: event.environment ?? labels.environment,
    version: event.release ?? labels.release,
    functions: framesOf(event.exception?.values?.flatMap((each) => each.stacktrace?.frames ?? []) ?? []),
    ...(event.transaction ? { entries: [event.transaction] } : {}),
  };
}

/** Of a stack trace, whose last frame is where it was thrown, those of the service's own code, the innermost first. */
function framesOf(frames: readonly z.infer<typeof frame>[]): readonly NamedFunction[] {
  return frames
    .filter(({ in_app: isOwn, filename, function: name }) => isOwn !== false && filename && name)
    .toReversed()
    .slice(0, mostFrames)
    .map(({ filename, function: name, lineno }) => ({
      file: pathOf(filename ?? ''),
      function: name ?? '',
      line: Math.max(0, lineno ?? 0),
    }));
}

/** Relative to the repository, as far as it tells: `app:///src/pay.ts`, `webpack://shop/./src/pay.ts`, `/usr/src/app/src/pay.ts`. */
const pathOf = (filename: string): string =>
  filename
    .replace(/^file:\/\//, '')
    .replace(/^\/(?:usr\/src\/)?(?:app|srv|workspace|code)\//, '')
    .replace(/^(?:app:\/\/|webpack:\/\/[^/]*)\//, '')
    .replace(/^(?:\.?\/)+/, '');

const issueStates: WordTable<'firing' | 'resolved'> = new Map([
  ['created', 'firing'],
  ['unresolved', 'firing'],
  ['resolved', 'resolved'],
  ['archived', 'resolved'],
  ['ignored', 'resolved'],
]);

function issue(body: unknown, sent: number): EventMessage | undefined {
  const { action, data } = parsed(issueSchema, body, 'an issue of Sentry');
  const state = issueStates.get(action);
  if (state === undefined) return undefined;
  const told = data.issue;
  const startedAt = action === 'created' ? instantOf(told.firstSeen, sent) : sent;
  return {
    key: `issue ${told.id}`,
    kind: 'alert',
    state,
    at: sent,
    startedAt: state === 'resolved' ? instantOf(told.firstSeen, sent) : startedAt,
    severity: severityOf(told.level ?? undefined, 'warning'),
    title: told.title ?? 'Sentry issue',
    labels: labelsOf({ culprit: told.culprit, project: told.project?.slug, level: told.level }),
    url: told.web_url ?? told.permalink ?? undefined,
    ...(told.metadata?.filename && told.metadata.function
      ? { functions: [{ file: pathOf(told.metadata.filename), function: told.metadata.function, line: 0 }] }
      : {}),
  };
}

function metricAlert(body: unknown, sent: number): EventMessage {
  const { action, data } = parsed(metricAlertSchema, body, 'a metric alert of Sentry');
  const { metric_alert: told, description_title: title } = data;
  const rule = told.alert_rule;
  const startedAt = instantOf(told.date_started, sent);
  const isOver = action === 'resolved';
  return {
    key: `metric ${told.id ?? rule.name ?? title ?? 'alert'}`,
    kind: 'alert',
    state: isOver ? 'resolved' : 'firing',
    at: Math.max(startedAt, isOver ? instantOf(told.date_closed, sent) : sent),
    startedAt,
    severity: action === 'critical' ? 'critical' : 'warning',
    title: rule.name ?? told.title ?? title ?? 'Sentry metric alert',
    detail: data.description_text ?? undefined,
    labels: labelsOf({ project: told.projects?.[0], aggregate: rule.aggregate, query: rule.query }),
    url: data.web_url ?? undefined,
    environment: rule.environment ?? undefined,
  };
}
