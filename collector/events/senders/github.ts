/** GitHub (docs.github.com/webhooks/webhook-events-and-payloads): `deployment_status` and `release`; signed. */
import { z } from 'zod';
import type { ReadMessage } from '../message.ts';
import { hexSignature } from '../signatures.ts';
import { instantOf, labelsOf, loose, parsed, type Sender, UnreadableEventError } from './sender.ts';

const repository = z.looseObject({ name: z.string(), full_name: z.string() });

const deploymentSchema = z.looseObject({
  deployment_status: z.looseObject({
    state: z.string(),
    created_at: z.string(),
    description: z.string().nullish(),
    environment_url: z.string().nullish(),
    log_url: z.string().nullish(),
    target_url: z.string().nullish(),
  }),
  deployment: z.looseObject({
    id: z.number(),
    sha: z.string(),
    ref: z.string(),
    task: z.string().nullish(),
    environment: z.string().nullish(),
    created_at: z.string().nullish(),
    payload: z.unknown(),
  }),
  repository,
});

const releaseSchema = z.looseObject({
  action: z.string(),
  release: z.looseObject({
    id: z.number(),
    tag_name: z.string(),
    name: z.string().nullish(),
    html_url: z.string().nullish(),
    published_at: z.string().nullish(),
    target_commitish: z.string().nullish(),
    prerelease: z.boolean().nullish(),
  }),
  repository,
});

const payloadSchema = z.looseObject({ service: loose, version: loose });

export const github: Sender = {
  name: 'github',
  signature: hexSignature('x-hub-signature-256', 'sha256='),
  read({ body, header, now }): ReadMessage[] {
    switch (header('x-github-event')) {
      case 'deployment_status':
        return deployment(body, now);
      case 'release':
        return release(body, now);
      case undefined:
        throw new UnreadableEventError('The header X-GitHub-Event is missing: it says what it is about.');
      // `ping`, and what else the webhook is subscribed to.
      default:
        return [];
    }
  },
};

const running = new Set(['pending', 'queued', 'in_progress', 'waiting']);
const failed = new Set(['failure', 'error']);

function deployment(body: unknown, now: number): ReadMessage[] {
  const told = parsed(deploymentSchema, body, 'a deployment_status of GitHub');
  const { deployment: of, deployment_status: status } = told;
  // An earlier deployment of the environment becomes this when the next one is there.
  if (status.state === 'inactive') return [];
  const at = instantOf(status.created_at, now);
  const given = payloadSchema.safeParse(of.payload);
  const where = of.environment ?? 'an environment';
  return [
    {
      message: {
        key: `deployment ${told.repository.full_name} ${of.id}`,
        kind: of.task === 'rollback' || of.task === 'deploy:rollback' ? 'rollback' : 'deployment',
        state: running.has(status.state) ? 'firing' : 'resolved',
        at,
        startedAt: instantOf(of.created_at, at),
        severity: failed.has(status.state) ? 'warning' : 'info',
        title: failed.has(status.state)
          ? `Deployment of ${told.repository.name} ${of.ref} to ${where} failed`
          : `${told.repository.name} ${of.ref} to ${where}`,
        detail: status.description || undefined,
        labels: labelsOf({ repository: told.repository.name, state: status.state, ref: of.ref, task: of.task }),
        url: status.log_url || status.target_url || status.environment_url || undefined,
        service: given.success ? given.data.service : undefined,
        environment: of.environment ?? undefined,
        version: given.success ? given.data.version : undefined,
        revision: of.sha,
      },
      evidence: { deployment: of, deployment_status: status },
    },
  ];
}

function release(body: unknown, now: number): ReadMessage[] {
  const { action, release: of, repository: from } = parsed(releaseSchema, body, 'a release of GitHub');
  if (action !== 'published' && action !== 'released') return [];
  const at = instantOf(of.published_at, now);
  return [
    {
      message: {
        ...{ key: `release ${from.full_name} ${of.id}`, kind: 'release', state: 'resolved', at, startedAt: at },
        severity: 'info',
        title: `${from.name} ${of.name || of.tag_name}`,
        labels: labelsOf({ repository: from.name, branch: of.target_commitish, prerelease: of.prerelease }),
        url: of.html_url ?? undefined,
        version: of.tag_name,
      },
      evidence: of,
    },
  ];
}
