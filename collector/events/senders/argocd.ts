/**
 * Argo CD notifications (argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/webhook): the body is the user's template;
 * that of `docs/events.md` sends the application as it is. It cannot sign, and sends a secret as a header.
 */
import { z } from 'zod';
import type { ReadMessage } from '../message.ts';
import { instantOf, labelsOf, loose, parsed, type Sender } from './sender.ts';

const labels = z.record(z.string(), z.unknown()).nullish();
const webhookSchema = z.looseObject({
  app: z.looseObject({
    metadata: z.looseObject({ name: z.string(), namespace: loose, labels }),
    spec: z
      .looseObject({
        project: loose,
        destination: z.looseObject({ namespace: loose, name: loose }).nullish(),
        source: z.looseObject({ repoURL: loose, targetRevision: loose }).nullish(),
      })
      .nullish(),
    status: z.looseObject({
      operationState: z
        .looseObject({
          phase: z.string(),
          message: loose,
          startedAt: loose,
          finishedAt: loose,
          operation: z.looseObject({ initiatedBy: z.unknown(), sync: z.unknown() }).nullish(),
          syncResult: z.looseObject({ revision: loose }).nullish(),
        })
        .nullish(),
      sync: z.looseObject({ status: loose, revision: loose }).nullish(),
      health: z.looseObject({ status: loose, message: loose, lastTransitionTime: loose }).nullish(),
      summary: z.looseObject({ images: z.array(z.string()).nullish() }).nullish(),
    }),
  }),
  url: loose,
});

const failed = new Set(['Failed', 'Error']);

export const argocd: Sender = {
  name: 'argocd',
  read({ body, now }): ReadMessage[] {
    const { app, url } = parsed(webhookSchema, body, 'the body of docs/events.md for Argo CD');
    const { metadata, status, spec } = app;
    const name = metadata.name;
    const image = status.summary?.images?.[0];
    const tag = image === undefined ? undefined : /:([\w][\w.-]{0,127})$/.exec(image)?.[1];
    const place = {
      labels: labelsOf({
        ...metadata.labels,
        ...{ app: name, namespace: spec?.destination?.namespace, project: spec?.project, image },
      }),
      url,
      version: tag,
    };
    const messages: ReadMessage[] = [];
    const operation = status.operationState;
    if (operation) {
      const isOver = operation.phase !== 'Running' && operation.phase !== 'Terminating';
      const startedAt = instantOf(operation.startedAt, now);
      const revision = operation.syncResult?.revision ?? status.sync?.revision;
      messages.push({
        message: {
          ...place,
          // A revision may be synced again: each time is a deployment of its own.
          key: `sync ${metadata.namespace ?? ''}/${name} ${operation.startedAt ?? revision ?? ''}`,
          kind: 'deployment',
          state: isOver ? 'resolved' : 'firing',
          at: isOver ? Math.max(startedAt, instantOf(operation.finishedAt, now)) : startedAt,
          startedAt,
          severity: failed.has(operation.phase) ? 'warning' : 'info',
          title: failed.has(operation.phase) ? `Sync of ${name} failed` : `${name} ${tag ?? revision ?? ''}`.trim(),
          detail: operation.message,
          revision,
        },
        evidence: body,
      });
    }
    const health = status.health?.status;
    // It is progressing in each deployment; what says nothing is no event.
    if (health === 'Degraded' || health === 'Missing' || health === 'Healthy') {
      const at = instantOf(status.health?.lastTransitionTime, instantOf(operation?.finishedAt, now));
      messages.push({
        message: {
          ...place,
          ...{ key: `health ${metadata.namespace ?? ''}/${name}`, kind: 'alert', at, startedAt: at },
          state: health === 'Healthy' ? 'resolved' : 'firing',
          severity: health === 'Missing' ? 'critical' : 'warning',
          title: `${name} is ${health === 'Healthy' ? 'degraded' : health.toLowerCase()}`,
          detail: status.health?.message,
        },
        onlyEnds: health === 'Healthy',
        evidence: body,
      });
    }
    return messages;
  },
};
