/** `/api/v1/events`: what happens in production, told by others and noticed here. */
import { createHash } from 'node:crypto';
import {
  eventDetailSchema,
  eventSenders,
  eventsQuerySchema,
  eventsResponseSchema,
  eventsTakenSchema,
} from '@runlens/protocol/api/events';
import { eventSecretVariable } from '@runlens/protocol/environment';
import { parseInstant } from '@runlens/protocol/window';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { actorOf, isKnown, mayDo } from '../access/actor.ts';
import type { AccessRules } from '../http/access.ts';
import type { Counters } from '../http/counters.ts';
import { ProblemError } from '../http/problems.ts';
import { parseQuery } from '../http/schemas.ts';
import type { EventFile } from './event-file.ts';
import type { EventIntake } from './event-intake.ts';
import type { EventSecrets } from './event-secrets.ts';
import type { EventView } from './event-view.ts';
import { senders } from './senders/registry.ts';
import { type Sender, UnreadableEventError } from './senders/sender.ts';
import { plainSecret, type SignedRequest } from './signatures.ts';

export interface EventRouteOptions {
  readonly view: EventView;
  readonly intake: EventIntake;
  readonly file: Pick<EventFile, 'evidence'>;
  readonly secrets: EventSecrets;
  readonly access: Pick<AccessRules, 'loopback' | 'onRefused'>;
  readonly counters: Counters;
  readonly now: () => number;
}

/** Alertmanager sends a group of alerts at once; a thousand of them are below it. */
const largestBody = 2 * 1_048_576;
/** A flood is summed up where it is taken in, and is not to be kept out: what fires would be lost with it. */
const requestsPerMinute = 60_000;
/** Signed bodies that were taken: a copy of one changes nothing. */
const replays = { most: 20_000, milliseconds: 24 * 3_600_000 };
const defaultSince = '24h';

const idSchema = z.object({ id: z.string().max(64) });
const sourceSchema = z.object({ source: z.string().max(64) });

export function eventRoutes(app: FastifyInstance, options: EventRouteOptions): void {
  const { view, intake, file, counters, now } = options;
  const tags = ['events'];
  const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
  const takenBodies = new LRUCache<string, true>({ max: replays.most, ttl: replays.milliseconds });

  // Signatures are of the body as it came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/(?:[\w.+-]+\+)?json\b/i,
    { parseAs: 'buffer', bodyLimit: largestBody },
    (_request, body, done) => done(null, body),
  );

  app.get(
    '/api/v1/events',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Alerts, deployments and what was noticed: what fires first, then the newest',
        querystring: eventsQuerySchema,
        response: { 200: eventsResponseSchema },
      },
    },
    async (request) => {
      const { since: asked = defaultSince, ...filter } = parseQuery(eventsQuerySchema, request.query);
      const since = parseInstant(asked, now());
      if (since === undefined)
        throw new ProblemError(
          'bad-request',
          'The parameter "since" is a length such as 24h, or an instant in ISO 8601.',
        );
      return { now: iso(now()), since: iso(since), ...(await view.list({ ...filter, since })) };
    },
  );

  app.get(
    '/api/v1/events/:id',
    {
      config: { role: 'viewer' },
      schema: { tags, summary: 'One event, with what its sender sent', response: { 200: eventDetailSchema } },
    },
    async (request) => {
      const { id } = parseQuery(idSchema, request.params);
      const event = await view.get(id);
      if (event === undefined)
        throw new ProblemError('not-found', 'There is no such event: GET /api/v1/events lists those that are known.');
      return { ...event, evidence: file.evidence(id).map(({ at, payload }) => ({ at: iso(at), payload })) };
    },
  );

  app.post(
    '/api/v1/events/:source',
    {
      // Who sends is looked at below: many prove it by a signature, and have no token.
      config: { role: 'open', rateLimit: { max: requestsPerMinute, timeWindow: 60_000 } },
      schema: {
        tags,
        summary: `Takes events in, of ${eventSenders.join(', ')}`,
        response: { 202: eventsTakenSchema },
      },
    },
    async (request, reply) => {
      const { source } = parseQuery(sourceSchema, request.params);
      const sender = [...senders.values()].find(({ name }) => name === source);
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const signed: SignedRequest = { body, header: (each) => headerOf(request, each), now: now() };
      const isSigned = refuseForeign(sender, request, signed, options);
      if (sender === undefined)
        throw new ProblemError(
          'not-found',
          `Events are taken of ${[...senders.keys()].join(', ')}: POST /api/v1/events/generic takes the form of docs/events.md.`,
        );
      const digest = isSigned ? createHash('sha256').update(sender.name).update(body).digest('base64') : undefined;
      const isReplay = digest !== undefined && takenBodies.has(digest);
      const messages = isReplay ? [] : read(sender, signed);
      const taken = isReplay ? { taken: 0, known: 1, folded: 0 } : await intake.take(sender.name, messages);
      if (digest !== undefined) takenBodies.set(digest, true);
      counters.events(taken);
      return reply.code(202).send(taken);
    },
  );
}

const headerOf = ({ headers }: FastifyRequest, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/**
 * Throws a problem unless the request is its sender's: by its secret where there is one, else like telemetry, from this machine or by a
 * token. Whether it is signed.
 */
function refuseForeign(
  sender: Sender | undefined,
  request: FastifyRequest,
  signed: SignedRequest,
  { secrets, access }: EventRouteOptions,
): boolean {
  const own = sender && secrets.get(sender.name);
  const refuse = (reason: string, code: 'unauthorized' | 'forbidden' = 'unauthorized'): never => {
    const actor = isKnown(request) ? actorOf(request) : foreigner;
    access.onRefused(actor, `POST /api/v1/events/${sender?.name ?? '…'}`, reason, request.ip);
    throw new ProblemError(code, reason);
  };
  if (sender === undefined || own === undefined) {
    if (access.loopback) return false;
    if (!isKnown(request))
      return refuse(
        `No secret is set for this source, and no token was sent: set one for both sides (${eventSecretVariable(sender?.name ?? 'SOURCE')}), or send a token of this collector as "Authorization: Bearer …".`,
      );
    // What production does is told by no agent.
    if (mayDo(actorOf(request), 'sensor')) return false;
    return refuse('This needs the role sensor, which no agent has: send a token of another role.', 'forbidden');
  }
  const { name, signature } = sender;
  const isSigned = signature !== undefined && signed.header(signature.header) !== undefined;
  if (signature !== undefined && !isSigned && !signature.isOptional)
    return refuse(`The header ${signature.header} is missing: ${name} signs with its secret; set it there.`);
  const refusal = isSigned ? signature.verify(signed, own) : plainSecret(signed, own);
  return refusal === undefined ? isSigned : refuse(refusal);
}

const foreigner = { name: '(a sender of events)', kind: 'person', role: 'viewer' } as const;

function read(sender: Sender, { body, header, now }: SignedRequest): ReturnType<Sender['read']> {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    throw new ProblemError('bad-request', 'The body is not JSON: choose JSON as the content type where it is sent.');
  }
  try {
    return sender.read({ body: json, header, now });
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    throw new ProblemError('bad-request', error.message);
  }
}
